/* SPDX-License-Identifier: GPL-2.0 */
/* The machine below guest.c: ports, words, slots and interrupts. */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

void write_port8(u16 port, u8 value);
u8 read_port8(u16 port);

/* On the debug console. */
void say(const char *text);
void say_number(u32 number);

/* Complain, and be still for ever. */
void bad(const char *what, u32 round, u32 seen);

/* ---- the slots of the root bus ---- */

#define SLOTS	32

/* A register of the configuration of slot @slot. */
u32 config(u32 slot, u32 reg);

#define COMMAND_IO	0x1
#define COMMAND_MEMORY	0x2
#define COMMAND_MASTER	0x4

/* The first slot from @from on with these ids, or SLOTS. */
u32 find_slot(u32 ids, u32 from);
void enable_slot(u32 slot, u32 command);

/* ---- interrupts ---- */

/*
 * From now on @handler is called for the interrupts of each of these slots: by MSI in
 * odd slots, where the device has that, and otherwise by INTx.  It is called for those of
 * other handlers too.
 */
void interrupts_on(void (*handler)(void), const u32 *slots, u32 count);

/* None comes in between; with interrupts on. */
void hold_interrupts(void);
void let_interrupts(void);

/*
 * With interrupts on: leaves the processor to others until the next one, or for the
 * 20 ms of a tick.
 */
void rest(void);

#endif /* GUEST_MACHINE_H */
