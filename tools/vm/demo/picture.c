// SPDX-License-Identifier: GPL-2.0
/* picture.h says what this is a picture of. */
#include <math.h>
#include <stdbool.h>

#include "picture.h"

#define WIDTH		PICTURE_WIDTH
#define HEIGHT		PICTURE_HEIGHT
#define MOON		42		/* its radius */
#define FRAMES_ACROSS	180		/* frames from one side to the other */
#define DIGITS		5
#define DIGIT_WIDTH	34
#define DIGIT_HEIGHT	60
#define STROKE		8
#define COUNTER_X	(WIDTH - 40 - DIGITS * (DIGIT_WIDTH + 14))
#define COUNTER_Y	(HEIGHT - 100)

struct place {
	int x;
	int y;
};

static uint32_t mix(uint32_t from, uint32_t to, double share)
{
	uint32_t color = 0;
	int shift;

	for (shift = 0; shift < 24; shift += 8) {
		int a = from >> shift & 255, b = to >> shift & 255;

		color |= (uint32_t)(a + (b - a) * share + 0.5) << shift;
	}
	return color;
}

/* How far down the sky ends: three chains of hills, the last one in front. */
static int horizon(unsigned int chain, int x)
{
	static const struct {
		double base, first, second, phase;
	} chains[] = {
		{ 400, 38, 14, 0.4 },
		{ 450, 30, 18, 2.1 },
		{ 505, 22, 9, 4.0 },
	};
	double angle = x * 2 * M_PI / WIDTH + chains[chain].phase;

	return chains[chain].base + chains[chain].first * sin(2 * angle) +
	       chains[chain].second * sin(5 * angle + 1);
}

static bool is_star(int x, int y)
{
	uint32_t hash = (x * 73856093u) ^ (y * 19349663u);

	hash = (hash ^ hash >> 13) * 1274126177u;
	return y < 360 && (hash >> 12) % 1700 == 0;
}

static uint32_t background(int x, int y)
{
	static const uint32_t hills[] = { 0x2b3a67, 0x1d2748, 0x0e1428 };
	int chain;

	for (chain = 2; chain >= 0; chain--)
		if (y >= horizon(chain, x))
			return hills[chain];
	if (is_star(x, y))
		return 0xf4f1de;
	return y < 280 ? mix(0x0b1026, 0x3d2c5e, y / 280.0) :
			 mix(0x3d2c5e, 0xe07a5f, (y - 280) / 170.0 > 1 ? 1 :
			     (y - 280) / 170.0);
}

void picture_paint(uint32_t *pixels)
{
	int x, y;

	for (y = 0; y < HEIGHT; y++)
		for (x = 0; x < WIDTH; x++)
			pixels[y * WIDTH + x] = background(x, y);
}

static struct place moon_at(unsigned int number)
{
	double way = number % FRAMES_ACROSS / (double)FRAMES_ACROSS;

	return (struct place) {
		.x = way * (WIDTH + 2 * MOON) - MOON,
		.y = 230 - 140 * sin(way * M_PI),
	};
}

/* The moon's color there, with soft edges and two seas; or the background. */
static uint32_t moon_pixel(struct place moon, int x, int y)
{
	double distance = hypot(x - moon.x, y - moon.y);
	uint32_t color = 0xf2e9c9;

	if (hypot(x - moon.x + 14, y - moon.y + 10) < 9 ||
	    hypot(x - moon.x - 12, y - moon.y - 14) < 12)
		color = 0xd9cfa8;
	if (distance < MOON - 1)
		return color;
	if (distance < MOON)
		return mix(color, background(x, y), distance - (MOON - 1));
	return background(x, y);
}

/* The moon is behind the hills.  Without it, what it has hidden. */
static void draw_moon(uint32_t *pixels, struct place moon, bool visible)
{
	int x, y;

	for (y = moon.y - MOON; y <= moon.y + MOON; y++) {
		for (x = moon.x - MOON; x <= moon.x + MOON; x++) {
			if (x < 0 || x >= WIDTH || y < 0 || y >= HEIGHT)
				continue;
			pixels[y * WIDTH + x] =
				visible && y < horizon(0, x) ?
				moon_pixel(moon, x, y) : background(x, y);
		}
	}
}

/* Seven strokes of a digit: top, the sides above, middle, below, bottom. */
static bool in_digit(unsigned int digit, int x, int y)
{
	static const uint8_t strokes[10] = {
		0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f,
	};
	unsigned int on = strokes[digit];
	bool left = x < STROKE, right = x >= DIGIT_WIDTH - STROKE;
	int half = DIGIT_HEIGHT / 2;

	return (on & 0x01 && y < STROKE) ||
	       (on & 0x02 && left && y < half) ||
	       (on & 0x04 && right && y < half) ||
	       (on & 0x08 && y >= half - STROKE / 2 && y < half + STROKE / 2) ||
	       (on & 0x10 && left && y >= half) ||
	       (on & 0x20 && right && y >= half) ||
	       (on & 0x40 && y >= DIGIT_HEIGHT - STROKE);
}

static void draw_digit(uint32_t *pixels, unsigned int digit, int left)
{
	int x, y;

	for (y = 0; y < DIGIT_HEIGHT; y++)
		for (x = 0; x < DIGIT_WIDTH; x++)
			pixels[(COUNTER_Y + y) * WIDTH + left + x] =
				in_digit(digit, x, y) ? 0xf2cc8f :
				background(left + x, COUNTER_Y + y);
}

static void draw_number(uint32_t *pixels, unsigned int number)
{
	int place;

	for (place = DIGITS - 1; place >= 0; place--, number /= 10)
		draw_digit(pixels, number % 10,
			   COUNTER_X + place * (DIGIT_WIDTH + 14));
}

void picture_frame(uint32_t *pixels, unsigned int number, unsigned int before)
{
	if (number != before)
		draw_moon(pixels, moon_at(before), false);
	draw_moon(pixels, moon_at(number), true);
	draw_number(pixels, number);
}
