// SPDX-License-Identifier: GPL-2.0
/*
 * What a PF has granted a guest, and the messages that make another PF grant the same.  The
 * PF here is one that does what Linux's igb does, in few lines, and can refuse.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "mailbox.h"

#include "kselftest_harness.h"

#define ROUNDS		300
#define MESSAGES_MOST	256

/**
 * struct pf - a PF, and what it has of one VF
 * @fixed: The MAC that the host has set, which the VF must not change; or 0.
 * @room: Unicast addresses that it has room for.
 * @speaks: The VF may speak.
 */
struct pf {
	__u64 fixed;
	unsigned int room;
	bool speaks;
	__u64 mac;
	__u64 unicast[IGBVF_UNICASTS];
	unsigned int nr_unicast;
	__u32 multicast[IGBVF_WORDS];
	bool vlans[IGBVF_VLANS];
	__u32 frame;
	__u32 promiscuous;
};

static __u64 mac_in(const __u32 *message)
{
	const __u8 *bytes = (const __u8 *)(message + 1);
	__u64 mac = 0;
	int i;

	for (i = 0; i < 6; i++)
		mac = mac << 8 | bytes[i];
	return mac;
}

static void mac_out(__u32 *message, __u64 mac)
{
	__u8 *bytes = (__u8 *)(message + 1);
	int i;

	for (i = 0; i < 6; i++)
		bytes[i] = mac >> 8 * (5 - i);
}

static void pf_forget(struct pf *pf)
{
	memset(pf->multicast, 0, sizeof(pf->multicast));
	memset(pf->vlans, 0, sizeof(pf->vlans));
	pf->promiscuous = 0;
	pf->mac = pf->fixed;
	pf->speaks = false;
}

static bool pf_mac(struct pf *pf, const __u32 *message, __u32 argument)
{
	__u64 mac = mac_in(message);

	if (!mac || mac >> 40 & 1 || pf->fixed ||
	    (argument == UNICAST_ADD && pf->nr_unicast == pf->room))
		return false;
	if (argument == 0) {
		pf->mac = mac;
	} else if (argument == UNICAST_CLEAR) {
		memset(pf->unicast, 0, sizeof(pf->unicast));
		pf->nr_unicast = 0;
	} else {
		pf->unicast[pf->nr_unicast++] = mac;
	}
	return true;
}

static bool pf_takes(struct pf *pf, const __u32 *message)
{
	__u32 argument = message[0] >> 16 & 0xff;

	switch (message[0] & 0xffff) {
	case MESSAGE_MAC:
		return pf_mac(pf, message, argument);
	case MESSAGE_MULTICAST:
		memcpy(pf->multicast, message, sizeof(pf->multicast));
		return argument <= 30;
	case MESSAGE_VLAN:
		pf->vlans[message[1]] = argument;
		return true;
	case MESSAGE_FRAME:
		pf->frame = message[1];
		return true;
	case MESSAGE_PROMISCUOUS:
		pf->promiscuous = argument;
		return true;
	}
	return false;
}

static void pf_answers(struct pf *pf, const __u32 *message, __u32 *answer)
{
	memcpy(answer, message, IGBVF_WORDS * sizeof(*answer));
	if (message[0] == MESSAGE_RESET) {
		pf_forget(pf);
		pf->speaks = true;
		answer[0] |= pf->mac ? MESSAGE_ACK : MESSAGE_NACK;
		answer[1] = 0;
		answer[2] = 0;
		mac_out(answer, pf->mac);
	} else if (!pf->speaks) {
		answer[0] |= MESSAGE_NACK;
	} else {
		answer[0] |= MESSAGE_CTS |
			     (pf_takes(pf, message) ? MESSAGE_ACK : MESSAGE_NACK);
	}
}

/* One message to @pf, and what is granted then. */
static int say(struct pf *pf, struct igbvf_granted *granted, const __u32 *message)
{
	__u32 answer[IGBVF_WORDS];

	pf_answers(pf, message, answer);
	return igbvf_granted_answer(granted, message, answer);
}

static int say_words(struct pf *pf, struct igbvf_granted *granted, __u32 first,
		     __u32 second)
{
	__u32 message[IGBVF_WORDS] = { first, second };

	return say(pf, granted, message);
}

static int say_mac(struct pf *pf, struct igbvf_granted *granted, __u32 argument,
		   __u64 mac)
{
	__u32 message[IGBVF_WORDS] = { MESSAGE_MAC | argument << 16 };

	mac_out(message, mac);
	return say(pf, granted, message);
}

/* Messages until nothing more is to be asked for; -1 if one was refused, or without end. */
static int bring(struct pf *pf, const struct igbvf_granted *wants,
		 struct igbvf_granted *has)
{
	struct igbvf_message message;
	int count;

	for (count = 0; igbvf_granted_next(wants, has, &message); count++)
		if (count == MESSAGES_MOST || say(pf, has, message.words))
			return -1;
	return count;
}

FIXTURE(mailbox)
{
	struct pf source;
	struct pf destination;
	struct igbvf_granted wants;
	struct igbvf_granted has;
};

FIXTURE_SETUP(mailbox)
{
	self->source.room = IGBVF_UNICASTS;
	self->destination.room = IGBVF_UNICASTS;
	say_words(&self->source, &self->wants, MESSAGE_RESET, 0);
}

FIXTURE_TEARDOWN(mailbox)
{
}

static void random_message(__u32 *message)
{
	unsigned int i;

	memset(message, 0, IGBVF_WORDS * sizeof(*message));
	message[0] = 2 + random() % 5;
	switch (message[0]) {
	case MESSAGE_MAC:
		message[0] |= (random() % 3) << 16;
		mac_out(message, (random() & 0xfefffffff) | 1);
		break;
	case MESSAGE_MULTICAST:
		message[0] |= (random() % 31) << 16;
		for (i = 1; i < IGBVF_WORDS; i++)
			message[i] = random();
		break;
	case MESSAGE_VLAN:
		message[0] |= (random() % 2) << 16;
		message[1] = random() % 8 * 511;
		break;
	case MESSAGE_FRAME:
		message[1] = 1522 + random() % 8000;
		break;
	default:
		message[0] |= (random() % 4) << 16;
	}
}

/* Whatever the guest has asked for, and whatever the destination had granted before. */
TEST_F(mailbox, what_one_pf_has_granted_another_does)
{
	__u32 message[IGBVF_WORDS];
	int i, round;

	srandom(1);
	say_words(&self->destination, &self->has, MESSAGE_RESET, 0);
	for (round = 0; round < ROUNDS; round++) {
		for (i = random() % 12; i; i--) {
			random_message(message);
			say(&self->source, &self->wants, message);
			random_message(message);
			say(&self->destination, &self->has, message);
		}
		/* What was never said cannot be made so. */
		if (!self->source.mac || !self->source.frame)
			continue;
		ASSERT_LE(0, bring(&self->destination, &self->wants, &self->has));
		ASSERT_EQ(0, memcmp(&self->source, &self->destination,
				    sizeof(self->source)))
			TH_LOG("round %d", round);
	}
}

TEST_F(mailbox, what_is_granted_is_not_asked_for_again)
{
	say_mac(&self->source, &self->wants, 0, 0x525400123456);
	say_words(&self->source, &self->wants, MESSAGE_VLAN | 1 << 16, 5);
	ASSERT_EQ(3, bring(&self->destination, &self->wants, &self->has));
	EXPECT_EQ(0, bring(&self->destination, &self->wants, &self->has));
	say_words(&self->source, &self->wants, MESSAGE_VLAN | 1 << 16, 6);
	EXPECT_EQ(1, bring(&self->destination, &self->wants, &self->has));
	EXPECT_TRUE(self->destination.vlans[5] && self->destination.vlans[6]);
}

TEST_F(mailbox, a_guest_that_never_spoke_asks_for_nothing)
{
	struct igbvf_granted nothing = {};

	EXPECT_EQ(0, bring(&self->destination, &nothing, &self->has));
	EXPECT_FALSE(self->destination.speaks);
}

TEST_F(mailbox, without_an_address_a_vf_runs)
{
	EXPECT_EQ(1, self->wants.reset);
	EXPECT_EQ(0, self->wants.mac);
	EXPECT_EQ(1, bring(&self->destination, &self->wants, &self->has));
	EXPECT_TRUE(self->destination.speaks);
}

TEST_F(mailbox, an_address_that_the_host_has_set_is_not_asked_for)
{
	self->destination.fixed = 0x525400123456;
	say_mac(&self->source, &self->wants, 0, 0x525400123456);
	EXPECT_EQ(1, bring(&self->destination, &self->wants, &self->has));
	EXPECT_EQ(0x525400123456, self->has.mac);
}

TEST_F(mailbox, another_address_than_the_hosts_is_refused)
{
	struct igbvf_message message;

	self->destination.fixed = 0x525400000001;
	say_mac(&self->source, &self->wants, 0, 0x525400123456);
	EXPECT_EQ(-1, bring(&self->destination, &self->wants, &self->has));
	EXPECT_EQ(0x525400000001, self->has.mac);
	ASSERT_EQ(1, igbvf_granted_next(&self->wants, &self->has, &message));
	EXPECT_STREQ("MAC", message.about);
	EXPECT_EQ(0x525400123456, message.number);
}

TEST_F(mailbox, what_was_refused_is_not_noted)
{
	self->source.room = 1;
	EXPECT_EQ(0, say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000001));
	EXPECT_EQ(-1, say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000002));
	EXPECT_EQ(0x20000000001, self->wants.unicast[0]);
	EXPECT_EQ(0, self->wants.unicast[1]);
}

TEST_F(mailbox, no_room_at_the_destination_is_refused)
{
	self->destination.room = 1;
	say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000001);
	say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000002);
	EXPECT_EQ(-1, bring(&self->destination, &self->wants, &self->has));
	EXPECT_EQ(0, self->has.unicast[1]);
}

/* The first 0 ends it: what is behind that in a stream is no address. */
TEST_F(mailbox, a_list_with_a_hole_ends_there)
{
	say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000001);
	self->wants.unicast[2] = 0x20000000003;
	EXPECT_EQ(2, bring(&self->destination, &self->wants, &self->has));
	EXPECT_EQ(0x20000000001, self->has.unicast[0]);
	EXPECT_EQ(0, self->has.unicast[1]);
}

TEST_F(mailbox, a_reset_keeps_what_the_pf_keeps)
{
	say_mac(&self->source, &self->wants, UNICAST_ADD, 0x20000000001);
	say_words(&self->source, &self->wants, MESSAGE_FRAME, 9018);
	say_words(&self->source, &self->wants, MESSAGE_VLAN | 1 << 16, 7);
	igbvf_granted_reset(&self->wants);
	EXPECT_EQ(0, self->wants.reset);
	EXPECT_EQ(0, self->wants.vlans[0]);
	EXPECT_EQ(9018, self->wants.frame);
	EXPECT_EQ(0x20000000001, self->wants.unicast[0]);
}

TEST_F(mailbox, a_pf_that_lost_a_vf_is_told_of_a_reset)
{
	struct igbvf_message message;

	self->source.speaks = false;
	EXPECT_EQ(-1, say_mac(&self->source, &self->wants, 0, 0x525400123456));
	EXPECT_EQ(0, self->wants.reset);
	self->has = self->wants;
	self->wants.reset = 1;
	ASSERT_EQ(1, igbvf_granted_next(&self->wants, &self->has, &message));
	EXPECT_EQ(MESSAGE_RESET, message.words[0]);
}

TEST_F(mailbox, a_ping_is_no_answer)
{
	static const __u32 none[] = {
		0x100 | MESSAGE_CTS, MESSAGE_MAC | MESSAGE_CTS, MESSAGE_VLAN | MESSAGE_ACK,
	};
	__u32 request[IGBVF_WORDS] = { MESSAGE_MAC };
	__u32 words[IGBVF_WORDS] = { MESSAGE_MAC | MESSAGE_NACK };
	unsigned int i;

	EXPECT_EQ(-1, igbvf_granted_answer(&self->has, request, words));
	for (i = 0; i < sizeof(none) / sizeof(*none); i++) {
		words[0] = none[i];
		EXPECT_EQ(1, igbvf_granted_answer(&self->has, request, words));
	}
}

TEST_HARNESS_MAIN
