// SPDX-License-Identifier: GPL-2.0
/* Drive a bochs-display from user space; bochs.h says what there is. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "bochs.h"
#include "named.h"

int bochs_find(unsigned int nth, char *bdf, size_t size)
{
	return device_named("VFIO_MIG_BOCHS", nth, bdf, size);
}

int bochs_open_driver(struct bochs *bochs, const char *bdf, const char *driver)
{
	void *memory;
	int ret;

	memset(bochs, 0, sizeof(*bochs));
	snprintf(bochs->bdf, sizeof(bochs->bdf), "%s", bdf);
	ret = vfiomig_bind(bdf, driver, &bochs->error);
	if (!ret)
		ret = vfiomig_open(bdf, VFIOMIG_IOMMU_AUTO, &bochs->dev,
				   &bochs->error);
	if (!ret)
		ret = vfiomig_pci_command(bochs->dev, PCI_COMMAND_MEMORY |
					  PCI_COMMAND_MASTER, 0, &bochs->error);
	if (!ret)
		ret = vfiomig_region_map(bochs->dev, BOCHS_MEMORY, &memory,
					 &bochs->size, &bochs->error);
	if (ret)
		bochs_close(bochs);
	else
		bochs->memory = memory;
	return ret;
}

int bochs_open(struct bochs *bochs, unsigned int nth)
{
	char bdf[64];
	int ret;

	memset(bochs, 0, sizeof(*bochs));
	ret = bochs_find(nth, bdf, sizeof(bdf));
	return ret ? ret : bochs_open_driver(bochs, bdf, "bochs_vfio_pci");
}

void bochs_close(struct bochs *bochs)
{
	if (bochs->memory)
		munmap(bochs->memory, bochs->size);
	bochs->memory = NULL;
	vfiomig_close(bochs->dev);
	bochs->dev = NULL;
}

uint16_t bochs_get(struct bochs *bochs, unsigned int index)
{
	uint16_t value = 0;

	vfiomig_read(bochs->dev, BOCHS_REGISTERS, BOCHS_MODE(index), &value,
		     sizeof(value), &bochs->error);
	return value;
}

void bochs_set(struct bochs *bochs, unsigned int index, uint16_t value)
{
	vfiomig_write(bochs->dev, BOCHS_REGISTERS, BOCHS_MODE(index), &value,
		      sizeof(value), &bochs->error);
}

uint32_t bochs_get_order(struct bochs *bochs)
{
	uint32_t order = 0;

	vfiomig_read32(bochs->dev, BOCHS_REGISTERS, BOCHS_BYTE_ORDER, &order,
		       &bochs->error);
	return order;
}

void bochs_set_order(struct bochs *bochs, uint32_t order)
{
	vfiomig_write32(bochs->dev, BOCHS_REGISTERS, BOCHS_BYTE_ORDER, order,
			&bochs->error);
}

void bochs_show(struct bochs *bochs, uint16_t width, uint16_t height)
{
	bochs_set(bochs, BOCHS_ENABLE, 0);
	bochs_set(bochs, BOCHS_XRES, width);
	bochs_set(bochs, BOCHS_YRES, height);
	bochs_set(bochs, BOCHS_BPP, 32);
	bochs_set(bochs, BOCHS_VIRT_WIDTH, width);
	bochs_set(bochs, BOCHS_VIRT_HEIGHT, height);
	bochs_set(bochs, BOCHS_X_OFFSET, 0);
	bochs_set(bochs, BOCHS_Y_OFFSET, 0);
	bochs_set(bochs, BOCHS_ENABLE, BOCHS_ENABLED);
}
