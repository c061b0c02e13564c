// SPDX-License-Identifier: GPL-2.0
/*
 * The shadow: what the other side holds, as far as it was sent.
 *
 * There is memory for those parts alone that were sent and are not 0, and it is
 * allocated when they are: to begin to track costs none, and to end it little.  If
 * there is none, a page is not known, and is sent whenever it may have changed.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mem.h"

/* Some large pieces are given back sooner than many small ones. */
#define BLOCK		SZ_2M
#define BLOCK_PAGES	(BLOCK / PAGE_SIZE)

/**
 * struct mem_shadow - a shadow
 * @known: Pages of which it is known what was sent.
 * @zero: Those of them that were 0, and are in no block.
 * @nr_blocks: How many there may be.
 * @blocks: BLOCK bytes each, or NULL.
 */
struct mem_shadow {
	unsigned long *known;
	unsigned long *zero;
	unsigned int nr_blocks;
	void *blocks[];
};

struct mem_shadow *vfio_mig_mem_shadow_alloc(u64 size)
{
	unsigned int count = DIV_ROUND_UP_ULL(size, BLOCK);
	struct mem_shadow *shadow;

	shadow = kzalloc(struct_size(shadow, blocks, count),
			 GFP_KERNEL_ACCOUNT);
	if (!shadow)
		return NULL;
	shadow->nr_blocks = count;
	shadow->known = bitmap_zalloc(size >> PAGE_SHIFT, GFP_KERNEL_ACCOUNT);
	shadow->zero = bitmap_zalloc(size >> PAGE_SHIFT, GFP_KERNEL_ACCOUNT);
	if (shadow->known && shadow->zero)
		return shadow;
	vfio_mig_mem_shadow_free(shadow);
	return NULL;
}

void vfio_mig_mem_shadow_free(struct mem_shadow *shadow)
{
	unsigned int i;

	if (!shadow)
		return;
	for (i = 0; i < shadow->nr_blocks; i++)
		kvfree(shadow->blocks[i]);
	bitmap_free(shadow->known);
	bitmap_free(shadow->zero);
	kfree(shadow);
}

static void *place(struct mem_shadow *shadow, unsigned long page)
{
	void *block = shadow->blocks[page / BLOCK_PAGES];

	return block ? block + page % BLOCK_PAGES * PAGE_SIZE : NULL;
}

/* What was sent of the page; NULL if it was 0.  False if that is not known. */
bool vfio_mig_mem_shadow_of(struct mem_shadow *shadow, unsigned long page,
			    const void **sent)
{
	if (!shadow || !test_bit(page, shadow->known))
		return false;
	*sent = test_bit(page, shadow->zero) ? NULL : place(shadow, page);
	return true;
}

/* It is not worth while, or not possible, to know what is sent of it. */
void vfio_mig_mem_shadow_forget(struct mem_shadow *shadow, unsigned long page)
{
	if (shadow)
		__clear_bit(page, shadow->known);
}

/* These bytes were sent of the page, or zeros, if there are none. */
void vfio_mig_mem_shadow_note(struct mem_shadow *shadow, unsigned long page,
			      const void *bytes)
{
	unsigned int block = page / BLOCK_PAGES;

	if (!shadow)
		return;
	__assign_bit(page, shadow->zero, !bytes);
	if (bytes && !shadow->blocks[block])
		shadow->blocks[block] = kvmalloc(BLOCK, VFIO_MIG_GFP_LARGE);
	if (bytes && !shadow->blocks[block]) {
		vfio_mig_mem_shadow_forget(shadow, page);
		return;
	}
	if (bytes)
		memcpy(place(shadow, page), bytes, PAGE_SIZE);
	__set_bit(page, shadow->known);
}
