// SPDX-License-Identifier: GPL-2.0
/* The arcs and the sections, and what can go wrong with them. */
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "stub.h"

unsigned long stub_placed, stub_longest, stub_resets, stub_command;

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

static int reset(struct vfio_mig_device *mig)
{
	struct stub *stub = stub_from_mig(mig);

	WRITE_ONCE(stub_resets, stub_resets + 1);
	memset(stub->data, 1, sizeof(stub->data));
	if (stub_fails("reset_is_lost"))
		return VFIO_MIG_IN_NEITHER_STATE;
	/* A test can have that of one of several devices. */
	stub_wait(dev_name(mig->vdev->dev));
	return 0;
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

static void scrub(struct vfio_mig_device *mig)
{
}

/* ---- the stream ---- */

static const struct vfio_mig_section good_sections[STUB_SECTIONS] = {
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
		.pieces = memory_pieces,
		.extent = memory_extent,
		.place = place_memory,
	},
};

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	header->vendor = cpu_to_le16(to_pci_dev(mig->vdev->dev)->vendor);
	header->device = cpu_to_le16(to_pci_dev(mig->vdev->dev)->device);
}

static void load(struct vfio_mig_device *mig, const struct vfio_mig_load *load)
{
	memcpy(stub_from_mig(mig)->data,
	       vfio_mig_loaded(load, STUB_SECTION_DATA), STUB_DATA);
}

static const struct vfio_mig_ops good_ops = {
	.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
		    VFIO_MIG_HAS_PRE_COPY,
	.arc = {
		[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] = running_p2p_to_stop,
	},
	.nr_sections = STUB_SECTIONS,
	.identity = identity,
	.load = load,
	.scrub = scrub,
	.reset = reset,
};

/* ---- what no driver may declare ---- */

static void spoil_ops(struct vfio_mig_ops *ops)
{
	if (stub_fails("no_stop_copy"))
		ops->features &= ~VFIO_MIG_HAS_STOP_COPY;
	if (stub_fails("unknown_feature"))
		ops->features |= BIT(30);
	if (stub_fails("no_hardware"))
		ops->hardware = NULL;
	if (stub_fails("no_identity"))
		ops->identity = NULL;
	if (stub_fails("no_load"))
		ops->load = NULL;
	if (stub_fails("no_reset"))
		ops->reset = NULL;
	if (stub_fails("no_scrub"))
		ops->scrub = NULL;
	if (stub_fails("no_sections"))
		ops->nr_sections = 0;
	if (stub_fails("xxh64_without_memory")) {
		ops->behaviours = VFIO_MIG_STREAM_XXH64;
		ops->nr_sections = 1;
	}
	if (stub_fails("pre_copy_does_not_stop"))
		ops->arc[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] = NULL;
	if (stub_fails("pre_copy_has_no_p2p"))
		ops->arc[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = running_p2p_to_stop;
}

static void spoil_data(struct vfio_mig_section *data)
{
	if (stub_fails("section_without_name"))
		data->name = NULL;
	if (stub_fails("section_that_is_the_end"))
		data->id = VFIO_MIG_SECTION_END;
	if (stub_fails("section_twice"))
		data->id = STUB_SECTION_MEMORY;
	if (stub_fails("section_of_a_flag"))
		data->flags |= VFIO_MIG_FRAME_MORE;
	if (stub_fails("section_of_no_behaviour"))
		data->behaviour = BIT(5);
	if (stub_fails("section_without_size"))
		data->size = 0;
	if (stub_fails("section_without_save"))
		data->save = NULL;
	if (stub_fails("piece_without_track"))
		data->pieces = memory_pieces;
}

static void spoil_memory(struct vfio_mig_section *memory)
{
	if (stub_fails("extent_without_place"))
		memory->place = NULL;
	if (stub_fails("place_without_extent"))
		memory->extent = NULL;
	if (stub_fails("memory_with_save"))
		memory->save = save_data;
	if (stub_fails("memory_with_check"))
		memory->check = check_data;
	if (stub_fails("memory_with_size"))
		memory->size = 1;
	if (stub_fails("memory_without_pieces")) {
		memory->pieces = NULL;
		memory->track = NULL;
		memory->waiting = NULL;
	}
}

static bool recognize(const void __iomem *registers)
{
	return true;
}

void stub_declare(struct stub *stub)
{
	struct pci_dev *pdev = to_pci_dev(stub->pci.core.vdev.dev);
	unsigned int bar = 0;

	while (bar < PCI_STD_NUM_BARS - 1 && !pci_resource_len(pdev, bar))
		bar++;
	stub->hardware = (struct vfio_mig_hardware) {
		.name = "anything",
		.vendor = pdev->vendor,
		.device = pdev->device,
		.class = pdev->class >> 8,
		.register_bar = bar,
		.recognize = recognize,
	};
	stub->ops = good_ops;
	stub->ops.hardware = &stub->hardware;
	memcpy(stub->sections, good_sections, sizeof(good_sections));
	stub->ops.sections = stub->sections;
	spoil_ops(&stub->ops);
	spoil_data(&stub->sections[0]);
	spoil_memory(&stub->sections[1]);
}
