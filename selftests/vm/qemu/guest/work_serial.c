// SPDX-License-Identifier: GPL-2.0
/* A serial card, which is what mtty is, keeps a number that goes on. */
#include "work.h"

#define SERIAL		0x32534348
#define SCRATCH		7
#define WRITES		1000

/* Of its first port. */
static u16 serial;

u32 find_serial(void)
{
	u32 slot = find_slot(SERIAL, 0);

	if (slot == SLOTS)
		return 0;
	serial = config(slot, 0x10) & ~3u;
	enable_slot(slot, COMMAND_IO);
	write_port8(serial + SCRATCH, 0xff);
	return 1;
}

void check_serial(u32 round)
{
	u8 next = round * WRITES;
	u32 i;

	for (i = 0; i < WRITES; i++, next++) {
		if (read_port8(serial + SCRATCH) != (u8)(next - 1))
			bad("scratch register", round, i);
		write_port8(serial + SCRATCH, next);
	}
}
