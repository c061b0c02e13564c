// SPDX-License-Identifier: GPL-2.0
/* initramfs.h says what is here. */
#include <stdio.h>
#include <stdlib.h>

#include "initramfs.h"
#include "qemu.h"

/* The modules are behind the guest, and their names in a list, in their order. */
#define SCRIPT								\
	"rm -rf " FOLDER "; mkdir " FOLDER " &&"			\
	"modprobe -D %s 2>/dev/null | while read -r how file rest; do"	\
	"	[ $how = insmod ] && cp $file " FOLDER " &&"		\
	"		echo /${file##*/} >>" FOLDER "/modules;"	\
	"done;"								\
	"{ cat %s; cd " FOLDER "; ls | cpio --quiet -o -H newc; } >"	\
	QEMU_INITRAMFS "; [ -s " FOLDER "/modules ]"

#define FOLDER	"/tmp/vfio-mig-modules"

bool make_initramfs(const char *guest, const char *module)
{
	char command[1024];

	snprintf(command, sizeof(command), SCRIPT, module, guest);
	return !system(command);
}
