# SPDX-License-Identifier: GPL-2.0
#
# Where what is shared has its headers: for the library, and for who uses it (use.mk).

shared_cppflags := $(addprefix -I,$(UAPI)) -I$(root)/include \
	-I$(root)/drivers/vfio/mig -I$(root)/tools/vfio-mig/lib \
	-I$(root)/tools/devices $(addprefix -I,$(wildcard $(root)/tools/devices/*/)) \
	-I$(root)/selftests/unit -I$(root)/selftests/vm/lib \
	-I$(root)/selftests/vm/lib/qemu -D_GNU_SOURCE
