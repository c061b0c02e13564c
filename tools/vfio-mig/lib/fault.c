// SPDX-License-Identifier: GPL-2.0
/* Faults on demand: the files in a device's folder of debugfs. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "lib.h"

#define DEBUGFS	"/sys/kernel/debug"
#define KNOBS	DEBUGFS "/vfio_mig"
#define ERRNOS	134

/* ---- what there is ---- */

static int fail_folder(const struct vfiomig_info *info, int err,
		       struct vfiomig_error *error)
{
	struct statfs fs;

	if (err == -EACCES) {
		lib_fail(error, err, "%s: its knobs are for root only",
			 info->name);
		lib_hint(error, "run as root");
		return err;
	}
	if (statfs(DEBUGFS, &fs) || fs.f_type != DEBUGFS_MAGIC) {
		lib_fail(error, -EOPNOTSUPP,
			 "%s: debugfs is not mounted, where its knobs would be",
			 info->name);
		lib_hint(error, "mount -t debugfs none " DEBUGFS);
		return -EOPNOTSUPP;
	}
	lib_fail(error, -EOPNOTSUPP, "%s: its driver %s has no knobs",
		 info->name, info->driver[0] ? info->driver : "(none)");
	lib_hint(error, "only drivers on vfio_mig have: vfio-mig dev bind %s",
		 info->name);
	return -EOPNOTSUPP;
}

static int find_folder(const char *name, struct vfiomig_info *info,
		       char *folder, size_t size, struct vfiomig_error *error)
{
	struct stat is;
	int err;

	err = vfiomig_lookup(name, info, error);
	if (err)
		return err;
	snprintf(folder, size, KNOBS "/%s", info->name);
	return stat(folder, &is) ? fail_folder(info, -errno, error) : 0;
}

/* "NAME ARGS: TEXT", and is there a file for it? */
static bool take_line(const char *line, const char *folder,
		      struct vfiomig_knob *knob)
{
	char path[PATH_MAX];
	struct stat is;

	if (sscanf(line, "%31s %47[^:]: %127[^\n]", knob->name, knob->args,
		   knob->text) != 3)
		return false;
	snprintf(path, sizeof(path), "%s/%s", folder, knob->name);
	return !stat(path, &is);
}

/* What is armed, a line each, with the newline of each but the last. */
static void read_armed(const char *folder, struct vfiomig_knob *knob)
{
	char path[PATH_MAX];
	size_t got = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, knob->name);
	file = fopen(path, "re");
	if (file) {
		got = fread(knob->armed, 1, sizeof(knob->armed) - 1, file);
		fclose(file);
	}
	if (got && knob->armed[got - 1] == '\n')
		got--;
	knob->armed[got] = '\0';
}

/* The driver's own list; stops if @visit returns non-zero. */
static int each_knob(const char *folder,
		     int (*visit)(const struct vfiomig_knob *knob, void *ctx),
		     void *ctx)
{
	struct vfiomig_knob knob;
	char line[256];
	FILE *file;
	int ret = 0;

	file = fopen(KNOBS "/knobs", "re");
	if (!file)
		return -errno;
	while (!ret && fgets(line, sizeof(line), file)) {
		if (!take_line(line, folder, &knob))
			continue;
		read_armed(folder, &knob);
		ret = visit(&knob, ctx);
	}
	fclose(file);
	return ret;
}

int vfiomig_knobs(const char *name, vfiomig_on_knob on_knob, void *ctx,
		  struct vfiomig_error *error)
{
	struct vfiomig_info info;
	char folder[PATH_MAX];
	int err;

	err = find_folder(name, &info, folder, sizeof(folder), error);
	if (err)
		return err;
	err = each_knob(folder, on_knob, ctx);
	return err < 0 ? lib_fail_errno(error, err, KNOBS "/knobs") : err;
}

/* ---- one of them ---- */

/**
 * struct search - for a knob by its name
 * @name: That.
 * @knob: The one that was found.
 * @names: Those that there are.
 */
struct search {
	const char *name;
	struct vfiomig_knob knob;
	char names[160];
};

/* "fail-arc" is "fail_arc". */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != *b)
			return false;
	return !*a && !*b;
}

static int search_knob(const struct vfiomig_knob *knob, void *ctx)
{
	struct search *search = ctx;
	size_t used = strlen(search->names);

	snprintf(search->names + used, sizeof(search->names) - used, "%s%s",
		 used ? ", " : "", knob->name);
	if (!same_name(search->name, knob->name))
		return 0;
	search->knob = *knob;
	return 1;
}

static int find_knob(const struct vfiomig_info *info, const char *folder,
		     const char *name, struct vfiomig_knob *knob,
		     struct vfiomig_error *error)
{
	struct search search = { .name = name };
	int found = each_knob(folder, search_knob, &search);

	if (found < 0)
		return lib_fail_errno(error, found, KNOBS "/knobs");
	if (!found) {
		lib_fail(error, -ENOENT, "%s: it has no knob %s", info->name,
			 name);
		lib_hint(error, "there are: %s", search.names);
		return -ENOENT;
	}
	*knob = search.knob;
	return 0;
}

static int turn(const struct vfiomig_info *info, const char *folder,
		const struct vfiomig_knob *knob, const char *text,
		struct vfiomig_error *error)
{
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", folder, knob->name);
	err = lib_sysfs_write(path, text);
	if (!err)
		return 0;
	if (err == -ERANGE)
		lib_fail(error, err, "%s: %s %s: a number is out of range",
			 info->name, knob->name, text);
	else
		lib_fail_errno(error, err, "%s: %s %s", info->name, knob->name,
			       text);
	lib_hint(error, "it takes %s%s: %s", knob->args,
		 strncmp(knob->args, "FROM TO", 7) ? "" :
		 ", where one arc leads (vfio-mig arcs show)", knob->text);
	return err;
}

/* States and errnos may be written as people do. */
static void add_word(char *text, size_t size, const char *word)
{
	int state = vfiomig_state_number(word);
	size_t used = strlen(text);
	char number[16];
	int i;

	if (state >= 0)
		word = vfio_mig_state_name(state);
	for (i = 1; toupper(*word) == 'E' && i < ERRNOS; i++) {
		const char *name = strerrorname_np(i);

		if (!name || strcasecmp(name, word))
			continue;
		snprintf(number, sizeof(number), "%d", i);
		word = number;
	}
	snprintf(text + used, size - used, "%s%s", used ? " " : "", word);
}

int vfiomig_set_knob(const char *name, const char *knob,
		     const char * const *words, unsigned int count,
		     struct vfiomig_knob *now, struct vfiomig_error *error)
{
	struct vfiomig_info info;
	char folder[PATH_MAX], text[128] = "";
	unsigned int i;
	int err;

	err = find_folder(name, &info, folder, sizeof(folder), error);
	if (!err)
		err = find_knob(&info, folder, knob, now, error);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		add_word(text, sizeof(text), words[i]);
	err = turn(&info, folder, now, text, error);
	if (!err)
		read_armed(folder, now);
	return err;
}

/**
 * struct clearing - of all knobs
 * @info: Of this device.
 * @folder: Where they are.
 * @error: Why it failed.
 */
struct clearing {
	const struct vfiomig_info *info;
	const char *folder;
	struct vfiomig_error *error;
};

static int clear_one(const struct vfiomig_knob *knob, void *ctx)
{
	struct clearing *clearing = ctx;

	return turn(clearing->info, clearing->folder, knob, "clear",
		    clearing->error);
}

int vfiomig_clear_knob(const char *name, const char *knob,
		       struct vfiomig_error *error)
{
	struct vfiomig_info info;
	struct vfiomig_knob one;
	char folder[PATH_MAX];
	struct clearing clearing = { &info, folder, error };
	int err;

	err = find_folder(name, &info, folder, sizeof(folder), error);
	if (err)
		return err;
	if (!knob)
		return each_knob(folder, clear_one, &clearing);
	err = find_knob(&info, folder, knob, &one, error);
	return err ? err : clear_one(&one, &clearing);
}
