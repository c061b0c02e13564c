# SPDX-License-Identifier: GPL-2.0
# make -f linux_net.mk O=dir: dir/linux_net.cpio, all that is in the initramfs of that
# guest, but for modules.
here := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))

words := $(here)/../../lib/qemu
sources := $(addprefix $(here)/,linux_net.c linux_guest.c)

$(O)/linux_net.cpio: $(O)/linux_net/init
	cd $(<D) && echo init | cpio --quiet -o -H newc >$@

$(O)/linux_net/init: $(sources) $(here)/linux_guest.h $(words)/words.h
	mkdir -p $(@D)
	$(CC) -I$(words) -O1 -Wall -Wextra -static -o $@ $(sources)
