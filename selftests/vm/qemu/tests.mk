# SPDX-License-Identifier: GPL-2.0
#
# Unmodified QEMU, and libvirt, which is added to the root for it.

TESTS += \
	qemu_migration:4,0,1:1500 \
	qemu_failures:4,0,1:1500 \
	qemu_faults:4,0,1:900 \
	qemu_linux:2,0,2x4M:7200 \
	qemu_dirty:2@6.1:600 \
	qemu_display:0,0,3x4M/4M/8M:600 \
	qemu_serial:2:600 \
	libvirt:2:600 \
	mdev_qemu:1:1800 \
	mdev_qemu:0@6.1:1200 \
	mdev_libvirt:0:900

# Of two hosts, which tools/vm boots for them; so they are not in the list.
PROGRAMS += qemu_hosts qemu_remote

# Run by mdev_qemu.
PROGRAMS += mdev_guest

FILES += $(out)/guest.elf $(addprefix $(out)/linux_,edu.cpio display.cpio)

$(out)/guest.elf: force | $(out)
	$(MAKE) -f qemu/guest/guest.mk O=$(out)

# All that is in the initramfs of a Linux guest, but for modules.
$(out)/linux_%/init: qemu/guest/linux_%.c qemu/guest/linux_guest.c \
		qemu/guest/linux_guest.h $(root)/tools/devices/edu/edu_regs.h
	mkdir -p $(@D)
	$(CC) -I$(root)/tools/devices/edu -O1 -Wall -Wextra -static -o $@ \
		$(filter %.c,$^)

$(out)/linux_%.cpio: $(out)/linux_%/init
	cd $(<D) && echo init | cpio --quiet -o -H newc >$@
