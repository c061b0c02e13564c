# SPDX-License-Identifier: GPL-2.0
# For those who have make.  The VM (tools/vm/vm) needs none of this.
#
#	make modules [KDIR=...]		vfio_mig.ko, edu_vfio_pci.ko, bochs_vfio_pci.ko
#	make tool			tools/vfio-mig/build/vfio-mig
#	make install			vfio-mig, its manual, libvfiomig; DESTDIR= PREFIX=
#	make uninstall			take them away again
#	make check			unit tests; KSELFTEST_DIR= kernel selftests
KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules tool

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tool:
	$(MAKE) -C tools/vfio-mig

install uninstall:
	$(MAKE) -C tools/vfio-mig $@

check:
	$(MAKE) -C selftests/unit run

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools/vfio-mig clean
	$(MAKE) -C selftests/unit clean

.PHONY: all modules tool install uninstall check clean
