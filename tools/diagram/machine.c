// SPDX-License-Identifier: GPL-2.0
/* Documentation/machine.svg; tools/vfio-mig/draw_machine.c is what draws. */
#include "draw.h"

int main(void)
{
	draw_machine_svg(stdout, NULL,
			 "dashed: optional; a device that lacks it passes through it silently");
	return 0;
}
