# SPDX-License-Identifier: GPL-2.0
#
# For the Makefile of a program that uses what is shared: it sets root and out,
# includes this, compiles with $(shared_cppflags), and links its own objects with
# $(shared_libraries), which depend on $(shared).  Nobody lists what is in there.

libvfiomig := $(out)/lib/libvfiomig.a
libselftests := $(out)/shared/libselftests.a
shared := $(libselftests) $(libvfiomig)

shared_cppflags := $(addprefix -I,$(UAPI)) -I$(root)/include \
	-I$(root)/drivers/vfio/mig -I$(root)/tools/vfio-mig/lib \
	$(addprefix -I,$(wildcard $(root)/tools/devices/*)) \
	-I$(root)/selftests/unit -I$(root)/selftests/vm/lib \
	-I$(root)/selftests/vm/lib/qemu -D_GNU_SOURCE

# A program has of these only what it needs.
shared_libraries := $(shared) -Wl,--push-state,--as-needed \
	$(shell pkg-config --libs json-c libnl-genl-3.0) -lpthread \
	-Wl,--pop-state

$(libselftests): force
	$(MAKE) -C $(root)/selftests/vm/lib O=$(@D) UAPI=$(UAPI) \
		SANITIZE=$(SANITIZE)

$(libvfiomig): force
	$(MAKE) -C $(root)/tools/vfio-mig O=$(@D) UAPI=$(UAPI) \
		SANITIZE=$(SANITIZE)

.PHONY: force
