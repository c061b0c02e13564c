// SPDX-License-Identifier: GPL-2.0
/*
 * A display gets a picture that moves on: each pixel is read, and must be the one of
 * the picture before, and then written.
 */
#include "work.h"

#define DISPLAY		0x11111234
#define MODE		0x500
#define  XRES		1
#define  YRES		2
#define  BPP		3
#define  ENABLE		4
#define SIDE		512
#define PIXELS		(SIDE * SIDE)

static struct {
	u32 *pixels;
	u16 *mode;
} display;

static u32 get_mode(u32 index)
{
	return __atomic_load_n(display.mode + index, __ATOMIC_ACQUIRE);
}

static void set_mode(u32 index, u32 value)
{
	__atomic_store_n(display.mode + index, value, __ATOMIC_RELEASE);
}

u32 find_display(void)
{
	u32 slot = find_slot(DISPLAY, 0);

	if (slot == SLOTS)
		return 0;
	display.pixels = (u32 *)(config(slot, 0x10) & ~15u);
	display.mode = (u16 *)((config(slot, 0x18) & ~15u) + MODE);
	enable_slot(slot, COMMAND_MEMORY);
	set_mode(XRES, SIDE);
	set_mode(YRES, SIDE);
	set_mode(BPP, 32);
	set_mode(ENABLE, 0x41);
	return 1;
}

/* Another at each place, and another each round. */
static u32 pixel(u32 round, u32 i)
{
	return (i + 3 * round) * 0x10203;
}

void check_display(u32 round)
{
	u32 *at = display.pixels;
	u32 i;

	for (i = 0; i < PIXELS; i++, at++) {
		if (round && __atomic_load_n(at, __ATOMIC_ACQUIRE) !=
		    pixel(round - 1, i))
			bad("pixel", round, i);
		__atomic_store_n(at, pixel(round, i), __ATOMIC_RELEASE);
	}
	if (get_mode(XRES) != SIDE || get_mode(YRES) != SIDE ||
	    get_mode(BPP) != 32)
		bad("mode", round, get_mode(XRES));
}
