// SPDX-License-Identifier: GPL-2.0
/* edu_twins.h says what is here. */
#include <string.h>

#include "edu_twins.h"

/* What a device was left with by others is not what these tests are about. */
static void make_equal(struct edu *edu)
{
	static const uint8_t nothing[EDU_BUFFER_SIZE];

	edu_wait_factorial(edu);
	edu_wait_dma(edu);
	edu_fill_buffer(edu, nothing);
	memset(edu->memory, 0, EDU_MEMORY_SIZE);
	edu_set(edu, EDU_IRQ_ACK, UINT32_MAX);
	edu_set(edu, EDU_LIVENESS, 0);
	start_factorial(edu, 0, false);
	edu_wait_factorial(edu);
}

int twins_open(struct twins *twins)
{
	char bdf[64];
	int ret;

	memset(twins, 0, sizeof(*twins));
	twins->bare.irq_fd = -1;
	twins->edu.irq_fd = -1;
	ret = edu_find(0, false, bdf, sizeof(bdf));
	if (!ret)
		ret = edu_open_driver(&twins->bare, bdf, "vfio-pci");
	if (ret)
		return ret;
	ret = open_nth(&twins->edu, 1, false);
	if (ret)
		return ret;
	make_equal(&twins->bare);
	make_equal(&twins->edu);
	/* Of 8 bytes, the hardware's answer there is all ones. */
	twins->wide = edu_get64(&twins->bare, EDU_ID) == UINT64_MAX;
	return 0;
}

void twins_close(struct twins *twins)
{
	edu_close(&twins->bare);
	edu_close(&twins->edu);
}

bool twins_comparable(const struct twins *twins, uint64_t offset, size_t size)
{
	uint64_t first_wide = (offset + 7) & ~7ull;

	return twins->wide || first_wide + 8 > offset + size;
}

void twins_set(struct twins *twins, uint32_t reg, uint32_t value)
{
	edu_set(&twins->bare, reg, value);
	edu_set(&twins->edu, reg, value);
}

void twins_set64(struct twins *twins, uint32_t reg, uint64_t value)
{
	if (!twins->wide)
		value = (uint32_t)value;
	edu_set64(&twins->bare, reg, value);
	edu_set64(&twins->edu, reg, value);
}

void twins_wait(struct twins *twins)
{
	edu_wait_factorial(&twins->bare);
	edu_wait_factorial(&twins->edu);
	edu_wait_dma(&twins->bare);
	edu_wait_dma(&twins->edu);
}

static void cut(struct edu_view *view)
{
	view->dma_src = (uint32_t)view->dma_src;
	view->dma_dst = (uint32_t)view->dma_dst;
	view->dma_count = (uint32_t)view->dma_count;
	view->dma_command = (uint32_t)view->dma_command;
}

const char *twins_difference(struct twins *twins)
{
	struct edu_view bare, edu;

	edu_look(&twins->bare, &bare);
	edu_look(&twins->edu, &edu);
	if (!twins->wide) {
		cut(&bare);
		cut(&edu);
	}
	return edu_difference(&edu, &bare);
}
