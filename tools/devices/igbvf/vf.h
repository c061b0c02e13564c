/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A user-space driver for a virtual function of QEMU's igb, on libvfiomig: what a guest's
 * driver would do, for the tests.
 *
 * Functions return 0 or a negative errno; what is behind vf->edu is any open device, with
 * its memory, and has the reason in its error.
 */
#ifndef TOOLS_VF_H
#define TOOLS_VF_H

#include "edu.h"

/* Registers; of queue 0 */
#define VF_VTCTRL		0x0000
#define  VF_VTCTRL_RST		(1u << 26)
#define VF_VTSTATUS		0x0008
#define VF_VMBMEM		0x0800
#define VF_V2PMAILBOX		0x0c40
#define  VF_REQ			0x01
#define  VF_ACK			0x02
#define  VF_VFU			0x04
#define  VF_PFSTS		0x10
#define  VF_PFACK		0x20
#define  VF_RSTI		0x40
#define  VF_RSTD		0x80
#define VF_VTEICS		0x1520
#define VF_VTEIMS		0x1524
#define VF_VTEIMC		0x1528
#define VF_VTEIAC		0x152c
#define VF_VTEITR0		0x1680
#define VF_VTIVAR		0x1700
#define VF_VTIVAR_MISC		0x1740
#define VF_RDBAL		0x2800
#define VF_RDBAH		0x2804
#define VF_RDLEN		0x2808
#define VF_SRRCTL		0x280c
#define VF_RDH			0x2810
#define VF_RDT			0x2818
#define VF_RXDCTL		0x2828
#define VF_TDBAL		0x3800
#define VF_TDBAH		0x3804
#define VF_TDLEN		0x3808
#define VF_TDH			0x3810
#define VF_TDT			0x3818
#define VF_TXDCTL		0x3828
#define  VF_ENABLE		(1u << 25)

#define VF_WORDS		16
#define VF_CTS			0x20000000
#define VF_NACKED		0x40000000
#define VF_ACKED		0x80000000

#define VF_RING			16 /* descriptors of each */
#define VF_VECTORS		3

/**
 * struct vf - an open VF
 * @edu: The device, its memory, why something failed.
 * @mac: Its address, the first byte uppermost.
 * @next: The descriptor that is received into next.
 * @vectors: An eventfd for each vector, or -1.
 * @rings: Pages 2 and 3 of the BAR, mapped, or NULL.
 */
struct vf {
	struct edu edu;
	uint64_t mac;
	unsigned int next;
	int vectors[VF_VECTORS];
	uint32_t *rings;
};

/* The @nth in VFIO_MIG_IGBVF, by that driver. */
int vf_open(struct vf *vf, unsigned int nth, const char *driver);
void vf_close(struct vf *vf);

/* Map the rings' registers: frames then cost no call. */
int vf_map_rings(struct vf *vf);

/*
 * Read V2PMAILBOX until @bit has been in it, and add to *@seen what was: reading clears
 * most of it.  -ETIMEDOUT.
 */
int vf_wait_mailbox(struct vf *vf, uint32_t bit, uint32_t *seen);

/* A message to the PF, and its answer: both of VF_WORDS.  -ETIMEDOUT. */
int vf_say(struct vf *vf, const uint32_t *message, uint32_t *answer);

/* One with an argument and a word; -EPERM: it was refused. */
int vf_say_word(struct vf *vf, uint32_t first, uint32_t word);

/* One with an address: 0 for the MAC, or of the unicast list. */
int vf_say_mac(struct vf *vf, uint32_t argument, uint64_t mac);

/* RESET, a MAC of its own, both rings of queue 0, all of them on. */
int vf_start(struct vf *vf, uint64_t mac);

/* A frame with a number, to a MAC; the device has it when this returns. */
void vf_send(struct vf *vf, uint64_t to, uint32_t number);

/* The same, of so many bytes: at least 60, at most 2000. */
void vf_send_long(struct vf *vf, uint64_t to, uint32_t number, uint32_t bytes);

/* The same with a VLAN's tag. */
void vf_send_tagged(struct vf *vf, uint64_t to, uint32_t number, uint16_t vlan);

/* The number of the next frame of that kind, if it has come: 0, or -ENOMSG. */
int vf_receive(struct vf *vf, uint32_t *number);

/* The same, waited for; -ETIMEDOUT. */
int vf_wait(struct vf *vf, uint32_t *number);

/* Eventfds for all vectors. */
int vf_enable_vectors(struct vf *vf);

/* How often a vector came since the last call; waits for the first if @wait. */
uint64_t vf_count(struct vf *vf, unsigned int vector, bool wait);

/* What belongs to the guest and not to the device goes to @dst. */
void vf_guest_moves(const struct vf *src, struct vf *dst);

#endif /* TOOLS_VF_H */
