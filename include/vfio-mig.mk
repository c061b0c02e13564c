# SPDX-License-Identifier: GPL-2.0
#
# For the Kbuild of a driver in a tree of its own, which includes this behind its
# obj-m: what vfio_mig's headers need, and which symbols it has for this kernel.
#
# VFIO_MIG_SYMVERS: vfio_mig's Module.symvers, if it is in neither of the places that it
# is installed in.

vfio-mig-dir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

include $(vfio-mig-dir)/compat.mk

ccflags-y += -I$(vfio-mig-dir) -include $(vfio-mig-dir)/compat.h $(compat-flags)

KBUILD_EXTRA_SYMBOLS += $(firstword $(wildcard $(VFIO_MIG_SYMVERS) \
	/lib/modules/$(KERNELRELEASE)/updates/vfio-mig/Module.symvers \
	/var/lib/dkms/vfio-mig/*/$(KERNELRELEASE)/*/module/Module.symvers))
