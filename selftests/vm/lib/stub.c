// SPDX-License-Identifier: GPL-2.0
/* stub.h says what is here. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stub.h"

#define DRIVER		"stub_vfio_pci"
#define PARAMETERS	"/sys/module/" DRIVER "/parameters"

int stub_set(const char *parameter, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), PARAMETERS "/%s", parameter);
	return write_file(path, value);
}

long stub_count(const char *parameter)
{
	char path[128];
	FILE *file;
	long value;

	snprintf(path, sizeof(path), PARAMETERS "/%s", parameter);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

void stub_wait_for_holder(long before)
{
	while (stub_count("held") == before)
		sched_yield();
}

static bool is_edu(const char *bdf)
{
	struct vfiomig_info info;

	return !vfiomig_lookup(bdf, &info, NULL) &&
	       (info.vendor | (uint32_t)info.device << 16) == EDU_VENDOR_DEVICE;
}

/* Loaded, and without a fault. */
static int load(void)
{
	int ret;

	if (!has_test_modules())
		return -ENOPKG;
	ret = load_test_module(DRIVER);
	if (!ret)
		ret = stub_set("fault", "none");
	return ret ? ret : stub_set("hold", "none");
}

int stub_bind(struct edu *edu)
{
	int ret = load();

	memset(edu, 0, sizeof(*edu));
	edu->irq_fd = -1;
	if (!ret)
		ret = edu_find(0, false, edu->bdf, sizeof(edu->bdf));
	return ret ? ret : vfiomig_bind(edu->bdf, DRIVER, &edu->error);
}

int stub_open(struct edu *edu)
{
	char bdf[sizeof(edu->bdf)];
	int ret = stub_bind(edu);

	memcpy(bdf, edu->bdf, sizeof(bdf));
	return ret ? ret : edu_open_driver(edu, bdf, DRIVER);
}

int stub_open_device(struct edu *edu, const char *bdf)
{
	int ret = load();

	memset(edu, 0, sizeof(*edu));
	edu->irq_fd = -1;
	snprintf(edu->bdf, sizeof(edu->bdf), "%s", bdf);
	if (!ret)
		ret = vfiomig_bind(bdf, DRIVER, &edu->error);
	return ret ? ret : vfiomig_open(bdf, VFIOMIG_IOMMU_AUTO, &edu->dev,
					&edu->error);
}

/* The tests that come leave an edu to its own driver. */
void stub_close(struct edu *edu)
{
	if (!edu->bdf[0])
		return;
	stub_set("fault", "none");
	stub_set("hold", "none");
	edu_close(edu);
	if (is_edu(edu->bdf))
		vfiomig_bind(edu->bdf, "edu_vfio_pci", NULL);
	else
		vfiomig_unbind(edu->bdf, NULL);
}
