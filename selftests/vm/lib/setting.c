// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "setting.h"

unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	if (!text)
		return otherwise;
	value = strtoul(text, &end, 0);
	return end == text || *end ? otherwise : value;
}

unsigned int patience(void)
{
	return setting("VFIO_MIG_PATIENCE", 1);
}
