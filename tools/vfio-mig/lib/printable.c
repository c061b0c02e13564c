// SPDX-License-Identifier: GPL-2.0
/*
 * Makes text printable that comes from somebody else: the name of a process, of a
 * file, of a device.  It may be no UTF-8, and may hold what a terminal obeys.
 */
#include <stddef.h>
#include <string.h>

#include "lib.h"

/* What is no character, or moves, hides or turns around those beside it. */
static const struct {
	__u32 first;
	__u32 last;
} unprintable[] = {
	{ 0x0000, 0x001f },	/* control characters */
	{ 0x007f, 0x009f },	/* more of them, which a terminal obeys, too */
	{ 0x061c, 0x061c },	/* the direction of writing */
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },	/* with ends of lines and paragraphs */
	{ 0x2066, 0x2069 },
	{ 0xd800, 0xdfff },	/* halves of a character of UTF-16 */
	{ 0xfeff, 0xfeff },	/* the mark of byte order */
};

static bool is_printable(__u32 point)
{
	size_t i;

	for (i = 0; i < LIB_COUNT(unprintable); i++)
		if (point >= unprintable[i].first &&
		    point <= unprintable[i].last)
			return false;
	return point <= 0x10ffff;
}

/*
 * The character at @at, and of how many bytes it is; 0 if it is none, or not written
 * as short as it can be.
 */
static unsigned int decode(const unsigned char *at, __u32 *point)
{
	static const __u32 least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned int more, i;

	if (at[0] < 0x80)
		more = 0;
	else if ((at[0] & 0xe0) == 0xc0)
		more = 1;
	else if ((at[0] & 0xf0) == 0xe0)
		more = 2;
	else if ((at[0] & 0xf8) == 0xf0)
		more = 3;
	else
		return 0;
	*point = more ? at[0] & (0x3f >> more) : at[0];
	for (i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (at[i] & 0x3f);
	}
	return *point >= least[more] ? 1 + more : 0;
}

void vfiomig_printable(char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	unsigned int length;
	__u32 point;

	while (*from) {
		length = decode(from, &point);
		if (length && is_printable(point)) {
			memmove(text, from, length);
			text += length;
		} else {
			*text++ = '?';
		}
		from += length ? length : 1;
	}
	*text = '\0';
}
