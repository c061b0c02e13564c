# SPDX-License-Identifier: GPL-2.0
#
# For the Makefile of a program that uses what is shared: it sets root and out,
# includes this, compiles with $(shared_cppflags), and links its own objects with
# $(shared_libraries), which depend on $(shared).  Nobody lists what is in there.

# Who builds several of them can have these made once, somewhere else (libs); or has made
# them before: MADE has them in libs, by this folder's Makefile, and in tool, by the tool's;
# and tool-sanitized.
libs ?= $(out)
libvfiomig := $(if $(MADE),$(MADE)/tool,$(libs)/lib)/libvfiomig.a
libselftests := $(if $(MADE),$(MADE)/libs,$(libs)/shared)/libselftests.a
shared := $(libselftests) $(libvfiomig)

include $(root)/selftests/vm/lib/flags.mk

# A program has of these only what it needs.
shared_libraries := $(shared) -Wl,--push-state,--as-needed \
	$(shell pkg-config --libs json-c libnl-genl-3.0) -lpthread \
	-Wl,--pop-state

ifeq ($(MADE),)

$(libselftests): force
	$(MAKE) -C $(root)/selftests/vm/lib O=$(@D) UAPI=$(UAPI) \
		SANITIZE=$(SANITIZE)

# Without the tool, which is most of what is made there.
$(libvfiomig): force
	$(MAKE) -C $(root)/tools/vfio-mig O=$(@D) UAPI=$(UAPI) \
		SANITIZE=$(SANITIZE) $@

endif

.PHONY: force
