/* SPDX-License-Identifier: GPL-2.0 */
/* The picture that the demo draws, and what moves in it. */
#ifndef VM_DEMO_PICTURE_H
#define VM_DEMO_PICTURE_H

#include <stdint.h>

#define PICTURE_WIDTH	800
#define PICTURE_HEIGHT	600

/* All of it: a night sky over hills.  @pixels are 32 bits each, in rows. */
void picture_paint(uint32_t *pixels);

/*
 * Frame @number: a moon that crosses the sky, and the frame's number below.
 * What moved since @before is painted over first; none if they are equal.
 */
void picture_frame(uint32_t *pixels, unsigned int number, unsigned int before);

#endif /* VM_DEMO_PICTURE_H */
