/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The messages between a VF and its PF, and what they make the PF grant.  Needs no kernel.
 *
 * A message has 16 words: its kind and an argument in the first, and in an answer ACK or
 * NACK, and CTS if the VF may speak.
 */
#ifndef IGBVF_MAILBOX_H
#define IGBVF_MAILBOX_H

#include <linux/types.h>

#define IGBVF_WORDS		16

#define MESSAGE_KIND		0x0000ffff
#define MESSAGE_ARGUMENT	0x00ff0000
#define MESSAGE_CTS		0x20000000
#define MESSAGE_NACK		0x40000000
#define MESSAGE_ACK		0x80000000

#define MESSAGE_RESET		1
#define MESSAGE_MAC		2 /* argument: 0, or of the unicast list */
#define  UNICAST_CLEAR		1
#define  UNICAST_ADD		2
#define MESSAGE_MULTICAST	3 /* argument: how many hashes, two in each word */
#define MESSAGE_VLAN		4 /* argument: 1 adds, 0 removes */
#define MESSAGE_FRAME		5
#define MESSAGE_PROMISCUOUS	6 /* argument: of what */

#define IGBVF_UNICASTS		24
#define IGBVF_VLANS		4096
#define IGBVF_FRAME		1522 /* bytes; what a VF may receive at first */

/* What a PF has granted; of an address the first byte is uppermost. */
struct igbvf_granted {
	__u64 mac; /* 0: the VF has none */
	__u64 unicast[IGBVF_UNICASTS]; /* others, as they were added; the first 0 ends them */
	__u32 reset; /* the VF has said RESET, and may speak and run */
	__u32 promiscuous; /* the last argument of PROMISCUOUS */
	__u32 frame; /* bytes of the largest; 0: never said */
	__u32 multicast[IGBVF_WORDS]; /* the last MULTICAST; of its first word, the argument */
	__u8 vlans[IGBVF_VLANS / 8]; /* a bit for each */
};

/* A message that asks for something, and for people what that is: "VLAN", 5. */
struct igbvf_message {
	__u32 words[IGBVF_WORDS];
	const char *about;
	__u64 number;
};

/* VTCTRL.RST, or an FLR: the unicast list and the size of a frame stay. */
void igbvf_granted_reset(struct igbvf_granted *granted);

/* @words answer @request: 0, or -1 if it was not granted; 1: they do not. */
int igbvf_granted_answer(struct igbvf_granted *granted, const __u32 *request, const __u32 *words);

/*
 * The next message that makes a PF that has granted @has grant @wants; 0 if there is none.
 * While @wants has no reset, nothing is asked for.
 */
int igbvf_granted_next(const struct igbvf_granted *wants, const struct igbvf_granted *has,
		       struct igbvf_message *message);

#endif
