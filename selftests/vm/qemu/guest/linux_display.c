// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux guest that draws with bochs-drm: it asks the kernel for a mode of the
 * display and for memory of it, and draws a picture that moves on.  Before each
 * pixel is drawn it is read, and must be the one of the picture before.
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "linux_guest.h"

#define CARD	"/dev/dri/card0"
#define MODES	64

/**
 * struct screen - what is drawn on
 * @card: The file that it is asked for by.
 * @mode: The smallest that there is: nothing here is fast.
 * @pixels: Memory of a dumb buffer, which is shown.
 * @pitch: Of which a line has so many.
 * @buffer: The number of what is shown.
 */
static struct screen {
	int card;
	struct drm_mode_modeinfo mode;
	uint32_t *pixels;
	uint32_t pitch;
	uint32_t buffer;
} screen;

static void ask(unsigned long request, void *arg, const char *what)
{
	if (ioctl(screen.card, request, arg))
		bad(what, 0, errno);
}

static void find_mode(uint32_t connector)
{
	static struct drm_mode_modeinfo modes[MODES];
	uint32_t encoders[4], properties[64], i;
	uint64_t values[64];
	struct drm_mode_get_connector arg = {
		.connector_id = connector,
		.modes_ptr = (uintptr_t)modes, .count_modes = MODES,
		.encoders_ptr = (uintptr_t)encoders, .count_encoders = 4,
		.props_ptr = (uintptr_t)properties,
		.prop_values_ptr = (uintptr_t)values, .count_props = 64,
	};
	struct drm_mode_get_connector probe = { .connector_id = connector };

	/* With no room for modes they are looked for. */
	ask(DRM_IOCTL_MODE_GETCONNECTOR, &probe, "connector");
	ask(DRM_IOCTL_MODE_GETCONNECTOR, &arg, "connector");
	if (!arg.count_modes || arg.count_modes > MODES)
		bad("modes", 0, arg.count_modes);
	screen.mode = modes[0];
	for (i = 1; i < arg.count_modes; i++)
		if (modes[i].hdisplay * modes[i].vdisplay <
		    screen.mode.hdisplay * screen.mode.vdisplay)
			screen.mode = modes[i];
}

static void make_buffer(void)
{
	struct drm_mode_create_dumb dumb = {
		.width = screen.mode.hdisplay, .height = screen.mode.vdisplay,
		.bpp = 32,
	};
	struct drm_mode_map_dumb map = {};
	struct drm_mode_fb_cmd fb = { .bpp = 32, .depth = 24 };

	ask(DRM_IOCTL_MODE_CREATE_DUMB, &dumb, "memory");
	fb.width = dumb.width;
	fb.height = dumb.height;
	fb.pitch = dumb.pitch;
	fb.handle = dumb.handle;
	ask(DRM_IOCTL_MODE_ADDFB, &fb, "buffer");
	map.handle = dumb.handle;
	ask(DRM_IOCTL_MODE_MAP_DUMB, &map, "mapping");
	screen.buffer = fb.fb_id;
	screen.pitch = dumb.pitch / 4;
	screen.pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE,
			     MAP_SHARED, screen.card, map.offset);
	if (screen.pixels == MAP_FAILED)
		bad("mapping", 0, errno);
}

static void open_screen(void)
{
	uint32_t crtcs[4], connectors[4], encoders[4], buffers[4];
	struct drm_mode_card_res found = {
		.crtc_id_ptr = (uintptr_t)crtcs, .count_crtcs = 4,
		.connector_id_ptr = (uintptr_t)connectors,
		.count_connectors = 4,
		.encoder_id_ptr = (uintptr_t)encoders, .count_encoders = 4,
		.fb_id_ptr = (uintptr_t)buffers, .count_fbs = 4,
	};
	struct drm_mode_crtc shown = { .count_connectors = 1, .mode_valid = 1 };

	screen.card = open(CARD, O_RDWR);
	if (screen.card < 0)
		bad(CARD, 0, errno);
	ask(DRM_IOCTL_MODE_GETRESOURCES, &found, "resources");
	if (!found.count_crtcs || !found.count_connectors)
		bad("nothing to show it on", 0, found.count_crtcs);
	find_mode(connectors[0]);
	make_buffer();
	shown.crtc_id = crtcs[0];
	shown.set_connectors_ptr = (uintptr_t)connectors;
	shown.fb_id = screen.buffer;
	shown.mode = screen.mode;
	ask(DRM_IOCTL_MODE_SETCRTC, &shown, "mode");
}

/* Another at each place, and another each round. */
static uint32_t pixel(uint32_t round, uint32_t x, uint32_t y)
{
	return (x * 0x10203 + y * 0x70b + round * 0x30201) & 0xffffff;
}

static void draw(uint32_t round)
{
	uint32_t *at, x, y;

	for (y = 0; y < screen.mode.vdisplay; y++) {
		at = screen.pixels + y * screen.pitch;
		for (x = 0; x < screen.mode.hdisplay; x++, at++) {
			if (round && __atomic_load_n(at, __ATOMIC_ACQUIRE) !=
			    pixel(round - 1, x, y))
				bad("pixel", round, y << 16 | x);
			__atomic_store_n(at, pixel(round, x, y),
					 __ATOMIC_RELEASE);
		}
	}
}

/* Where the kernel shows a copy, it is told so; elsewhere it wants no word. */
static void show(void)
{
	struct drm_mode_fb_dirty_cmd dirty = { .fb_id = screen.buffer };

	ioctl(screen.card, DRM_IOCTL_MODE_DIRTYFB, &dirty);
}

int main(void)
{
	uint32_t round;

	guest_begin();
	/* Without a console there is room for a picture in 4 MiB. */
	if (!load_modules("fbdev_emulation=0"))
		bad("no modules", 0, 0);
	open_screen();
	for (round = 0;; round++) {
		draw(round);
		show();
		say("round %u\n", round);
	}
}
