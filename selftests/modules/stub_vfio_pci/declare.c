// SPDX-License-Identifier: GPL-2.0
/* What no driver may declare: one mistake at a time, of one that makes none otherwise. */
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "stub.h"

/**
 * struct declared - a driver that is never bound to a device
 * @driver: It.
 * @sections: Its sections.
 * @fields: The first one's.
 * @behaviour: It has one if that is the mistake.
 * @geometry: Likewise.
 */
struct declared {
	struct vfio_mig_pci_driver driver;
	struct vfio_mig_section sections[STUB_SECTIONS];
	struct vfio_mig_field fields[STUB_FIELDS];
	struct vfio_mig_behaviour behaviour;
	struct vfio_mig_geometry geometry[2];
};

static const u64 constant = 1;

static int arc(struct vfio_mig_device *mig)
{
	return 0;
}

static void touch(struct vfio_mig_device *mig)
{
}

static u64 read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	return 0;
}

static int write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	return 0;
}

#define IS(name)	(!strcmp(mistake, name))

static void spoil_bar(struct vfio_mig_pci_bar *bar, const char *mistake)
{
	static struct vfio_mig_pci_part parts[2];

	parts[0] = (struct vfio_mig_pci_part){ 4096, 4096 };
	parts[1] = (struct vfio_mig_pci_part){ 8192, 4096 };
	if (IS("part_of_no_pages"))
		parts[0].at = 16;
	else if (IS("part_without_bytes"))
		parts[1].bytes = 0;
	else if (IS("parts_that_overlap"))
		parts[0].bytes = 8192;
	else if (IS("part_beyond_the_least"))
		parts[1].bytes = 8192;
	else if (!IS("part_that_is_not_trapped") && !IS("part_of_ports"))
		return;
	*bar = (struct vfio_mig_pci_bar) {
		.least = 12288, .most = 16384, .read = read, .write = write,
		.io = IS("part_of_ports"), VFIO_MIG_MAPPED(parts),
	};
	if (IS("part_that_is_not_trapped"))
		bar->read = NULL;
}

static void spoil_held(struct vfio_mig_pci_driver *driver, const char *mistake)
{
	static const struct vfio_mig_pci_part part = { 4096, 4096 };

	if (!IS("held_without_parts") && !IS("held_and_memory"))
		return;
	driver->bars[0] = (struct vfio_mig_pci_bar) {
		.least = 8192, .most = 8192, .read = read, .write = write, .held = true,
	};
	if (IS("held_without_parts"))
		return;
	driver->bars[0].mapped = &part;
	driver->bars[0].nr_mapped = 1;
	driver->bars[1] = (struct vfio_mig_pci_bar) { .most = 1, .memory = true };
}

static void spoil_arcs(struct vfio_mig_pci_driver *driver, const char *mistake)
{
	if (IS("arc_twice")) {
		driver->ops.arc[VFIO_MIG_RUNNING_P2P_TO_STOP] = arc;
		driver->arc[VFIO_MIG_RUNNING_P2P_TO_STOP] = touch;
	}
	if (IS("arc_of_pre_copy"))
		driver->arc[VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P] = touch;
}

static void spoil_driver(struct vfio_mig_pci_driver *driver, const char *mistake)
{
	spoil_bar(&driver->bars[0], mistake);
	spoil_held(driver, mistake);
	spoil_arcs(driver, mistake);
	if (IS("no_name"))
		driver->name = NULL;
	if (IS("no_ids"))
		driver->ids = NULL;
	if (IS("no_hardware"))
		driver->recognize = NULL;
	if (IS("no_size"))
		driver->size = sizeof(struct vfio_mig_pci_device);
	if (IS("state_outside"))
		driver->ops.state_at = 0;
	if (IS("registers_nowhere"))
		driver->register_bar = PCI_STD_NUM_BARS;
	if (IS("memory_twice"))
		driver->bars[1] = (struct vfio_mig_pci_bar) {
			.most = 1,
			.memory = true,
		};
	if (IS("memory_without_section") || IS("memory_twice"))
		driver->bars[0] = (struct vfio_mig_pci_bar) {
			.most = 1,
			.memory = true,
		};
	if (IS("memory_of_ports"))
		driver->bars[0] = (struct vfio_mig_pci_bar) {
			.most = 1,
			.io = true,
			.memory = true,
		};
	if (IS("memory_beyond_bulk"))
		driver->bars[0] = (struct vfio_mig_pci_bar) {
			.most = 2 * (u64)VFIO_MIG_BULK_MAX,
			.memory = true,
		};
	if (IS("trapped_without_size"))
		driver->bars[0].read = read;
	if (IS("read_without_write")) {
		driver->bars[0].read = read;
		driver->bars[0].most = 1;
	}
	if (IS("bar_of_three_bytes"))
		driver->bars[0] = (struct vfio_mig_pci_bar) {
			.most = 1,
			.widest = 3,
		};
	if (IS("least_beyond_most"))
		driver->bars[0] = (struct vfio_mig_pci_bar) {
			.least = 2,
			.most = 1,
		};
}

static void spoil_ops(struct declared *declared, const char *mistake)
{
	struct vfio_mig_ops *ops = &declared->driver.ops;

	if (IS("no_stop_copy"))
		ops->features &= ~VFIO_MIG_HAS_STOP_COPY;
	if (IS("unknown_feature"))
		ops->features |= BIT(30);
	if (IS("no_scrub"))
		ops->scrub = NULL;
	if (IS("no_state"))
		ops->state_size = 0;
	if (IS("no_sections"))
		ops->nr_sections = 0;
	if (IS("xxh64_without_memory")) {
		ops->stream = VFIO_MIG_STREAM_XXH64;
		ops->nr_sections = 1;
	}
	if (IS("unknown_stream"))
		ops->stream = BIT_ULL(62);
	if (IS("pre_copy_does_less"))
		ops->arc[VFIO_MIG_STOP_TO_STOP_COPY] = arc;
	if (IS("behaviour_without_name"))
		declared->behaviour = (struct vfio_mig_behaviour) { 1, NULL, "" };
	if (IS("behaviour_that_no_terminal_shows"))
		declared->behaviour = (struct vfio_mig_behaviour) { 1, "a\tb", "" };
	if (IS("behaviour_of_two_bits"))
		declared->behaviour = (struct vfio_mig_behaviour) { 3, "a", "b" };
	if (declared->behaviour.bit) {
		ops->behaviours = &declared->behaviour;
		ops->nr_behaviours = 1;
	}
	if (IS("geometry_without_value"))
		declared->geometry[0].name = "bytes";
	if (IS("geometry_that_no_terminal_shows"))
		declared->geometry[0] = (struct vfio_mig_geometry) {
			"bytes", NULL, &constant, "do\nthis",
		};
	if (declared->geometry[0].name)
		ops->geometry = declared->geometry;
}

static void spoil_data(struct vfio_mig_section *data, const char *mistake)
{
	if (IS("section_without_name"))
		data->name = NULL;
	if (IS("section_that_no_terminal_shows"))
		data->name = "\033[31m";
	if (IS("section_that_is_the_end"))
		data->id = VFIO_MIG_SECTION_END;
	if (IS("section_of_the_core"))
		data->id = 0xffff;
	if (IS("section_twice"))
		data->id = STUB_SECTION_MEMORY;
	if (IS("section_of_a_flag"))
		data->flags |= VFIO_MIG_FRAME_MORE;
	if (IS("section_of_no_behaviour"))
		data->behaviour = BIT(5);
	if (IS("condition_that_is_no_number")) {
		data->always = false;
		data->if_field = "data";
	}
	if (IS("section_without_fields"))
		data->nr_fields = 0;
	if (IS("fields_and_pieces"))
		data->pieces = stub_driver.ops.sections[1].pieces;
}

static void spoil_field(struct vfio_mig_field *field, const char *mistake)
{
	if (IS("field_that_no_terminal_shows"))
		field->name = "\x9b";
	if (IS("field_of_three_bytes"))
		field->width = 3;
	if (IS("field_outside_of_the_state"))
		field->at = 1;
	if (IS("field_that_is_not_aligned")) {
		field->at = 1;
		field->width = 4;
	}
	if (IS("rule_for_bytes"))
		field->most = 1;
	if (IS("list_of_bytes"))
		field->count = 1;
	if (IS("list_that_overlaps") || IS("list_outside_of_the_state")) {
		field->width = 4;
		field->count = 2;
		field->apart = IS("list_that_overlaps") ? 2 : 0x10000;
	}
	if (IS("field_that_cannot_be_at_first")) {
		field->width = 4;
		field->most = 1;
		field->initial = 2;
	}
}

static void spoil_memory(struct vfio_mig_section *memory, const char *mistake)
{
	if (IS("extent_without_place"))
		memory->place = NULL;
	if (IS("place_without_extent"))
		memory->extent = NULL;
	if (IS("memory_beyond_bulk"))
		memory->extent = vfio_mig_memory_bytes;
	if (IS("memory_with_fields"))
		memory->nr_fields = 1;
	if (IS("memory_that_is_live"))
		memory->live = true;
	if (IS("memory_with_a_condition"))
		memory->if_field = "data";
	if (IS("memory_without_pieces"))
		memory->pieces = NULL;
	if (IS("memory_without_track"))
		memory->track = NULL;
}

int stub_declare(const char *mistake)
{
	struct declared *declared;
	int ret;

	declared = kzalloc(sizeof(*declared), GFP_KERNEL);
	if (!declared)
		return -ENOMEM;
	declared->driver = stub_driver;
	memset(&declared->driver.pci, 0, sizeof(declared->driver.pci));
	memcpy(declared->sections, stub_driver.ops.sections,
	       sizeof(declared->sections));
	memcpy(declared->fields, declared->sections[0].fields,
	       sizeof(declared->fields));
	declared->sections[0].fields = declared->fields;
	declared->driver.ops.sections = declared->sections;
	spoil_driver(&declared->driver, mistake);
	spoil_ops(declared, mistake);
	spoil_data(&declared->sections[0], mistake);
	spoil_field(&declared->fields[0], mistake);
	spoil_memory(&declared->sections[1], mistake);
	ret = __vfio_mig_pci_register(&declared->driver, THIS_MODULE,
				      "stub_declared");
	if (!ret)
		vfio_mig_pci_unregister(&declared->driver);
	kfree(declared);
	return ret;
}
