// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool shows, on stdout and on stderr, goes through here: names of
 * processes, files and devices, and what was typed, are somebody else's bytes.
 */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

char *printable(const char *text)
{
	char *copy = strdup(text);

	if (copy)
		vfiomig_printable(copy);
	return copy;
}

/* A terminal that takes no UTF-8 may obey the bytes that it is made of. */
static void make_ascii(char *text)
{
	const char *from = text;

	for (; *from; from++)
		if (!(*from & 0x80))
			*text++ = *from;
		else if ((*from & 0xc0) == 0xc0)
			*text++ = '?';
	*text = '\0';
}

char *printable_here(const char *text)
{
	char *copy = printable(text);

	if (copy && strcmp(nl_langinfo(CODESET), "UTF-8"))
		make_ascii(copy);
	return copy;
}
