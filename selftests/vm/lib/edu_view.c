// SPDX-License-Identifier: GPL-2.0
/* edu_view.h says what is here. */
#include <stdio.h>
#include <string.h>

#include "edu_view.h"

void edu_look(struct edu *edu, struct edu_view *view)
{
	view->liveness = edu_get(edu, EDU_LIVENESS);
	view->factorial = edu_get(edu, EDU_FACTORIAL);
	view->status = edu_get(edu, EDU_STATUS);
	view->irq_status = edu_get(edu, EDU_IRQ_STATUS);
	view->dma_src = edu_get64(edu, EDU_DMA_SRC);
	view->dma_dst = edu_get64(edu, EDU_DMA_DST);
	view->dma_count = edu_get64(edu, EDU_DMA_COUNT);
	view->dma_command = edu_get64(edu, EDU_DMA_COMMAND);
}

const char *edu_difference(const struct edu_view *seen,
			   const struct edu_view *expected)
{
	const struct {
		const char *name;
		uint64_t seen;
		uint64_t expected;
	} registers[] = {
		{ "liveness", seen->liveness, expected->liveness },
		{ "factorial", seen->factorial, expected->factorial },
		{ "status", seen->status, expected->status },
		{ "irq_status", seen->irq_status, expected->irq_status },
		{ "dma_src", seen->dma_src, expected->dma_src },
		{ "dma_dst", seen->dma_dst, expected->dma_dst },
		{ "dma_count", seen->dma_count, expected->dma_count },
		{ "dma_command", seen->dma_command, expected->dma_command },
	};
	static char text[128];
	unsigned int i;

	for (i = 0; i < sizeof(registers) / sizeof(*registers); i++) {
		if (registers[i].seen == registers[i].expected)
			continue;
		snprintf(text, sizeof(text), "%s is %#llx instead of %#llx",
			 registers[i].name,
			 (unsigned long long)registers[i].seen,
			 (unsigned long long)registers[i].expected);
		return text;
	}
	return "";
}

void make_pattern(void *bytes, size_t size, unsigned int seed)
{
	uint8_t *to = bytes;
	size_t i;

	for (i = 0; i < size; i++) {
		seed = seed * 1103515245u + 12345;
		to[i] = seed >> 16;
	}
}

bool has_pattern(const void *bytes, size_t size, unsigned int seed)
{
	uint8_t expected[EDU_MEMORY_SIZE];

	make_pattern(expected, size, seed);
	return !memcmp(bytes, expected, size);
}

bool all_zero(const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	return !size || (!from[0] && !memcmp(from, from + 1, size - 1));
}

int open_nth(struct edu *edu, unsigned int nth, bool on_root_bus)
{
	char bdf[64];
	int ret;

	memset(edu, 0, sizeof(*edu));
	edu->irq_fd = -1;
	ret = edu_find(nth, on_root_bus, bdf, sizeof(bdf));
	return ret ? ret : edu_open(edu, bdf);
}

void start_factorial(struct edu *edu, uint32_t n, bool irq)
{
	edu_set(edu, EDU_STATUS, irq ? EDU_STATUS_IRQ : 0);
	edu_set(edu, EDU_FACTORIAL, n);
}

void let_dma_pass(struct edu *clock)
{
	int i;

	for (i = 0; i < 3; i++) {
		edu_start_dma(clock, true, 0, 0, 0, 0);
		edu_wait_dma(clock);
	}
}

void let_factorial_pass(struct edu *clock)
{
	edu_wait_factorial(clock);
	start_factorial(clock, 2 * LONG_FACTORIAL, false);
	edu_wait_factorial(clock);
}

uint64_t count_irqs(struct edu *edu, struct edu *clock, uint64_t expected)
{
	uint64_t count = 0, more = 1;

	if (edu->irq_fd < 0) {
		let_dma_pass(clock);
		return 0;
	}
	while (count < expected && more) {
		more = edu_wait_irq(edu, EDU_TIMEOUT_MS);
		count += more;
	}
	let_dma_pass(clock);
	return count + edu_count_irq(edu);
}
