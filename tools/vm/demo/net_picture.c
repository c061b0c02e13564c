// SPDX-License-Identifier: GPL-2.0
/* net_picture.h says what this is a picture of. */
#include <stdio.h>

#include "canvas.h"
#include "net_picture.h"

#define WIDTH		820
#define LEFT		90
#define RIGHT		(WIDTH - 20)
#define PINGS_TOP	50
#define PINGS_HEIGHT	110
#define BYTES_TOP	190
#define BYTES_HEIGHT	90
#define BOTTOM		(BYTES_TOP + BYTES_HEIGHT)
#define HEIGHT		(BOTTOM + 40)
#define SECOND		1000000000ull
#define TALLEST_MS	100 /* an answer that took that long or longer */
#define BAR		4 /* pixels; bytes are drawn for as long as that is */

enum { PAPER, INK, AXIS, MOVE, ANSWERED, LOST, BYTES };

static uint64_t length_of(const struct net_watch *watch)
{
	return watch->pings[watch->count - 1].sent + 1;
}

static int place(const struct net_watch *watch, uint64_t at)
{
	return LEFT + at * (RIGHT - LEFT) / length_of(watch);
}

static void draw_frame(struct canvas *canvas, const struct net_watch *watch,
		       uint64_t from, uint64_t to)
{
	int x = place(watch, from), end = place(watch, to);
	uint64_t at;
	char text[32];

	canvas_box(canvas, x, PINGS_TOP - 12, end - x + 1, BOTTOM - PINGS_TOP + 12, MOVE);
	canvas_write(canvas, x, PINGS_TOP - 16, false, INK, "QEMU moves the guest");
	for (at = 0; at < length_of(watch); at += SECOND) {
		x = place(watch, at);
		canvas_box(canvas, x, BOTTOM, 1, 4, AXIS);
		snprintf(text, sizeof(text), "%llu s", (unsigned long long)(at / SECOND));
		canvas_write(canvas, x, BOTTOM + 18, false, INK, text);
	}
	canvas_box(canvas, LEFT, PINGS_TOP + PINGS_HEIGHT, RIGHT - LEFT, 1, AXIS);
	canvas_box(canvas, LEFT, BOTTOM, RIGHT - LEFT, 1, AXIS);
	canvas_write(canvas, LEFT - 8, PINGS_TOP + 8, true, INK, "pings");
	canvas_write(canvas, LEFT - 8, PINGS_TOP + PINGS_HEIGHT, true, INK, "0 ms");
	snprintf(text, sizeof(text), "%d ms", TALLEST_MS);
	canvas_write(canvas, LEFT - 8, PINGS_TOP + 24, true, INK, text);
	canvas_write(canvas, LEFT - 8, BYTES_TOP + 8, true, INK, "bytes");
}

/* As high as the answer took long, or all of the height if none came. */
static void draw_pings(struct canvas *canvas, const struct net_watch *watch)
{
	const int bottom = PINGS_TOP + PINGS_HEIGHT, most = PINGS_HEIGHT - 20;
	const struct net_ping *ping;
	unsigned int i;
	int height;

	for (i = 0; i < watch->count; i++) {
		ping = &watch->pings[i];
		if (!ping->answered) {
			canvas_box(canvas, place(watch, ping->sent), PINGS_TOP, 1,
				   PINGS_HEIGHT, LOST);
			continue;
		}
		height = (ping->answered - ping->sent) * most / (TALLEST_MS * 1000000ull);
		height = height < 2 ? 2 : height > most ? most : height;
		canvas_box(canvas, place(watch, ping->sent), bottom - height, 1, height,
			   ANSWERED);
	}
}

/* What came in the time of each bar, up to @i. */
static uint64_t bytes_of_bar(const struct net_watch *watch, int x, unsigned int *i)
{
	uint64_t before = watch->pings[*i].bytes;

	while (*i < watch->count - 1 && place(watch, watch->pings[*i].sent) < x + BAR)
		++*i;
	return watch->pings[*i].bytes - before;
}

static void draw_bytes(struct canvas *canvas, const struct net_watch *watch)
{
	uint64_t most = 1, bytes;
	unsigned int i = 0;
	int x, height;

	for (x = LEFT; x < RIGHT; x += BAR) {
		bytes = bytes_of_bar(watch, x, &i);
		most = bytes > most ? bytes : most;
	}
	for (i = 0, x = LEFT; x < RIGHT; x += BAR) {
		height = bytes_of_bar(watch, x, &i) * BYTES_HEIGHT / most;
		if (height)
			canvas_box(canvas, x, BOTTOM - height, BAR - 1, height, BYTES);
	}
}

int net_picture(const struct net_watch *watch, uint64_t from, uint64_t to,
		const char *folder)
{
	struct canvas canvas = {
		.width = WIDTH, .height = HEIGHT,
		.colors = {
			[PAPER] = 0xffffff, [INK] = 0x222222, [AXIS] = 0x999999,
			[MOVE] = 0xdcebf7, [ANSWERED] = 0x3f8f3f, [LOST] = 0xd9534f,
			[BYTES] = 0x0b62a8,
		},
	};
	char path[256], text[96];
	int ret;

	snprintf(path, sizeof(path), "%s/packets.svg", folder);
	ret = canvas_begin(&canvas, path);
	if (ret)
		return ret;
	draw_frame(&canvas, watch, from, to);
	draw_pings(&canvas, watch);
	draw_bytes(&canvas, watch);
	snprintf(text, sizeof(text), "%u pings, one each %d ms: %u lost, of which each is red",
		 watch->count, NET_WATCH_MS, watch->count - watch->came);
	canvas_write(&canvas, LEFT, 20, false, INK, text);
	snprintf(path, sizeof(path), "%s/packets.png", folder);
	return canvas_end(&canvas, path);
}
