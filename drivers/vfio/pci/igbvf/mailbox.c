// SPDX-License-Identifier: GPL-2.0
/* What a PF's answers mean, and which messages make another PF grant the same. */
#include <linux/string.h>
#include <linux/swab.h>

#include "mailbox.h"

static __u64 mac_of(const __u32 *message)
{
	return (__u64)__swab32(message[1]) << 16 | __swab32(message[2]) >> 16;
}

static __u32 argument(const __u32 *message)
{
	return (message[0] & MESSAGE_ARGUMENT) >> 16;
}

static int make(__u32 *message, __u32 kind, __u32 with)
{
	message[0] = kind | with << 16;
	return 1;
}

static int make_mac(__u32 *message, __u64 mac, __u32 with)
{
	message[1] = __swab32(mac >> 16);
	message[2] = __swab32(mac << 16);
	return make(message, MESSAGE_MAC, with);
}

/* ---- what is granted ---- */

void igbvf_granted_reset(struct igbvf_granted *granted)
{
	granted->mac = 0;
	granted->reset = 0;
	granted->promiscuous = 0;
	memset(granted->multicast, 0, sizeof(granted->multicast));
	memset(granted->vlans, 0, sizeof(granted->vlans));
}

static void note_mac(struct igbvf_granted *granted, const __u32 *request)
{
	unsigned int i = 0;

	if (argument(request) == UNICAST_CLEAR) {
		memset(granted->unicast, 0, sizeof(granted->unicast));
	} else if (argument(request) == UNICAST_ADD) {
		while (i < IGBVF_UNICASTS - 1 && granted->unicast[i])
			i++;
		granted->unicast[i] = mac_of(request);
	} else {
		granted->mac = mac_of(request);
	}
}

static void note_vlan(struct igbvf_granted *granted, const __u32 *request)
{
	__u8 *vlans = &granted->vlans[request[1] % IGBVF_VLANS / 8];

	*vlans &= ~(1 << request[1] % 8);
	*vlans |= (argument(request) & 1) << request[1] % 8;
}

static void note(struct igbvf_granted *granted, const __u32 *request)
{
	switch (request[0] & MESSAGE_KIND) {
	case MESSAGE_MAC:
		note_mac(granted, request);
		break;
	case MESSAGE_MULTICAST:
		memcpy(granted->multicast, request, sizeof(granted->multicast));
		granted->multicast[0] = argument(request);
		break;
	case MESSAGE_VLAN:
		note_vlan(granted, request);
		break;
	case MESSAGE_FRAME:
		granted->frame = request[1];
		break;
	case MESSAGE_PROMISCUOUS:
		granted->promiscuous = argument(request);
	}
}

/* To a RESET a NACK says that there is no address for the VF, which runs all the same. */
int igbvf_granted_answer(struct igbvf_granted *granted, const __u32 *request,
			 const __u32 *words)
{
	if (!(words[0] & (MESSAGE_ACK | MESSAGE_NACK)) ||
	    (words[0] ^ request[0]) & MESSAGE_KIND)
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

/*
 * What differs first is added, or all of them go.  Linux's igb takes no CLEAR that is not
 * with a valid address, whatever that is.
 */
static int next_unicast(const __u64 *wants, const __u64 *has, __u32 *message)
{
	unsigned int i = 0;

	while (i < IGBVF_UNICASTS && wants[i] && wants[i] == has[i])
		i++;
	if (i == IGBVF_UNICASTS || (!wants[i] && !has[i]))
		return 0;
	return has[i] ? make_mac(message, has[0], UNICAST_CLEAR) :
			make_mac(message, wants[i], UNICAST_ADD);
}

static int next_multicast(const __u32 *wants, const __u32 *has, __u32 *message)
{
	if (!memcmp(wants, has, IGBVF_WORDS * sizeof(*wants)))
		return 0;
	memcpy(message, wants, IGBVF_WORDS * sizeof(*wants));
	return make(message, MESSAGE_MULTICAST, wants[0]);
}

static int next_vlan(const __u8 *wants, const __u8 *has, __u32 *message)
{
	__u32 vlan = 0;

	while (vlan < IGBVF_VLANS && !((wants[vlan / 8] ^ has[vlan / 8]) >> vlan % 8 & 1))
		vlan++;
	message[1] = vlan;
	return vlan < IGBVF_VLANS &&
	       make(message, MESSAGE_VLAN, wants[vlan / 8] >> vlan % 8 & 1);
}

int igbvf_granted_next(const struct igbvf_granted *wants,
		       const struct igbvf_granted *has, __u32 *message)
{
	memset(message, 0, IGBVF_WORDS * sizeof(*message));
	if (!wants->reset)
		return 0;
	if (!has->reset)
		return make(message, MESSAGE_RESET, 0);
	if (wants->mac && wants->mac != has->mac)
		return make_mac(message, wants->mac, 0);
	if (wants->promiscuous != has->promiscuous)
		return make(message, MESSAGE_PROMISCUOUS, wants->promiscuous);
	if (wants->frame && wants->frame != has->frame) {
		message[1] = wants->frame;
		return make(message, MESSAGE_FRAME, 0);
	}
	return next_unicast(wants->unicast, has->unicast, message) ||
	       next_multicast(wants->multicast, has->multicast, message) ||
	       next_vlan(wants->vlans, has->vlans, message);
}

const char *igbvf_message_about(const __u32 *message, __u64 *number)
{
	static const char *const about[] = {
		"message", "reset", "MAC", "multicasts", "VLAN", "frames of", "promiscuity"
	};
	__u32 kind = message[0] & MESSAGE_KIND;

	*number = kind == MESSAGE_MAC ? mac_of(message) : argument(message);
	if (kind == MESSAGE_VLAN || kind == MESSAGE_FRAME)
		*number = message[1];
	if (kind == MESSAGE_MAC && argument(message))
		return "unicast";
	return about[kind <= MESSAGE_PROMISCUOUS ? kind : 0];
}
