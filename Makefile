# SPDX-License-Identifier: GPL-2.0
# For those who have make.  The VM (tools/vm/vm) needs none of this.
#
#	make modules [KDIR=...]		vfio_mig.ko, edu_vfio_pci.ko, bochs_vfio_pci.ko
#	make tool			tools/vfio-mig/build/vfio-mig
#	make install			all of it; DESTDIR= PREFIX= KDIR=
#	make install-tool		vfio-mig, its manual, libvfiomig
#	make install-modules		for the kernel of KDIR
#	make uninstall			take all away again, or uninstall-tool,
#					uninstall-modules
#	make check			unit tests; KSELFTEST_DIR= kernel selftests
KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules tool

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tool:
	$(MAKE) -C tools/vfio-mig

install: install-tool install-modules
uninstall: uninstall-tool uninstall-modules

install-tool uninstall-tool:
	$(MAKE) -C tools/vfio-mig $(@:-tool=)

# A folder of their own, so that it is known what to remove.  Who gives a
# DESTDIR runs depmod where it gets to.
MODULES_DIR := updates/vfio-mig
depmod = $(if $(DESTDIR),,depmod $(release))
release = $(shell $(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease)

install-modules: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		INSTALL_MOD_DIR=$(MODULES_DIR) modules_install
	$(depmod)

uninstall-modules:
	rm -rf $(DESTDIR)/lib/modules/$(release)/$(MODULES_DIR)
	$(depmod)

check:
	$(MAKE) -C selftests/unit run

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools/vfio-mig clean
	rm -rf selftests/unit/build

.PHONY: all modules tool check clean install uninstall \
	install-tool install-modules uninstall-tool uninstall-modules
