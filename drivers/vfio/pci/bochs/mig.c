// SPDX-License-Identifier: GPL-2.0
/*
 * What is particular to a display about migration: its arcs and its sections.
 * Documentation/bochs.md says what each arc means for the device.
 */
#include <linux/pci.h>

#include "bochs.h"

static_assert(sizeof(struct vfio_mig_bochs_registers) == 24);

/* ---- arcs ---- */

static void hold(struct bochs_device *bochs, bool on)
{
	down_write(&bochs->gate);
	bochs->held = on;
	up_write(&bochs->gate);
	bochs_zap(bochs, 0, bochs->size >> PAGE_SHIFT);
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	struct bochs_device *bochs = bochs_from_mig(mig);
	int ret;

	hold(bochs, true);
	ret = bochs_hw_get_registers(bochs, &bochs->saved);
	if (!ret)
		ret = bochs_track_settle(bochs);
	if (ret)
		hold(bochs, false);
	return ret;
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	struct bochs_device *bochs = bochs_from_mig(mig);
	int ret;

	if (bochs->due) {
		ret = bochs_hw_set_registers(bochs, &bochs->saved);
		if (ret)
			return ret;
		bochs->due = false;
	}
	hold(bochs, false);
	return 0;
}

static int reset(struct vfio_mig_device *mig)
{
	struct bochs_device *bochs = bochs_from_mig(mig);
	int ret;

	ret = bochs_hw_scrub(bochs);
	if (ret)
		return ret;
	bochs->due = false;
	hold(bochs, false);
	return 0;
}

/* ---- section registers ---- */

static void save_registers(struct vfio_mig_device *mig, void *payload)
{
	const struct bochs_registers *saved = &bochs_from_mig(mig)->saved;
	struct vfio_mig_bochs_registers *out = payload;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(out->mode); i++)
		out->mode[i] = cpu_to_le16(saved->mode[BOCHS_XRES + i]);
	out->byte_order = cpu_to_le32(saved->byte_order);
}

static int check_registers(struct vfio_mig_device *mig, const void *payload,
			   struct vfio_mig_refusal *why)
{
	const struct vfio_mig_bochs_registers *in = payload;
	u32 order = le32_to_cpu(in->byte_order);

	if (order == BOCHS_LITTLE_ENDIAN || order == BOCHS_BIG_ENDIAN)
		return 0;
	return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_BOCHS_REGISTERS,
			       "section registers: %#x is no byte order",
			       order);
}

/* ---- section memory ---- */

static u64 memory_extent(struct vfio_mig_device *mig)
{
	return bochs_from_mig(mig)->size;
}

static int track_memory(struct vfio_mig_device *mig, bool on)
{
	return bochs_track(bochs_from_mig(mig), on);
}

static void memory_waiting(struct vfio_mig_device *mig,
			   struct vfio_mig_waiting *sum)
{
	bochs_track_waiting(bochs_from_mig(mig), sum);
}

static int memory_pieces(struct vfio_mig_device *mig,
			 struct vfio_mig_pieces *out)
{
	return bochs_track_pieces(bochs_from_mig(mig), out);
}

static int place_memory(struct vfio_mig_device *mig, u64 offset,
			const void *data, u32 length)
{
	struct bochs_device *bochs = bochs_from_mig(mig);
	int ret;

	ret = vfio_mig_access_begin(mig);
	if (ret)
		return ret;
	if (data)
		bochs_hw_write(bochs, offset, data, length);
	else
		bochs_hw_clear(bochs, offset, length);
	vfio_mig_access_end(mig);
	return 0;
}

/* ---- the stream ---- */

static const struct vfio_mig_section sections[] = {
	{
		.name = "registers",
		.id = VFIO_MIG_SECTION_BOCHS_REGISTERS,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.size = sizeof(struct vfio_mig_bochs_registers),
		.always = true,
		.save = save_registers,
		.check = check_registers,
	},
	{
		.name = "memory",
		.id = VFIO_MIG_SECTION_BOCHS_MEMORY,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.always = true,
		.track = track_memory,
		.waiting = memory_waiting,
		.pieces = memory_pieces,
		.extent = memory_extent,
		.place = place_memory,
	},
};

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	struct pci_dev *pdev = to_pci_dev(mig->vdev->dev);

	header->vendor = cpu_to_le16(pdev->vendor);
	header->device = cpu_to_le16(pdev->device);
	header->subsystem_vendor = cpu_to_le16(pdev->subsystem_vendor);
	header->subsystem_device = cpu_to_le16(pdev->subsystem_device);
	header->revision = pdev->revision;
	header->geometry[0] = cpu_to_le64(bochs_from_mig(mig)->size);
}

/* If the hardware cannot be reached now, it will be when the device runs. */
static void load(struct vfio_mig_device *mig, const struct vfio_mig_load *load)
{
	const struct vfio_mig_bochs_registers *in =
		vfio_mig_loaded(load, VFIO_MIG_SECTION_BOCHS_REGISTERS);
	struct bochs_device *bochs = bochs_from_mig(mig);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in->mode); i++)
		bochs->saved.mode[BOCHS_XRES + i] = le16_to_cpu(in->mode[i]);
	bochs->saved.byte_order = le32_to_cpu(in->byte_order);
	bochs->due = bochs_hw_set_registers(bochs, &bochs->saved);
}

/* What cannot be reached now is not there for a guest either. */
static void scrub(struct vfio_mig_device *mig)
{
	bochs_hw_scrub(bochs_from_mig(mig));
}

const struct vfio_mig_ops bochs_mig_ops = {
	.hardware = &bochs_hardware,
	.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
		    VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG,
	.arc = {
		[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] = running_p2p_to_stop,
	},
	.behaviours = VFIO_MIG_STREAM_XXH64,
	.sections = sections,
	.nr_sections = ARRAY_SIZE(sections),
	.identity = identity,
	.scrub = scrub,
	.load = load,
	.reset = reset,
};
