// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that a command opens.  In a batch "dev open" keeps one open, and the
 * commands that follow find it as the last one left it.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/**
 * struct held - a device that a batch keeps open
 * @dev: The device.
 * @next: Another one.
 */
struct held {
	struct vfiomig_dev *dev;
	struct held *next;
};

static struct held *all_held;

/* Where the pointer to it is; the end of the list if it is not held. */
static struct held **find_held(const char *name)
{
	struct held **at = &all_held;
	struct vfiomig_info info;

	if (vfiomig_lookup(name, &info, NULL))
		return NULL;
	while (*at && strcmp(vfiomig_name((*at)->dev), info.name))
		at = &(*at)->next;
	return at;
}

bool device_is_held(const char *name)
{
	struct held **held = find_held(name);

	return held && *held;
}

bool is_device(const struct vfiomig_dev *dev, const char *name)
{
	struct vfiomig_info info;

	return !vfiomig_lookup(name, &info, NULL) &&
	       !strcmp(vfiomig_info(dev)->sysfs, info.sysfs);
}

int open_device_alone(const char *name, struct vfiomig_dev **dev)
{
	struct vfiomig_error error;

	*dev = NULL;
	if (device_is_held(name))
		return fail_held(name);
	return vfiomig_open(name, tool.iommu, dev, &error) ? fail(&error) :
							     EXIT_OK;
}

int open_device(const char *name, struct vfiomig_dev **dev)
{
	struct held **held = find_held(name);

	if (!held || !*held)
		return open_device_alone(name, dev);
	*dev = (*held)->dev;
	return EXIT_OK;
}

void close_device(struct vfiomig_dev *dev)
{
	const struct held *held;

	for (held = all_held; held; held = held->next)
		if (held->dev == dev)
			return;
	vfiomig_close(dev);
}

int hold_device(const char *name, struct vfiomig_dev **dev)
{
	struct held *held;
	int status;

	status = open_device_alone(name, dev);
	if (status)
		return status;
	held = malloc(sizeof(*held));
	if (!held) {
		vfiomig_close(*dev);
		return fail_plain("%s: there is no memory for it", name);
	}
	*held = (struct held) { *dev, all_held };
	all_held = held;
	return EXIT_OK;
}

static void release(struct held **at)
{
	struct held *held = *at;

	*at = held->next;
	vfiomig_close(held->dev);
	free(held);
}

int release_device(const char *name)
{
	struct held **held = find_held(name);

	if (!held || !*held)
		return fail_plain("%s: this batch does not keep it open; it would with: dev open %s",
				  name, name);
	release(held);
	return EXIT_OK;
}

void release_devices(void)
{
	while (all_held)
		release(&all_held);
}
