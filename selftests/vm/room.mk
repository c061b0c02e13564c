# SPDX-License-Identifier: GPL-2.0
#
# A room of selftests/vm as a target of kselftest, by the kernel's lib.mk.
#
#	make -C selftests/vm/ROOM KSELFTEST_DIR=dir [OUTPUT=dir] run_tests
#
# OUTPUT/NAME is on_host.sh, which runs OUTPUT/programs/NAME with the devices that the
# environment names.

ifeq ($(KSELFTEST_DIR),)
$(error say where lib.mk is: KSELFTEST_DIR=dir, tools/testing/selftests of a kernel)
endif

room := $(notdir $(CURDIR))
root := $(abspath ../../..)
override OUTPUT := $(abspath $(if $(OUTPUT),$(OUTPUT),build))
out := $(OUTPUT)/programs
libs ?= $(out)
tool := $(if $(MADE),$(MADE)/tool,$(libs)/lib)/vfio-mig

.DEFAULT_GOAL := all
TESTS :=
include tests.mk

TEST_GEN_PROGS := $(sort $(foreach test,$(TESTS),$(firstword $(subst :, ,$(test)))))
TEST_GEN_FILES := settings
EXTRA_CLEAN := $(out)
OVERRIDE_TARGETS := 1
include $(KSELFTEST_DIR)/lib.mk

# One test can have several lines in the list, which are run one after the other.
longest = $(shell printf '%s\n' $(TESTS) | awk -F: -v times=$${VFIO_MIG_PATIENCE:-1} \
	'{ n = seconds[$$1] += $$NF; if (n > most) most = n } END { print most * times + 60 }')

build = $(MAKE) -C .. ROOMS=$(room) O=$(out) libs=$(libs)

$(TEST_GEN_PROGS): %: ../on_host.sh programs
	install -m 755 $< $@

$(OUTPUT)/settings: tests.mk programs
	echo timeout=$(longest) >$@

programs:
	mkdir -p $(out)/bin
	+$(build)
	install -m 755 $(tool) $(out)/bin/

# The runner looks for settings beside lib.mk.
run_tests: export kselftest_override_timeout = $(longest)

install: install_programs

install_programs: programs
	mkdir -p $(INSTALL_PATH)/programs/bin
	+$(build) INSTALL_PATH=$(abspath $(INSTALL_PATH))/programs install
	install -m 755 $(out)/bin/vfio-mig $(INSTALL_PATH)/programs/bin/

.PHONY: programs install_programs
