// SPDX-License-Identifier: GPL-2.0
/* canvas.h says what is here. */
#include <ctype.h>
#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"

#define GLYPH_WIDTH	5
#define GLYPH_HEIGHT	7
#define ADVANCE		6 /* from one letter to the next */

/* ---- letters: five columns each, the lowest bit on top ---- */

static const uint8_t *glyph(char letter)
{
	static const uint8_t letters[26][GLYPH_WIDTH] = {
		{ 0x7e, 0x11, 0x11, 0x11, 0x7e }, { 0x7f, 0x49, 0x49, 0x49, 0x36 },
		{ 0x3e, 0x41, 0x41, 0x41, 0x22 }, { 0x7f, 0x41, 0x41, 0x22, 0x1c },
		{ 0x7f, 0x49, 0x49, 0x49, 0x41 }, { 0x7f, 0x09, 0x09, 0x09, 0x01 },
		{ 0x3e, 0x41, 0x49, 0x49, 0x7a }, { 0x7f, 0x08, 0x08, 0x08, 0x7f },
		{ 0x00, 0x41, 0x7f, 0x41, 0x00 }, { 0x20, 0x40, 0x41, 0x3f, 0x01 },
		{ 0x7f, 0x08, 0x14, 0x22, 0x41 }, { 0x7f, 0x40, 0x40, 0x40, 0x40 },
		{ 0x7f, 0x02, 0x0c, 0x02, 0x7f }, { 0x7f, 0x04, 0x08, 0x10, 0x7f },
		{ 0x3e, 0x41, 0x41, 0x41, 0x3e }, { 0x7f, 0x09, 0x09, 0x09, 0x06 },
		{ 0x3e, 0x41, 0x51, 0x21, 0x5e }, { 0x7f, 0x09, 0x19, 0x29, 0x46 },
		{ 0x46, 0x49, 0x49, 0x49, 0x31 }, { 0x01, 0x01, 0x7f, 0x01, 0x01 },
		{ 0x3f, 0x40, 0x40, 0x40, 0x3f }, { 0x1f, 0x20, 0x40, 0x20, 0x1f },
		{ 0x3f, 0x40, 0x38, 0x40, 0x3f }, { 0x63, 0x14, 0x08, 0x14, 0x63 },
		{ 0x07, 0x08, 0x70, 0x08, 0x07 }, { 0x61, 0x51, 0x49, 0x45, 0x43 },
	};
	static const uint8_t digits[10][GLYPH_WIDTH] = {
		{ 0x3e, 0x51, 0x49, 0x45, 0x3e }, { 0x00, 0x42, 0x7f, 0x40, 0x00 },
		{ 0x42, 0x61, 0x51, 0x49, 0x46 }, { 0x21, 0x41, 0x45, 0x4b, 0x31 },
		{ 0x18, 0x14, 0x12, 0x7f, 0x10 }, { 0x27, 0x45, 0x45, 0x45, 0x39 },
		{ 0x3c, 0x4a, 0x49, 0x49, 0x30 }, { 0x01, 0x71, 0x09, 0x05, 0x03 },
		{ 0x36, 0x49, 0x49, 0x49, 0x36 }, { 0x06, 0x49, 0x49, 0x29, 0x1e },
	};
	static const uint8_t comma[] = { 0x00, 0x50, 0x30, 0x00, 0x00 };
	static const uint8_t point[] = { 0x00, 0x60, 0x60, 0x00, 0x00 };
	static const uint8_t colon[] = { 0x00, 0x36, 0x36, 0x00, 0x00 };
	static const uint8_t blank[GLYPH_WIDTH];

	if (isalpha((unsigned char)letter))
		return letters[toupper((unsigned char)letter) - 'A'];
	if (isdigit((unsigned char)letter))
		return digits[letter - '0'];
	return letter == ',' ? comma : letter == '.' ? point : letter == ':' ? colon : blank;
}

/* ---- what is drawn ---- */

int canvas_begin(struct canvas *canvas, const char *svg)
{
	canvas->pixels = calloc(canvas->width, canvas->height);
	canvas->svg = fopen(svg, "w");
	if (!canvas->pixels || !canvas->svg)
		return errno ? -errno : -ENOMEM;
	fprintf(canvas->svg,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
		"<style>text{font:12px sans-serif}.end{text-anchor:end}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#%06x\"/>\n",
		canvas->width, canvas->height, canvas->width, canvas->height,
		canvas->colors[0]);
	return 0;
}

static void fill(struct canvas *canvas, int x, int y, int width, int height, int color)
{
	int row, column;

	for (row = y < 0 ? 0 : y; row < y + height && row < canvas->height; row++)
		for (column = x < 0 ? 0 : x; column < x + width && column < canvas->width;
		     column++)
			canvas->pixels[row * canvas->width + column] = color;
}

void canvas_box(struct canvas *canvas, int x, int y, int width, int height, int color)
{
	fill(canvas, x, y, width, height, color);
	fprintf(canvas->svg,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
		x, y, width, height, canvas->colors[color]);
}

static void fill_glyph(struct canvas *canvas, int x, int y, char letter, int color)
{
	const uint8_t *columns = glyph(letter);
	int row, column;

	for (column = 0; column < GLYPH_WIDTH; column++)
		for (row = 0; row < GLYPH_HEIGHT; row++)
			if (columns[column] >> row & 1)
				fill(canvas, x + column, y + row, 1, 1, color);
}

void canvas_write(struct canvas *canvas, int x, int y, bool left, int color,
		  const char *text)
{
	int at = left ? x - (int)strlen(text) * ADVANCE : x, i;

	for (i = 0; text[i]; i++, at += ADVANCE)
		fill_glyph(canvas, at, y - GLYPH_HEIGHT, text[i], color);
	fprintf(canvas->svg, "<text x=\"%d\" y=\"%d\"%s fill=\"#%06x\">%s</text>\n", x, y,
		left ? " class=\"end\"" : "", canvas->colors[color], text);
}

static int put_png(const struct canvas *canvas, const char *path)
{
	uint8_t palette[CANVAS_COLORS][3];
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = canvas->width, .height = canvas->height,
		.format = PNG_FORMAT_RGB_COLORMAP,
		.colormap_entries = CANVAS_COLORS,
	};
	int i, shift;

	for (i = 0; i < CANVAS_COLORS; i++)
		for (shift = 0; shift < 3; shift++)
			palette[i][shift] = canvas->colors[i] >> (16 - 8 * shift);
	errno = 0;
	if (png_image_write_to_file(&image, path, 0, canvas->pixels, 0, palette))
		return 0;
	return errno ? -errno : -EIO;
}

int canvas_end(struct canvas *canvas, const char *png)
{
	int ret = put_png(canvas, png);

	fputs("</svg>\n", canvas->svg);
	if (fclose(canvas->svg) && !ret)
		ret = -errno;
	free(canvas->pixels);
	return ret;
}
