// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does nothing but use its devices, and complains.
 *
 * Booted by QEMU's -kernel (multiboot) without an operating system, so that it
 * is at work within a second even where everything is emulated twice.  Round
 * after round it works with all of its devices and checks what comes of it: work.h
 * has the kinds.  It says so on the debug console: "round N" for each round that was
 * right, "BAD ..." and the end for one that was not.
 */
#include "work.h"

static const struct {
	u32 (*find)(void);
	void (*check)(u32 round);
} kinds[] = {
	{ find_edus, check_edus },
	{ find_display, check_display },
	{ find_serial, check_serial },
	{ find_uart, check_uart },
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define KINDS			ARRAY_SIZE(kinds)

void guest_main(void)
{
	u32 there[KINDS], all = 0, round, i;

	for (i = 0; i < KINDS; i++)
		all += there[i] = kinds[i].find();
	if (!all)
		bad("no device", 0, 0);
	for (round = 0;; round++) {
		for (i = 0; i < KINDS; i++)
			if (there[i])
				kinds[i].check(round);
		say("round ");
		say_number(round);
		say("\n");
	}
}
