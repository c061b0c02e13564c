// SPDX-License-Identifier: GPL-2.0
/*
 * Registers, memory and interrupts, as a driver of the device uses them: calls like
 * those of calls.c, each noted.
 */
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "check.h"

#define CONFIG		VFIO_PCI_CONFIG_REGION_INDEX

/* As many bytes are shown as they are; of more the sum. */
#define SHOWN_MAX	16

/* So long for what has to come: machines without KVM are slow. */
#define WAIT_MS		60000

bool is_number_size(size_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

__u64 number_of(const void *data, size_t size)
{
	__le64 value = 0;

	memcpy(&value, data, size);
	return le64toh(value);
}

void fill_pattern(__u8 *data, size_t size, __u32 seed)
{
	size_t i;

	for (i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = seed >> 24;
	}
}

/* FNV-1a: what tells two contents apart, and nothing more. */
__u32 sum_of(const void *data, size_t size)
{
	const __u8 *byte = data;
	__u32 sum = 0x811c9dc5;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x01000193;
	return sum;
}

const char *data_text(char *text, size_t room, const void *data, size_t size)
{
	if (is_number_size(size))
		snprintf(text, room, "%#llx", number_of(data, size));
	else if (size <= SHOWN_MAX)
		hex_text(text, room, data, size);
	else
		snprintf(text, room, "sum %08x", sum_of(data, size));
	return text;
}

static void note_data(struct verify *v, int ret, const void *data, size_t size)
{
	char text[40];

	note_result(v, "%s%s%s", errno_text(ret), ret ? "" : ", ",
		    ret ? "" : data_text(text, sizeof(text), data, size));
}

/* ---- registers ---- */

int call_bar_read(struct verify *v, struct side *side, __u32 region,
		  __u64 offset, void *data, size_t size)
{
	int ret;

	note_call(v, side, "bar-read %u %#llx %zu", region, offset, size);
	ret = vfiomig_read(side->dev, region, offset, data, size, NULL);
	note_data(v, ret, data, size);
	return ret;
}

int call_bar_write(struct verify *v, struct side *side, __u32 region,
		   __u64 offset, const void *data, size_t size,
		   const char *text)
{
	char own[40];
	int ret;

	note_call(v, side, "bar-write %u %#llx %zu %s", region, offset, size,
		  text ? text : data_text(own, sizeof(own), data, size));
	ret = vfiomig_write(side->dev, region, offset, data, size, NULL);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_bar_get(struct verify *v, struct side *side, __u32 region,
		 __u64 offset, size_t size, __u64 *value)
{
	__u8 data[8] = {};
	int ret = call_bar_read(v, side, region, offset, data, size);

	*value = ret ? 0 : number_of(data, size);
	return ret;
}

int call_bar_set(struct verify *v, struct side *side, __u32 region,
		 __u64 offset, size_t size, __u64 value)
{
	__le64 data = htole64(value);

	return call_bar_write(v, side, region, offset, &data, size, NULL);
}

int call_bar_wait(struct verify *v, struct side *side, __u32 region,
		  __u64 offset, size_t size, __u64 mask, __u64 value)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	__u64 now = 0;
	__u8 data[8];
	int ret, i;

	note_call(v, side, "bar-wait %u %#llx %zu %#llx %#llx", region, offset,
		  size, mask, value);
	for (i = 0; i < WAIT_MS; i++) {
		ret = vfiomig_read(side->dev, region, offset, data, size, NULL);
		if (ret)
			break;
		now = number_of(data, size);
		ret = (now & mask) == value ? 0 : -ETIME;
		if (!ret)
			break;
		nanosleep(&pause, NULL);
	}
	note_result(v, "%s, %#llx", errno_text(ret), now);
	return ret;
}

/* ---- the memory that call_map() has made ---- */

__u8 *memory_at(const struct side *side, __u64 iova, size_t size)
{
	if (!side->memory || iova < side->iova || size > side->memory_size ||
	    iova - side->iova > side->memory_size - size)
		return NULL;
	return side->memory + (iova - side->iova);
}

int call_memory_read(struct verify *v, struct side *side, __u64 iova,
		     void *data, size_t size)
{
	const __u8 *memory = memory_at(side, iova, size);

	note_call(v, side, "memory-read %#llx %zu", iova, size);
	if (memory)
		memcpy(data, memory, size);
	note_data(v, memory ? 0 : -EFAULT, data, size);
	return memory ? 0 : -EFAULT;
}

int call_memory_write(struct verify *v, struct side *side, __u64 iova,
		      const void *data, size_t size, const char *text)
{
	__u8 *memory = memory_at(side, iova, size);
	char own[40];

	note_call(v, side, "memory-write %#llx %zu %s", iova, size,
		  text ? text : data_text(own, sizeof(own), data, size));
	if (memory)
		memcpy(memory, data, size);
	note_result(v, "%s", errno_text(memory ? 0 : -EFAULT));
	return memory ? 0 : -EFAULT;
}

/* ---- interrupts ---- */

/* What has come since it was asked last is added. */
static void count_irqs(struct side *side)
{
	eventfd_t count;

	if (side->eventfd >= 0 && !eventfd_read(side->eventfd, &count))
		side->irq_count += count;
}

int call_irq_count(struct verify *v, struct side *side, unsigned int ms,
		   __u64 *count)
{
	struct pollfd pollfd = { .fd = side->eventfd, .events = POLLIN };

	note_call(v, side, "irq-count %u", ms);
	if (ms && side->eventfd >= 0)
		poll(&pollfd, 1, ms);
	count_irqs(side);
	if (side->eventfd < 0)
		note_result(v, "EBADF");
	else
		note_result(v, "%llu came", side->irq_count);
	*count = side->irq_count;
	return side->eventfd < 0 ? -EBADF : 0;
}

/* ---- what a VMM has to move besides ---- */

static int take_command(struct side *side, struct side *from)
{
	__u16 command;
	int ret;

	ret = vfiomig_read(from->dev, CONFIG, PCI_COMMAND, &command,
			   sizeof(command), NULL);
	return ret ? ret : vfiomig_write(side->dev, CONFIG, PCI_COMMAND,
					 &command, sizeof(command), NULL);
}

static int take_memory(struct side *side, const struct side *from)
{
	int ret;

	if (!from->memory)
		return 0;
	if (!side->memory) {
		ret = map_memory(side, from->iova, from->memory_size);
		if (ret)
			return ret;
	}
	if (side->iova != from->iova || side->memory_size != from->memory_size)
		return -EEXIST;
	memcpy(side->memory, from->memory, from->memory_size);
	return 0;
}

static int take_irq(struct side *side, struct side *from)
{
	int ret = 0;

	if (from->irq < 0)
		return 0;
	count_irqs(from);
	if (side->irq < 0)
		ret = enable_irq(side, from->irq);
	count_irqs(side);
	side->irq_count = from->irq_count;
	return ret;
}

/* A reset may have taken its interrupt away; what came before still counts. */
static int arm_again(struct side *side)
{
	if (side->irq < 0)
		return 0;
	return vfiomig_irq_enable(side->dev, side->irq, &side->eventfd, 1, NULL);
}

int call_take_over(struct verify *v, struct side *side, struct side *from)
{
	int ret;

	note_call(v, side, "take-over %s", from->name);
	ret = side == from ? arm_again(side) : take_command(side, from);
	if (side == from) {
		note_result(v, "%s", errno_text(ret));
		return ret;
	}
	if (!ret)
		ret = take_memory(side, from);
	if (!ret)
		ret = take_irq(side, from);
	note_result(v, "%s", errno_text(ret));
	return ret;
}
