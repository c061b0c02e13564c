// SPDX-License-Identifier: GPL-2.0
/*
 * qemu_remote: has QEMUs at host 2 for whoever asks at host 1, until it is told
 * to end.  qemu_remote end: tell it so.
 */
#include <stdio.h>
#include <string.h>

#include "remote.h"

int main(int argc, char **argv)
{
	bool end = argc == 2 && !strcmp(argv[1], "end");
	int ret = end ? remote_end() : remote_serve();

	if (ret)
		fprintf(stderr, "qemu_remote: %s\n", strerror(-ret));
	return ret ? 1 : 0;
}
