// SPDX-License-Identifier: GPL-2.0
/* The arguments of vfio-mig call. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* A whole number in any base; false, and the error is on stderr. */
bool call_number(const char *text, __u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*text != '-' && end != text && !*end && !errno)
		return true;
	fail_usage("%s: not a number", text);
	return false;
}

/* "a0b1c2" or "a0x3": how many bytes, or -1. */
int call_hex(const char *text, __u8 *data, size_t room)
{
	unsigned int byte;
	size_t count = 0, times;
	char end;

	if (sscanf(text, "%2xx%zu%c", &byte, &times, &end) == 2 &&
	    text[2] == 'x' && times <= room) {
		memset(data, byte, times);
		return times;
	}
	for (; *text && count < room; text += 2) {
		if (strspn(text, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text, "%2x", &byte) != 1)
			break;
		data[count++] = byte;
	}
	if (!*text)
		return count;
	fail_usage("%s: not bytes, as a0b1c2 or 00x16 are, or more than %zu",
		   text, room);
	return -1;
}

/* A number of @size bytes, or as many of "a0b1c2", "a0x3" or "~SEED". */
bool call_value(const char *text, __u8 *data, size_t size)
{
	__u64 number;
	__le64 value;
	int count;

	if (*text == '~') {
		if (!call_number(text + 1, &number))
			return false;
		fill_pattern(data, size, number);
		return true;
	}
	if (!is_number_size(size)) {
		count = call_hex(text, data, size);
		if (count >= 0 && (size_t)count != size)
			fail_usage("%s: it must be %zu bytes", text, size);
		return count >= 0 && (size_t)count == size;
	}
	if (!call_number(text, &number))
		return false;
	if (size < 8 && number >> (8 * size)) {
		fail_usage("%s: more than %zu bytes", text, size);
		return false;
	}
	value = htole64(number);
	memcpy(data, &value, size);
	return true;
}

/* "0x1000+0x2000" */
bool call_range(const char *text,
		struct vfio_device_feature_dma_logging_range *value)
{
	char end;

	if (sscanf(text, "%lli+%lli%c", (long long *)&value->iova,
		   (long long *)&value->length, &end) == 2)
		return true;
	fail_usage("%s: not a range, as 0x1000+0x2000 is", text);
	return false;
}

/* "6+get+probe", and a number for other flags. */
bool call_flags(const char *text, __u32 *flags)
{
	static const struct {
		const char *word;
		__u32 flag;
	} words[] = {
		{ "get", VFIO_DEVICE_FEATURE_GET },
		{ "set", VFIO_DEVICE_FEATURE_SET },
		{ "probe", VFIO_DEVICE_FEATURE_PROBE },
	};
	char copy[64], *rest = copy, *word;
	__u64 value;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", text);
	for (*flags = 0; (word = strsep(&rest, "+")); ) {
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(word, words[i].word))
				break;
		if (i == ARRAY_SIZE(words) && !call_number(word, &value))
			return false;
		*flags |= i < ARRAY_SIZE(words) ? words[i].flag : value;
	}
	return true;
}
