# SPDX-License-Identifier: GPL-2.0
#
# What looks for mistakes of the drivers, and finds most on the debug kernel.

TESTS += \
	fail_nth:2,1:900 \
	fail_nth_device:2,1:600 \
	fail_nth_display:0,0,2x4M:300 \
	fail_nth_igbvf:0,0,0,1x3:600 \
	ioctl_fuzz:2:500 \
	ioctl_fuzz:0,0,2x4M:500 \
	hammer:2:700 \
	hammer:0,0,2x4M:700 \
	hammer:0,0,0,1x3:700 \
	mdev_debug:0:1500

$(addprefix $(out)/,fail_nth fail_nth_device fail_nth_display fail_nth_igbvf): \
	$(out)/inject.o
$(out)/ioctl_fuzz: $(addprefix $(out)/,ioctl_fuzz_calls.o \
	ioctl_fuzz_device.o ioctl_fuzz_programs.o kcov.o)
$(out)/hammer: $(addprefix $(out)/,hammer_tools.o hammer_watch.o hammer_look.o)
