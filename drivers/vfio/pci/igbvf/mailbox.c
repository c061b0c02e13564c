// SPDX-License-Identifier: GPL-2.0
/* What a PF's answers mean, and which messages make another PF grant the same. */
#include <linux/string.h>
#include <linux/swab.h>

#include "mailbox.h"

/* ---- what is granted ---- */

static __u64 mac_of(const __u32 *message)
{
	return (__u64)__swab32(message[1]) << 16 | __swab32(message[2]) >> 16;
}

void igbvf_granted_reset(struct igbvf_granted *granted)
{
	granted->mac = 0;
	granted->reset = 0;
	granted->promiscuous = 0;
	memset(granted->multicast, 0, sizeof(granted->multicast));
	memset(granted->vlans, 0, sizeof(granted->vlans));
}

static void note_mac(struct igbvf_granted *granted, __u64 mac, __u32 argument)
{
	__u64 *at = granted->unicast;

	if (argument == UNICAST_CLEAR) {
		memset(granted->unicast, 0, sizeof(granted->unicast));
	} else if (argument == UNICAST_ADD) {
		while (*at && at < &granted->unicast[IGBVF_UNICASTS - 1])
			at++;
		*at = mac;
	} else {
		granted->mac = mac;
	}
}

static void note(struct igbvf_granted *granted, const __u32 *request)
{
	__u32 argument = (request[0] & MESSAGE_ARGUMENT) >> 16;
	__u32 vlan = request[1] % IGBVF_VLANS;

	switch (request[0] & MESSAGE_KIND) {
	case MESSAGE_MAC:
		note_mac(granted, mac_of(request), argument);
		break;
	case MESSAGE_MULTICAST:
		memcpy(granted->multicast, request, sizeof(granted->multicast));
		granted->multicast[0] = argument;
		break;
	case MESSAGE_VLAN:
		granted->vlans[vlan / 8] &= ~(1 << vlan % 8);
		granted->vlans[vlan / 8] |= (argument & 1) << vlan % 8;
		break;
	case MESSAGE_FRAME:
		granted->frame = request[1];
		break;
	case MESSAGE_PROMISCUOUS:
		granted->promiscuous = argument;
	}
}

/* To a RESET a NACK says that there is no address for the VF, which runs all the same. */
int igbvf_granted_answer(struct igbvf_granted *granted, const __u32 *request, const __u32 *words)
{
	if (!(words[0] & (MESSAGE_ACK | MESSAGE_NACK)) || (words[0] ^ request[0]) & MESSAGE_KIND)
		return 1;
	if ((request[0] & MESSAGE_KIND) == MESSAGE_RESET) {
		igbvf_granted_reset(granted);
		granted->mac = words[0] & MESSAGE_ACK ? mac_of(words) : 0;
		granted->reset = 1;
		return 0;
	}
	if (!(words[0] & MESSAGE_CTS))
		granted->reset = 0;
	if (words[0] & MESSAGE_NACK)
		return -1;
	note(granted, request);
	return 0;
}

/* ---- to have it granted ---- */

static int make(struct igbvf_message *message, __u32 kind, __u32 argument, const char *about,
		__u64 number)
{
	*message = (struct igbvf_message) { { kind | argument << 16 }, about, number };
	if (kind == MESSAGE_MAC) {
		message->words[1] = __swab32(number >> 16);
		message->words[2] = __swab32(number << 16);
	} else if (kind == MESSAGE_VLAN || kind == MESSAGE_FRAME) {
		message->words[1] = number;
	}
	return 1;
}

/* What differs first is added, or all go; Linux's igb takes a CLEAR only with a valid address. */
static int next_unicast(const __u64 *wants, const __u64 *has, struct igbvf_message *message)
{
	unsigned int i = 0;

	while (i < IGBVF_UNICASTS && wants[i] && wants[i] == has[i])
		i++;
	if (i == IGBVF_UNICASTS || wants[i] == has[i])
		return 0;
	return has[i] ? make(message, MESSAGE_MAC, UNICAST_CLEAR, "unicast", has[0]) :
			make(message, MESSAGE_MAC, UNICAST_ADD, "unicast", wants[i]);
}

static int next_multicast(const __u32 *wants, const __u32 *has, struct igbvf_message *message)
{
	if (!memcmp(wants, has, sizeof(message->words)))
		return 0;
	make(message, MESSAGE_MULTICAST, wants[0], "multicasts", wants[0]);
	memcpy(message->words + 1, wants + 1, sizeof(message->words) - sizeof(*wants));
	return 1;
}

static int next_vlan(const __u8 *wants, const __u8 *has, struct igbvf_message *message)
{
	__u32 vlan = 0;

	while (vlan < IGBVF_VLANS && !((wants[vlan / 8] ^ has[vlan / 8]) >> vlan % 8 & 1))
		vlan++;
	return vlan < IGBVF_VLANS &&
	       make(message, MESSAGE_VLAN, wants[vlan / 8] >> vlan % 8 & 1, "VLAN", vlan);
}

int igbvf_granted_next(const struct igbvf_granted *wants, const struct igbvf_granted *has,
		       struct igbvf_message *message)
{
	if (!wants->reset)
		return 0;
	if (!has->reset)
		return make(message, MESSAGE_RESET, 0, "reset", 0);
	if (wants->mac && wants->mac != has->mac)
		return make(message, MESSAGE_MAC, 0, "MAC", wants->mac);
	if (wants->promiscuous != has->promiscuous)
		return make(message, MESSAGE_PROMISCUOUS, wants->promiscuous, "promiscuity",
			    wants->promiscuous);
	if (wants->frame && wants->frame != has->frame)
		return make(message, MESSAGE_FRAME, 0, "frames of", wants->frame);
	return next_unicast(wants->unicast, has->unicast, message) ||
	       next_multicast(wants->multicast, has->multicast, message) ||
	       next_vlan(wants->vlans, has->vlans, message);
}
