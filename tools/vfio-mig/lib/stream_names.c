// SPDX-License-Identifier: GPL-2.0
/*
 * What streams are made of, by device: as the drivers of this host say it, and as a file
 * that carries it does.  <linux/vfio_mig.h> (uapi) has the text that they say it in.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

#define FILE_NAMES	"vfio_mig_names"
#define WORDS_MAX	16
#define TEXT_MAX	65536

/* All that are known, the last learned first; they stay. */
static struct vfiomig_device_type *types;

/* ---- the text ---- */

/**
 * struct parser - a text being taken apart
 * @type: What it says.
 * @words, @count: Those of a line.
 */
struct parser {
	struct vfiomig_device_type *type;
	char *words[WORDS_MAX];
	unsigned int count;
};

/* The value of "name=value" among the words from @from on; NULL if it is not there. */
static const char *option(const struct parser *parser, unsigned int from,
			  const char *name)
{
	size_t length = strlen(name);
	unsigned int i;

	for (i = from; i < parser->count; i++)
		if (!strncmp(parser->words[i], name, length) &&
		    parser->words[i][length] == '=')
			return parser->words[i] + length + 1;
	return NULL;
}

static __u64 number(const char *text)
{
	return text ? strtoull(text, NULL, 0) : 0;
}

static bool has_word(const struct parser *parser, unsigned int from,
		     const char *word)
{
	unsigned int i;

	for (i = from; i < parser->count; i++)
		if (!strcmp(parser->words[i], word))
			return true;
	return false;
}

/* One more of @size bytes, zeroed, and one behind it that ends the list. */
static void *append(void *list, unsigned int count, size_t size)
{
	char *bigger = reallocarray(list, count + 2, size);

	if (bigger)
		memset(bigger + count * size, 0, 2 * size);
	return bigger;
}

static int take_section(struct parser *parser)
{
	struct vfiomig_device_type *type = parser->type;
	struct vfiomig_section_type *sections;

	if (parser->count < 3)
		return -EINVAL;
	sections = append(type->sections, type->count, sizeof(*sections));
	if (!sections)
		return -ENOMEM;
	type->sections = sections;
	sections += type->count++;
	sections->id = number(parser->words[1]);
	sections->name = strdup(parser->words[2]);
	sections->bulk = has_word(parser, 3, "bulk");
	sections->pieces = sections->bulk || has_word(parser, 3, "live");
	sections->always = has_word(parser, 3, "always");
	if (sections->bulk)
		sections->size = VFIOMIG_BULK_MAX;
	sections->extent = -1;
	if (option(parser, 3, "extent"))
		sections->extent = number(option(parser, 3, "extent")) %
				   VFIO_MIG_GEOMETRY;
	sections->if_bits = number(option(parser, 3, "bits"));
	if (option(parser, 3, "if"))
		sections->if_field = strdup(option(parser, 3, "if"));
	return sections->name ? 0 : -ENOMEM;
}

static int take_one_of(struct vfiomig_field *field, const char *text)
{
	char *end;

	for (; text && *text; text = *end == ',' ? end + 1 : end) {
		__u64 value = strtoull(text, &end, 0);

		if (end == text || field->nr_one_of == VFIOMIG_ONE_OF_MAX)
			return -EINVAL;
		field->one_of[field->nr_one_of++] = value;
	}
	return 0;
}

/* @name is NULL for bytes that nobody looks at. */
static int take_field(struct parser *parser, const char *name)
{
	struct vfiomig_section_type *section;
	struct vfiomig_field *fields, *field;
	__u32 width;

	if (parser->count < 2 || !parser->type->count)
		return -EINVAL;
	width = number(parser->words[1]);
	section = &parser->type->sections[parser->type->count - 1];
	if (!width || width > TEXT_MAX || section->size > TEXT_MAX)
		return -EINVAL;
	section->size += width;
	if (!name || (width != 1 && width != 2 && width != 4 && width != 8))
		return 0;
	fields = append((void *)section->fields, section->nr_fields,
			sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	section->fields = fields;
	field = &fields[section->nr_fields++];
	field->offset = section->size - width;
	field->size = width;
	field->hex = has_word(parser, 3, "hex");
	field->mask = number(option(parser, 3, "mask"));
	field->most = number(option(parser, 3, "most"));
	field->name = strdup(name);
	if (!field->name)
		return -ENOMEM;
	return take_one_of(field, option(parser, 3, "one_of"));
}

static int take_behaviour(struct parser *parser)
{
	struct vfiomig_device_type *type = parser->type;
	unsigned int bit = 0;
	__u64 value;

	if (parser->count < 4)
		return -EINVAL;
	value = number(parser->words[1]);
	while (bit < 63 && value != 1ull << bit)
		bit++;
	if (type->behaviours[bit].name)
		return -EINVAL;
	type->behaviours[bit].name = strdup(parser->words[2]);
	type->behaviours[bit].when = strdup(parser->words[3]);
	return type->behaviours[bit].name && type->behaviours[bit].when ?
	       0 : -ENOMEM;
}

/* A fix is a format, so only what it is said to have may be in it. */
static bool is_format(const char *fix)
{
	const char *percent = strchr(fix, '%');

	return !percent || (!strncmp(percent, "%#llx", 5) &&
			    !strchr(percent + 1, '%'));
}

static int take_geometry(struct parser *parser)
{
	struct vfiomig_device_type *type = parser->type;
	unsigned int which;

	if (parser->count < 3)
		return -EINVAL;
	which = number(parser->words[1]);
	if (which >= VFIO_MIG_GEOMETRY || type->geometry[which].name)
		return -EINVAL;
	type->geometry[which].name = strdup(parser->words[2]);
	if (!type->geometry[which].name)
		return -ENOMEM;
	if (parser->count > 3 && parser->words[3][0] &&
	    is_format(parser->words[3]))
		type->geometry[which].fix = strdup(parser->words[3]);
	return 0;
}

/* A line that begins with a word of which nothing is known says nothing. */
static int take_line(struct parser *parser, char *line)
{
	const char *kind;

	parser->count = 0;
	while (line && parser->count < WORDS_MAX)
		parser->words[parser->count++] = strsep(&line, "\t");
	kind = parser->words[0];
	if (!strcmp(kind, "section"))
		return take_section(parser);
	if (!strcmp(kind, "field"))
		return take_field(parser, parser->count > 2 ?
				  parser->words[2] : NULL);
	if (!strcmp(kind, "pad"))
		return take_field(parser, NULL);
	if (!strcmp(kind, "behaviour"))
		return take_behaviour(parser);
	return strcmp(kind, "geometry") ? 0 : take_geometry(parser);
}

static void type_free(struct vfiomig_device_type *type)
{
	struct vfiomig_section_type *section;
	unsigned int i, j;

	for (i = 0; i < type->count; i++) {
		section = &type->sections[i];
		for (j = 0; j < section->nr_fields; j++)
			free((void *)section->fields[j].name);
		free((void *)section->fields);
		free((void *)section->name);
		free((void *)section->if_field);
	}
	free(type->sections);
	for (i = 0; i < 64; i++) {
		free(type->behaviours[i].name);
		free(type->behaviours[i].when);
	}
	for (i = 0; i < VFIO_MIG_GEOMETRY; i++) {
		free(type->geometry[i].name);
		free(type->geometry[i].fix);
	}
	free(type->text);
	free(type);
}

static struct vfiomig_device_type *parse(const char *text, size_t size)
{
	struct parser parser = { .type = calloc(1, sizeof(*parser.type)) };
	char *copy, *rest, *line;
	int err = 0;

	if (!parser.type)
		return NULL;
	parser.type->text = strndup(text, size);
	copy = strndup(text, size);
	rest = copy;
	while (copy && !err && (line = strsep(&rest, "\n")))
		err = take_line(&parser, line);
	if (!copy || !parser.type->text || err) {
		free(copy);
		type_free(parser.type);
		return NULL;
	}
	free(copy);
	return parser.type;
}

/* ---- who says it ---- */

static struct vfiomig_device_type *find(__u16 vendor, __u16 device)
{
	struct vfiomig_device_type *type = types;

	while (type && (type->vendor != vendor || type->device != device))
		type = type->next;
	return type;
}

/* It may be somebody else's, and is shown: nothing in it is for a terminal to obey. */
static bool is_text(const char *text, size_t size)
{
	while (size && ((*text >= ' ' && *text <= '~') || *text == '\t' || *text == '\n')) {
		text++;
		size--;
	}
	return !size;
}

/* What was learned before, it may be of another driver: that is meant from now on. */
static bool again(__u16 vendor, __u16 device, const char *text, size_t size)
{
	struct vfiomig_device_type **link = &types, *type;

	for (; (type = *link); link = &type->next) {
		if (type->vendor != vendor || type->device != device ||
		    strlen(type->text) != size || memcmp(type->text, text, size))
			continue;
		*link = type->next;
		type->next = types;
		types = type;
		return true;
	}
	return false;
}

static int learn(__u16 vendor, __u16 device, const char *text, size_t size)
{
	struct vfiomig_device_type *type;

	if (size > TEXT_MAX || !is_text(text, size))
		return -EINVAL;
	if (again(vendor, device, text, size))
		return 0;
	type = parse(text, size);
	if (!type)
		return -EINVAL;
	type->vendor = vendor;
	type->device = device;
	type->next = types;
	types = type;
	return 0;
}

static void learn_device(const char *folder)
{
	char path[PATH_MAX + 32], id[16];
	__u16 vendor, device;
	char *text;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/" FILE_NAMES, folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	text = malloc(TEXT_MAX);
	got = text ? read(fd, text, TEXT_MAX) : -1;
	close(fd);
	vendor = lib_sysfs_read(folder, "vendor", id, sizeof(id)) ?
		 0 : number(id);
	device = lib_sysfs_read(folder, "device", id, sizeof(id)) ?
		 0 : number(id);
	if (got > 0 && !find(vendor, device))
		learn(vendor, device, text, got);
	free(text);
}

static void learn_folder(const char *devices)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *folder;

	folder = opendir(devices);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", devices, entry->d_name);
		learn_device(path);
	}
	if (folder)
		closedir(folder);
}

/* What the drivers of this host say, once. */
static void learn_all(void)
{
	static bool learned;

	if (learned)
		return;
	learned = true;
	learn_folder("/sys/bus/pci/devices");
	learn_folder("/sys/bus/mdev/devices");
}

int vfiomig_learn(const struct vfio_mig_stream_header *header, const char *text,
		  size_t size)
{
	learn_all();
	return learn(le16_to_cpu(header->vendor), le16_to_cpu(header->device),
		     text, size);
}

/* ---- who asks ---- */

const struct vfiomig_device_type *
vfiomig_device_type(const struct vfio_mig_stream_header *header)
{
	learn_all();
	return find(le16_to_cpu(header->vendor), le16_to_cpu(header->device));
}

const char *vfiomig_device_text(const struct vfiomig_device_type *type)
{
	return type->text;
}

const struct vfiomig_section_type *vfiomig_section_type(__u32 id)
{
	const struct vfiomig_device_type *type;
	unsigned int i;

	learn_all();
	for (type = types; type; type = type->next)
		for (i = 0; i < type->count; i++)
			if (type->sections[i].id == id)
				return &type->sections[i];
	return NULL;
}

const char *vfiomig_section_name(__u32 id)
{
	const struct vfiomig_section_type *type;

	if (id == VFIO_MIG_SECTION_END)
		return "end";
	if (id == VFIO_MIG_SECTION_NAMES)
		return "names";
	type = vfiomig_section_type(id);
	return type ? type->name : NULL;
}

const char *vfiomig_behaviour_name(const struct vfio_mig_stream_header *header,
				   unsigned int bit)
{
	const struct vfiomig_device_type *type = vfiomig_device_type(header);

	if (bit > 63)
		return NULL;
	if (type && type->behaviours[bit].name)
		return type->behaviours[bit].name;
	return vfio_mig_stream_behaviour_name(1ull << bit);
}

const char *vfiomig_geometry_name(const struct vfio_mig_stream_header *header,
				  unsigned int which)
{
	const struct vfiomig_device_type *type = vfiomig_device_type(header);

	return type && which < VFIO_MIG_GEOMETRY ? type->geometry[which].name :
						   NULL;
}
