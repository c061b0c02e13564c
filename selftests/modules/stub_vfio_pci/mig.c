// SPDX-License-Identifier: GPL-2.0
/* The arcs and the sections, and what can go wrong with them. */
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "stub.h"

unsigned long stub_placed, stub_longest, stub_scrubs, stub_command, stub_cleared;
unsigned long stub_resuming;

/* ---- arcs ---- */

/* The one thing that it does to its device: see what a driver finds there. */
static int look_at_device(struct vfio_mig_device *mig)
{
	u16 command;
	int ret;

	ret = vfio_mig_access_begin(mig);
	if (ret)
		return ret;
	pci_read_config_word(to_pci_dev(mig->vdev->dev), PCI_COMMAND, &command);
	WRITE_ONCE(stub_command, command);
	vfio_mig_access_end(mig);
	return 0;
}

/* As far as it goes: the device could be reached. */
static int clear_device(struct vfio_mig_device *mig)
{
	int ret = look_at_device(mig);

	if (!ret)
		WRITE_ONCE(stub_cleared, stub_cleared + 1);
	return ret;
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	if (stub_fails("looks"))
		return look_at_device(mig);
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

static int stop_to_resuming(struct vfio_mig_device *mig)
{
	WRITE_ONCE(stub_resuming, 1);
	return 0;
}

static int resuming_to_stop(struct vfio_mig_device *mig)
{
	WRITE_ONCE(stub_resuming, 0);
	return 0;
}

static int open(struct vfio_mig_device *mig)
{
	if (stub_fails("reset_while_it_opens"))
		vfio_mig_note_reset(mig);
	return 0;
}

static int scrub(struct vfio_mig_device *mig)
{
	struct stub *stub = stub_from_mig(mig);

	WRITE_ONCE(stub_scrubs, stub_scrubs + 1);
	WRITE_ONCE(stub_resuming, 0);
	mutex_lock(&mig->lock);
	memset(stub->state.data, 1, sizeof(stub->state.data));
	mutex_unlock(&mig->lock);
	if (stub_fails("looks"))
		return clear_device(mig);
	if (stub_fails("reset_is_lost"))
		return VFIO_MIG_IN_NEITHER_STATE;
	/* A test can have that of one of several devices. */
	stub_wait(dev_name(mig->vdev->dev));
	return 0;
}

/* ---- section data ---- */

static const struct vfio_mig_field fields[STUB_FIELDS] = {
	VFIO_MIG_FIELD("data", struct stub_state, data),
};

static int check(struct vfio_mig_device *mig, const void *state,
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

static int memory_pieces(struct vfio_mig_device *mig,
			 struct vfio_mig_pieces *out)
{
	struct vfio_mig_piece piece = { .length = STUB_MEMORY, .zeros = true };
	struct stub *stub = stub_from_mig(mig);

	if (stub->memory_waits)
		vfio_mig_piece_put(out, &piece);
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

/* ---- the driver ---- */

static const struct vfio_mig_section sections[STUB_SECTIONS] = {
	{
		.name = "data",
		.id = STUB_SECTION_DATA,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		VFIO_MIG_FIELDS(fields),
		.always = true,
	},
	{
		.name = "memory",
		.id = STUB_SECTION_MEMORY,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.always = true,
		.track = track_memory,
		.waiting = memory_waiting,
		.pieces = memory_pieces,
		.extent = memory_extent,
		.place = place_memory,
	},
};

static bool recognize(const void __iomem *registers)
{
	return true;
}

/* Any device, but only by driver_override. */
static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

struct vfio_mig_pci_driver stub_driver = {
	.name = "anything",
	.ids = ids,
	.size = sizeof(struct stub),
	.recognize = recognize,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
			    VFIO_MIG_HAS_PRE_COPY,
		VFIO_MIG_STATE(struct stub, state),
		VFIO_MIG_SECTIONS(sections),
		.open = open,
		.arc = {
			[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
			[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
			[VFIO_MIG_STOP_TO_RESUMING] = stop_to_resuming,
			[VFIO_MIG_RESUMING_TO_STOP] = resuming_to_stop,
		},
		.scrub = scrub,
		.check = check,
	},
};
