# SPDX-License-Identifier: GPL-2.0
# For those who have make.  The VM (tools/vm/vm) needs none of this.
#
#	make modules [KDIR=...]		vfio_mig.ko, and a module for each driver
#	make tool			tools/vfio-mig/build/vfio-mig
#	make install			all of it; DESTDIR= PREFIX= KDIR=
#	make install-tool		vfio-mig, its manual, libvfiomig
#	make install-modules		for the kernel of KDIR
#	make install-dev		what a driver in a tree of its own is built with
#	make uninstall			take all away again, or uninstall-tool,
#					uninstall-modules, uninstall-dev
#	make check			unit tests; KSELFTEST_DIR= kernel selftests
KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules tool

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tool:
	$(MAKE) -C tools/vfio-mig

install: install-tool install-modules install-dev
uninstall: uninstall-tool uninstall-modules uninstall-dev

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
	install -m 644 Module.symvers \
		$(DESTDIR)/lib/modules/$(release)/$(MODULES_DIR)/
	$(depmod)

uninstall-modules:
	rm -rf $(DESTDIR)/lib/modules/$(release)/$(MODULES_DIR)
	$(depmod)

PREFIX ?= /usr/local
DEV := $(DESTDIR)$(PREFIX)/include/vfio-mig
DEV_HEADERS := include/linux/vfio_mig.h include/linux/vfio_mig_pci.h \
	include/linux/vfio_mig_soft.h include/linux/vfio_mig_types.h
DEV_PARTS := include/compat.h include/compat.mk include/vfio-mig.mk

install-dev:
	install -d $(DEV)/linux $(DEV)/uapi/linux
	install -m 644 $(DEV_PARTS) $(DEV)
	install -m 644 $(DEV_HEADERS) $(DEV)/linux
	install -m 644 include/uapi/linux/vfio_mig.h $(DEV)/uapi/linux

uninstall-dev:
	rm -f $(addprefix $(DEV)/,$(notdir $(DEV_PARTS)) uapi/linux/vfio_mig.h \
		$(addprefix linux/,$(notdir $(DEV_HEADERS))))
	-rmdir $(DEV)/linux $(DEV)/uapi/linux $(DEV)/uapi $(DEV)

check:
	$(MAKE) -C selftests/unit run

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools/vfio-mig clean
	rm -rf selftests/unit/build

.PHONY: all modules tool check clean install uninstall \
	install-tool install-modules install-dev \
	uninstall-tool uninstall-modules uninstall-dev
