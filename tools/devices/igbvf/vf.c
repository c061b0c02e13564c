// SPDX-License-Identifier: GPL-2.0
/* Drive a VF of QEMU's igb from user space; vf.h says what there is. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "named.h"
#include "vf.h"
#include "vfiomig_access.h"

/* Where in the memory what is. */
#define TX_RING		0x0000
#define RX_RING		0x1000
#define TX_BUFFER	0x2000 /* one: what is sent has been read when the tail is written */
#define RX_BUFFERS	0x8000
#define BUFFER		0x800

#define RINGS		0x2000 /* where their registers begin */
#define RINGS_SIZE	0x2000

#define TIMEOUT_MS	10000 /* less than a test of the harness may take */

#define ETHERTYPE	0x88b5 /* for local experiments */
#define FRAME		60

/* An advanced descriptor, as it is written and as the device writes it back. */
struct descriptor {
	uint64_t address;
	uint32_t low;
	uint32_t high;
};

#define TX_DATA		0x2b300000u /* data, of the new format, whole packet, with a CRC */
#define DONE		1u
#define SRRCTL_ONE	0x02000002u /* one buffer, of 2 KiB */

int vf_open(struct vf *vf, unsigned int nth, const char *driver)
{
	char bdf[64];
	int ret;

	memset(vf, 0, sizeof(*vf));
	memset(vf->vectors, 0xff, sizeof(vf->vectors));
	vf->edu.irq_fd = -1;
	ret = device_named("VFIO_MIG_IGBVF", nth, bdf, sizeof(bdf));
	return ret ? ret : edu_open_driver(&vf->edu, bdf, driver);
}

void vf_close(struct vf *vf)
{
	unsigned int i;

	if (vf->rings)
		munmap(vf->rings, RINGS_SIZE);
	vf->rings = NULL;
	edu_close(&vf->edu);
	for (i = 0; i < VF_VECTORS; i++) {
		if (vf->vectors[i] >= 0)
			close(vf->vectors[i]);
		vf->vectors[i] = -1;
	}
}

int vf_map_rings(struct vf *vf)
{
	struct vfio_region_info info;
	void *at;
	int ret;

	ret = vfiomig_region_info(vf->edu.dev, VFIO_PCI_BAR0_REGION_INDEX, &info,
				  &vf->edu.error);
	if (ret)
		return ret;
	at = mmap(NULL, RINGS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		  vfiomig_fd(vf->edu.dev), info.offset + RINGS);
	if (at == MAP_FAILED)
		return -errno;
	vf->rings = at;
	return 0;
}

static uint32_t get_ring(struct vf *vf, uint32_t reg)
{
	if (!vf->rings)
		return edu_get(&vf->edu, reg);
	return __atomic_load_n(&vf->rings[(reg - RINGS) / 4], __ATOMIC_ACQUIRE);
}

static void set_ring(struct vf *vf, uint32_t reg, uint32_t value)
{
	if (vf->rings)
		__atomic_store_n(&vf->rings[(reg - RINGS) / 4], value, __ATOMIC_RELEASE);
	else
		edu_set(&vf->edu, reg, value);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

int vf_wait_mailbox(struct vf *vf, uint32_t bit, uint32_t *seen)
{
	uint64_t end = now_ms() + TIMEOUT_MS;

	while (!(*seen & bit)) {
		*seen |= edu_get(&vf->edu, VF_V2PMAILBOX);
		if (now_ms() > end)
			return -ETIMEDOUT;
	}
	return 0;
}

int vf_say(struct vf *vf, const uint32_t *message, uint32_t *answer)
{
	uint32_t seen = 0;
	unsigned int i;
	int ret;

	edu_set(&vf->edu, VF_V2PMAILBOX, VF_VFU);
	ret = vf_wait_mailbox(vf, VF_VFU, &seen);
	for (i = 0; i < VF_WORDS; i++)
		edu_set(&vf->edu, VF_VMBMEM + 4 * i, message[i]);
	edu_set(&vf->edu, VF_V2PMAILBOX, VF_REQ);
	seen = 0;
	ret = ret ? ret : vf_wait_mailbox(vf, VF_PFACK, &seen);
	ret = ret ? ret : vf_wait_mailbox(vf, VF_PFSTS, &seen);
	for (i = 0; i < VF_WORDS; i++)
		answer[i] = edu_get(&vf->edu, VF_VMBMEM + 4 * i);
	edu_set(&vf->edu, VF_V2PMAILBOX, VF_ACK);
	return ret;
}

static int say_and_check(struct vf *vf, const uint32_t *message)
{
	uint32_t answer[VF_WORDS];
	int ret = vf_say(vf, message, answer);

	if (ret)
		return ret;
	return answer[0] & VF_ACKED ? 0 : -EPERM;
}

int vf_say_word(struct vf *vf, uint32_t first, uint32_t word)
{
	uint32_t message[VF_WORDS] = { first, word };

	return say_and_check(vf, message);
}

static void put_mac(void *to, uint64_t mac)
{
	uint8_t *bytes = to;
	unsigned int i;

	for (i = 0; i < 6; i++)
		bytes[i] = mac >> 8 * (5 - i);
}

int vf_say_mac(struct vf *vf, uint32_t argument, uint64_t mac)
{
	uint32_t message[VF_WORDS] = { 2 | argument << 16 };

	put_mac(message + 1, mac);
	return say_and_check(vf, message);
}

static struct descriptor *ring(struct vf *vf, unsigned int at)
{
	return (struct descriptor *)(vf->edu.memory + at);
}

static void give(struct vf *vf, unsigned int i)
{
	struct descriptor *rx = ring(vf, RX_RING) + i;

	rx->low = 0;
	rx->high = 0;
	rx->address = EDU_MEMORY_IOVA + RX_BUFFERS + i * BUFFER;
}

static void start_rings(struct vf *vf)
{
	struct edu *edu = &vf->edu;
	unsigned int i;

	memset(edu->memory, 0, EDU_MEMORY_SIZE);
	for (i = 0; i < VF_RING; i++)
		give(vf, i);
	edu_set(edu, VF_TDBAL, EDU_MEMORY_IOVA + TX_RING);
	edu_set(edu, VF_TDBAH, 0);
	edu_set(edu, VF_TDLEN, VF_RING * sizeof(struct descriptor));
	edu_set(edu, VF_TDH, 0);
	edu_set(edu, VF_TDT, 0);
	edu_set(edu, VF_RDBAL, EDU_MEMORY_IOVA + RX_RING);
	edu_set(edu, VF_RDBAH, 0);
	edu_set(edu, VF_RDLEN, VF_RING * sizeof(struct descriptor));
	edu_set(edu, VF_SRRCTL, SRRCTL_ONE);
	edu_set(edu, VF_RDH, 0);
	edu_set(edu, VF_RDT, 0);
	edu_set(edu, VF_TXDCTL, VF_ENABLE);
	edu_set(edu, VF_RXDCTL, VF_ENABLE);
	edu_set(edu, VF_RDT, VF_RING - 1);
	vf->next = 0;
}

int vf_start(struct vf *vf, uint64_t mac)
{
	uint32_t reset[VF_WORDS] = { 1 }, answer[VF_WORDS];
	int ret;

	edu_set(&vf->edu, VF_VTCTRL, VF_VTCTRL_RST);
	ret = vf_say(vf, reset, answer);
	if (!ret && (answer[0] & 0xffff) != 1)
		ret = -EPROTO;
	if (!ret)
		ret = vf_say_mac(vf, 0, mac);
	if (ret)
		return ret;
	vf->mac = mac;
	start_rings(vf);
	return 0;
}

static void send(struct vf *vf, uint32_t bytes)
{
	uint32_t tail = get_ring(vf, VF_TDT);
	struct descriptor *tx = ring(vf, TX_RING) + tail;

	tx->address = EDU_MEMORY_IOVA + TX_BUFFER;
	tx->low = TX_DATA | bytes;
	tx->high = bytes << 14;
	__sync_synchronize();
	set_ring(vf, VF_TDT, (tail + 1) % VF_RING);
}

static void put_16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value & 0xff;
}

static uint8_t *begin_frame(struct vf *vf, uint64_t to)
{
	uint8_t *frame = vf->edu.memory + TX_BUFFER;

	memset(frame, 0, BUFFER);
	put_mac(frame, to);
	put_mac(frame + 6, vf->mac);
	return frame;
}

void vf_send_long(struct vf *vf, uint64_t to, uint32_t number, uint32_t bytes)
{
	uint8_t *frame = begin_frame(vf, to);

	put_16(frame + 12, ETHERTYPE);
	memcpy(frame + 14, &number, sizeof(number));
	send(vf, bytes);
}

void vf_send(struct vf *vf, uint64_t to, uint32_t number)
{
	vf_send_long(vf, to, number, FRAME);
}

void vf_send_tagged(struct vf *vf, uint64_t to, uint32_t number, uint16_t vlan)
{
	uint8_t *frame = begin_frame(vf, to);

	put_16(frame + 12, 0x8100);
	put_16(frame + 14, vlan);
	put_16(frame + 16, ETHERTYPE);
	memcpy(frame + 18, &number, sizeof(number));
	send(vf, FRAME);
}

/* Others speak on the network too: that is taken and not told. */
static int take(struct vf *vf, uint32_t *number)
{
	struct descriptor *rx = ring(vf, RX_RING) + vf->next;
	uint8_t *frame = vf->edu.memory + RX_BUFFERS + vf->next * BUFFER;
	int ret = -EAGAIN;

	if (!(__atomic_load_n(&rx->low, __ATOMIC_ACQUIRE) & DONE))
		return -ENOMSG;
	/* Its tag may have been taken off. */
	if (frame[12] == 0x81 && frame[13] == 0)
		frame += 4;
	if (frame[12] == ETHERTYPE >> 8 && frame[13] == (ETHERTYPE & 0xff)) {
		memcpy(number, frame + 14, sizeof(*number));
		ret = 0;
	}
	give(vf, vf->next);
	__sync_synchronize();
	set_ring(vf, VF_RDT, vf->next);
	vf->next = (vf->next + 1) % VF_RING;
	return ret;
}

int vf_receive(struct vf *vf, uint32_t *number)
{
	int ret;

	do
		ret = take(vf, number);
	while (ret == -EAGAIN);
	return ret;
}

int vf_wait(struct vf *vf, uint32_t *number)
{
	uint64_t end = now_ms() + TIMEOUT_MS;
	int ret;

	for (;;) {
		ret = vf_receive(vf, number);
		if (ret != -ENOMSG)
			return ret;
		if (now_ms() > end)
			return -ETIMEDOUT;
	}
}

int vf_enable_vectors(struct vf *vf)
{
	unsigned int i;

	for (i = 0; i < VF_VECTORS; i++) {
		vf->vectors[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (vf->vectors[i] < 0)
			return -errno;
	}
	return vfiomig_irq_enable(vf->edu.dev, VFIO_PCI_MSIX_IRQ_INDEX, vf->vectors,
				  VF_VECTORS, &vf->edu.error);
}

uint64_t vf_count(struct vf *vf, unsigned int vector, bool wait)
{
	struct pollfd fd = { .fd = vf->vectors[vector], .events = POLLIN };
	uint64_t count = 0;

	if (wait && poll(&fd, 1, TIMEOUT_MS) != 1)
		return 0;
	return read(fd.fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

void vf_guest_moves(const struct vf *src, struct vf *dst)
{
	memcpy(dst->edu.memory, src->edu.memory, EDU_MEMORY_SIZE);
	dst->next = src->next;
	dst->mac = src->mac;
}
