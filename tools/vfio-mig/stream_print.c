// SPDX-License-Identifier: GPL-2.0
/* How headers and sections are shown. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "stream_print.h"

void print_behaviours(const char *key, const char *label,
		      const struct vfio_mig_stream_header *header,
		      __u64 behaviours)
{
	unsigned int bit;
	const char *name;
	char text[32];

	if (label)
		print_text("%-12s", label);
	print_start_array(key);
	for (bit = 0; bit < 64; bit++) {
		if (!(behaviours >> bit & 1))
			continue;
		name = vfiomig_behaviour_name(header, bit);
		snprintf(text, sizeof(text), "bit %u", bit);
		print_string(NULL, label ? " %s" : NULL, name ? name : text);
		if (!name && label)
			print_text(" (unknown)");
	}
	print_end_array();
	if (label)
		print_text("%s\n", behaviours ? "" : " none");
}

static void print_geometry(const struct vfio_mig_stream_header *header)
{
	const char *name;
	unsigned int i;
	__u64 value;

	print_start_array("geometry");
	for (i = 0; i < VFIO_MIG_GEOMETRY; i++) {
		value = le64toh(header->geometry[i]);
		name = vfiomig_geometry_name(header, i);
		if (!name && !value)
			continue;
		print_start_object(NULL);
		print_number("index", NULL, i);
		print_text("%-12s", "geometry");
		if (name)
			print_string("name", " %s", name);
		else
			print_text(" number %u (unknown)", i);
		print_number("value", " %#llx\n", value);
		print_end_object();
	}
	print_end_array();
}

/* Nothing of this is known to be harmful, but somebody may want to know. */
static void print_oddities(const struct vfio_mig_stream_header *header)
{
	__u32 length = le16toh(header->header_len);

	if (header->reserved)
		print_number("reserved", "reserved     %#llx (unknown)\n",
			     le32toh(header->reserved));
	if (length > sizeof(*header))
		print_number("unknown_bytes",
			     "more         %llu bytes of header (unknown)\n",
			     length - sizeof(*header));
}

void print_header(const struct vfio_mig_stream_header *header)
{
	print_start_object("header");
	print_number("framing", "framing      %llu", le16toh(header->framing));
	print_number("bytes", ", header of %llu bytes\n",
		     le16toh(header->header_len));
	print_number("vendor", "device       %04llx", le16toh(header->vendor));
	print_number("device", ":%04llx", le16toh(header->device));
	print_number("subsystem_vendor", ", subsystem %04llx",
		     le16toh(header->subsystem_vendor));
	print_number("subsystem_device", ":%04llx",
		     le16toh(header->subsystem_device));
	print_number("revision", ", revision %02llx\n", header->revision);
	print_geometry(header);
	print_behaviours("required", "required", header,
			 le64toh(header->required));
	print_behaviours("optional", "optional", header,
			 le64toh(header->optional));
	print_oddities(header);
	print_end_object();
}

void format_section(char *text, size_t size, __u32 id)
{
	const char *name = vfiomig_section_name(id);

	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%#x", id);
}

void format_flags(char *text, size_t size, __u32 flags, const char *between)
{
	static const struct {
		__u32 flag;
		const char *name;
	} names[] = {
		{ VFIO_MIG_FRAME_REQUIRED, "required" },
		{ VFIO_MIG_FRAME_PIECE, "piece" },
		{ VFIO_MIG_FRAME_XXH64, "xxh64" },
	};
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(names) && used < size; i++) {
		if (!(flags & names[i].flag))
			continue;
		used += snprintf(text + used, size - used, "%s%s",
				 used ? between : "", names[i].name);
	}
}

void format_value(char *text, size_t size, const struct vfiomig_field *field,
		  __u64 value)
{
	snprintf(text, size, field->hex ? "%#llx" : "%llu", value);
}

void print_fault(const struct vfiomig_error *error, __u32 section)
{
	const char *name = vfiomig_section_name(section);

	if (!tool.json)
		return;
	print_string("error", NULL, error->text);
	print_number("errno", NULL, -error->err);
	if (!section)
		return;
	print_number("section", NULL, section);
	if (name)
		print_string("section_name", NULL, name);
}
