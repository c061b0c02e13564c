// SPDX-License-Identifier: GPL-2.0
/* named.h says what is here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "named.h"
#include "vfiomig.h"

int device_named(const char *variable, unsigned int nth, char *bdf, size_t size)
{
	const char *at = getenv(variable);
	struct vfiomig_info info;
	char name[64];
	int length;

	for (; at && sscanf(at, "%63s%n", name, &length) == 1; at += length) {
		if (nth--)
			continue;
		if (vfiomig_lookup(name, &info, NULL))
			return -ENODEV;
		snprintf(bdf, size, "%s", info.name);
		return 0;
	}
	return -ENODEV;
}
