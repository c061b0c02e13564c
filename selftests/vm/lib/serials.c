// SPDX-License-Identifier: GPL-2.0
/* serials.h says what is here. */
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "serials.h"
#include "vfiomig_access.h"

bool serials_possible(struct serials *serials)
{
	memset(serials, 0, sizeof(*serials));
	return !vm_monitor_open(&serials->monitor);
}

/* What is behind port @n becomes @device, which is called @is then. */
static int replace(struct serials *serials, int n, const char *was,
		   const char *is, const char *device)
{
	struct vm_monitor *monitor = &serials->monitor;
	char id[32], plug[64];
	int ret;

	snprintf(id, sizeof(id), "%s%d", was, n);
	snprintf(plug, sizeof(plug), "%s,bus=rp%d,id=%s%d", device, n + 1, is, n);
	ret = vm_monitor_unplug(monitor, id, serials->bdf[n]);
	return ret ?: vm_monitor_plug(monitor, plug, serials->bdf[n]);
}

int serials_plug(struct serials *serials)
{
	int ret = 0, n;

	for (n = 0; !ret && n < 2; n++)
		ret = edu_find(n, false, serials->bdf[n], sizeof(serials->bdf[n]));
	serials->plugged = !ret;
	for (n = 0; !ret && n < 2; n++)
		ret = replace(serials, n, "edu", "serial", "pci-serial");
	return ret;
}

int serials_end(struct serials *serials)
{
	int ret = 0, n;

	for (n = 0; serials->plugged && n < 2; n++)
		ret = replace(serials, n, "serial", "edu", "edu") ?: ret;
	serials->plugged = false;
	vm_monitor_close(&serials->monitor);
	return ret;
}

int serial_open(struct edu *edu, const char *bdf)
{
	int ret = edu_open_driver(edu, bdf, SERIAL_DRIVER);

	return ret ?: vfiomig_pci_command(edu->dev, PCI_COMMAND_IO, 0, &edu->error);
}

uint8_t serial_get(struct edu *edu, uint32_t reg)
{
	uint8_t value = 0xff;

	vfiomig_read(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, reg, &value, 1,
		     &edu->error);
	return value;
}

void serial_set(struct edu *edu, uint32_t reg, uint8_t value)
{
	vfiomig_write(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, reg, &value, 1,
		      &edu->error);
}
