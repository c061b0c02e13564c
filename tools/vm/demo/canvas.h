/* SPDX-License-Identifier: GPL-2.0 */
/* A picture of rectangles and words, as SVG and as PNG at once. */
#ifndef VM_DEMO_CANVAS_H
#define VM_DEMO_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CANVAS_COLORS	8

/**
 * struct canvas - a picture that is being drawn
 * @width, @height: Of it.
 * @colors: 0xRRGGBB each; the first is behind all.
 * @svg: Where that goes.
 * @pixels: The other one: a color's number each, in rows.
 */
struct canvas {
	int width;
	int height;
	uint32_t colors[CANVAS_COLORS];
	FILE *svg;
	uint8_t *pixels;
};

/* @width, @height and @colors are set.  0 or -errno. */
int canvas_begin(struct canvas *canvas, const char *svg);

void canvas_box(struct canvas *canvas, int x, int y, int width, int height, int color);

/* From @x on, or up to there if it is @left of it; @y is the line that it stands on. */
void canvas_write(struct canvas *canvas, int x, int y, bool left, int color,
		  const char *text);

/* 0 or -errno */
int canvas_end(struct canvas *canvas, const char *png);

#endif /* VM_DEMO_CANVAS_H */
