# SPDX-License-Identifier: GPL-2.0
#
# Where everything goes.  A part of the Makefile; DESTDIR, PREFIX and LIBDIR are
# the caller's to set.

DESTDIR ?=
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib

root := $(DESTDIR)$(PREFIX)
libdir := $(DESTDIR)$(LIBDIR)
man := $(root)/share/man/man8
completions := $(root)/share/bash-completion/completions

# What a program needs that uses the library: all that its headers include.
# They have a folder of their own, since stream.h is anybody's name.
headers := $(root)/include/vfiomig
HEADERS := $(wildcard lib/vfiomig*.h) \
	$(addprefix $(MIG)/,arcs.h compare.h names.h stream.h)
TYPES := ../../include/linux/vfio_mig_types.h
UAPI_HEADER := ../../include/uapi/linux/vfio_mig.h
PAGES := $(wildcard ../../Documentation/man/*.8)

install: all
	install -D $(O)/vfio-mig $(root)/sbin/vfio-mig
	install -d $(libdir)/pkgconfig $(headers)/linux $(headers)/uapi/linux $(man)
	install -m 644 $(O)/libvfiomig.a $(libdir)
	install -m 644 $(O)/$(SHARED_LIB) $(libdir)
	ln -sf $(SHARED_LIB) $(libdir)/$(SONAME)
	ln -sf $(SONAME) $(libdir)/libvfiomig.so
	install -m 644 $(HEADERS) $(headers)
	install -m 644 $(TYPES) $(headers)/linux
	install -m 644 $(UAPI_HEADER) $(headers)/uapi/linux
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' libvfiomig.pc.in \
		> $(libdir)/pkgconfig/libvfiomig.pc
	install -m 644 $(PAGES) $(man)
	install -D -m 644 completion/vfio-mig $(completions)/vfio-mig

uninstall:
	rm -f $(root)/sbin/vfio-mig $(completions)/vfio-mig
	rm -f $(addprefix $(libdir)/,libvfiomig.a libvfiomig.so $(SONAME) \
		$(SHARED_LIB) pkgconfig/libvfiomig.pc)
	rm -f $(addprefix $(headers)/,$(notdir $(HEADERS)) \
		linux/$(notdir $(TYPES)) uapi/linux/$(notdir $(UAPI_HEADER)))
	-rmdir $(headers)/linux $(headers)/uapi/linux $(headers)/uapi $(headers)
	rm -f $(addprefix $(man)/,$(notdir $(PAGES)))

.PHONY: install uninstall
