/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A user-space driver for QEMU's bochs-display, on libvfiomig: what a guest's
 * driver would do, for the demo and the tests.
 *
 * Functions return 0 or a negative errno; the reason is in bochs->error.
 */
#ifndef TOOLS_BOCHS_H
#define TOOLS_BOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfiomig.h"

#define BOCHS_MEMORY		VFIO_PCI_BAR0_REGION_INDEX
#define BOCHS_REGISTERS		VFIO_PCI_BAR2_REGION_INDEX

/* Mode registers of 16 bits, by number. */
#define BOCHS_XRES		1
#define BOCHS_YRES		2
#define BOCHS_BPP		3
#define BOCHS_ENABLE		4
#define  BOCHS_ENABLED		0x41	/* with linear memory */
#define BOCHS_BANK		5
#define BOCHS_VIRT_WIDTH	6
#define BOCHS_VIRT_HEIGHT	7
#define BOCHS_X_OFFSET		8
#define BOCHS_Y_OFFSET		9
#define BOCHS_NR_MODE		10
#define BOCHS_MODE(index)	(0x500 + 2 * (index))

#define BOCHS_BYTE_ORDER	0x604
#define BOCHS_LITTLE_ENDIAN	0x1e1e1e1e
#define BOCHS_BIG_ENDIAN	0xbebebebe

/**
 * struct bochs - an open display
 * @dev: The library's.
 * @bdf: Its PCI address.
 * @memory: Its memory, mapped, of @size bytes.
 * @error: Why the last function failed.
 */
struct bochs {
	struct vfiomig_dev *dev;
	char bdf[64];
	uint8_t *memory;
	size_t size;
	struct vfiomig_error error;
};

/* The PCI address of the @nth display in VFIO_MIG_BOCHS; -ENODEV if there is none. */
int bochs_find(unsigned int nth, char *bdf, size_t size);

/* Bind to @driver, open, enable memory decode, map the memory. */
int bochs_open_driver(struct bochs *bochs, const char *bdf,
		      const char *driver);

/* The same of the @nth display with bochs_vfio_pci. */
int bochs_open(struct bochs *bochs, unsigned int nth);
void bochs_close(struct bochs *bochs);

uint16_t bochs_get(struct bochs *bochs, unsigned int index);
void bochs_set(struct bochs *bochs, unsigned int index, uint16_t value);
uint32_t bochs_get_order(struct bochs *bochs);
void bochs_set_order(struct bochs *bochs, uint32_t order);

/* Show @width x @height pixels of 32 bits, from the beginning of the memory. */
void bochs_show(struct bochs *bochs, uint16_t width, uint16_t height);

#endif /* TOOLS_BOCHS_H */
