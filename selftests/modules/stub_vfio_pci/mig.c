// SPDX-License-Identifier: GPL-2.0
/* The arcs and the sections, and what can go wrong with them. */
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "stub.h"

unsigned long stub_placed, stub_longest, stub_resets;

/* ---- arcs ---- */

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	if (stub_fails("stop_is_lost"))
		return VFIO_MIG_IN_NEITHER_STATE;
	return stub_wait_killable(mig, "stop");
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	if (stub_fails("start_is_lost"))
		return VFIO_MIG_IN_NEITHER_STATE;
	return stub_wait_killable(mig, "start");
}

static int reset(struct vfio_mig_device *mig)
{
	struct stub *stub = stub_from_mig(mig);

	WRITE_ONCE(stub_resets, stub_resets + 1);
	memset(stub->data, 1, sizeof(stub->data));
	if (stub_fails("reset_is_lost"))
		return VFIO_MIG_IN_NEITHER_STATE;
	return stub_wait_killable(mig, "reset");
}

/* ---- section data ---- */

static void save_data(struct vfio_mig_device *mig, void *payload)
{
	memcpy(payload, stub_from_mig(mig)->data, STUB_DATA);
}

static int check_data(struct vfio_mig_device *mig, const void *payload,
		      struct vfio_mig_refusal *why)
{
	if (!stub_fails("no_data_is_good"))
		return 0;
	return vfio_mig_refuse(why, -EINVAL, STUB_SECTION_DATA,
			       "section data: no data is good");
}

/* ---- section memory: as much as there can be, and all of it 0 ---- */

static int track_memory(struct vfio_mig_device *mig, bool on)
{
	stub_from_mig(mig)->memory_waits = on;
	return 0;
}

static void memory_waiting(struct vfio_mig_device *mig,
			   struct vfio_mig_waiting *sum)
{
	sum->pieces += stub_from_mig(mig)->memory_waits;
}

static int memory_piece(struct vfio_mig_device *mig, void *payload, u32 room,
			struct vfio_mig_piece *piece)
{
	struct stub *stub = stub_from_mig(mig);

	if (stub->memory_waits) {
		piece->length = STUB_MEMORY;
		piece->zeros = true;
	}
	stub->memory_waits = false;
	return 0;
}

static u64 memory_extent(struct vfio_mig_device *mig)
{
	return STUB_MEMORY;
}

static int place_memory(struct vfio_mig_device *mig, u64 offset,
			const void *data, u32 length)
{
	WRITE_ONCE(stub_placed, stub_placed + length);
	WRITE_ONCE(stub_longest, max_t(unsigned long, stub_longest, length));
	stub_wait("place");
	return 0;
}

static void scrub(struct vfio_mig_device *mig)
{
}

/* ---- the stream ---- */

static const struct vfio_mig_section sections[] = {
	{
		.name = "data",
		.id = STUB_SECTION_DATA,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.size = STUB_DATA,
		.always = true,
		.save = save_data,
		.check = check_data,
	},
	{
		.name = "memory",
		.id = STUB_SECTION_MEMORY,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.always = true,
		.track = track_memory,
		.waiting = memory_waiting,
		.piece = memory_piece,
		.extent = memory_extent,
		.place = place_memory,
	},
};

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	header->vendor = cpu_to_le16(mig->core.pdev->vendor);
	header->device = cpu_to_le16(mig->core.pdev->device);
}

static void load(struct vfio_mig_device *mig, const struct vfio_mig_load *load)
{
	memcpy(stub_from_mig(mig)->data,
	       vfio_mig_loaded(load, STUB_SECTION_DATA), STUB_DATA);
}

const struct vfio_mig_ops stub_mig_ops = {
	.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
		    VFIO_MIG_HAS_PRE_COPY,
	.arc = {
		[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] = running_p2p_to_stop,
	},
	.sections = sections,
	.nr_sections = ARRAY_SIZE(sections),
	.identity = identity,
	.load = load,
	.scrub = scrub,
	.reset = reset,
};
