/* SPDX-License-Identifier: GPL-2.0 */
/* What guest.c does with each kind of device that it finds. */
#ifndef GUEST_WORK_H
#define GUEST_WORK_H

#include "machine.h"

/* Of each kind: how many there are now, which are enabled. */
u32 find_edus(void);
u32 find_display(void);
u32 find_serial(void);
u32 find_uart(void);

/* One round with all of a kind; returns if all of it was right. */
void check_edus(u32 round);
void check_display(u32 round);
void check_serial(u32 round);
void check_uart(u32 round);

#endif /* GUEST_WORK_H */
