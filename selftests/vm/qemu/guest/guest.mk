# SPDX-License-Identifier: GPL-2.0
# make -f guest.mk O=dir: dir/guest.elf, which is booted as it is: freestanding,
# and 32 bits.
here := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))

edu := $(here)/../../../../tools/devices/edu
sources := $(addprefix $(here)/,guest.c machine.c work_edu.c work_display.c \
	work_serial.c work_uart.c)

$(O)/guest.elf: $(sources) $(here)/guest.ld $(here)/machine.h $(here)/work.h \
		$(edu)/edu_regs.h
	$(CC) -I$(edu) -m32 -march=i686 -ffreestanding -fno-pic -fno-stack-protector \
		-mgeneral-regs-only -O1 -Wall -Wextra -nostdlib -static \
		-no-pie -Wl,-T,$(here)/guest.ld -Wl,--build-id=none -o $@ $(sources)
