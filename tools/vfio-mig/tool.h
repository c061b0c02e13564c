/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share: how they are described, how they end. */
#ifndef VFIO_MIG_TOOL_H
#define VFIO_MIG_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "vfiomig.h"

#undef __printf
#define __printf(text, args) __attribute__(( \
	format(printf, text, args)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The exit status. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNSUPPORTED = 4,
};

/**
 * struct tool - the options that all commands share
 * @json, @pretty: Write JSON; with line breaks.
 * @verbose: Say more.
 * @colour: Write text in colours.
 * @iommu: How to open devices.
 */
struct tool {
	bool json;
	bool pretty;
	bool verbose;
	bool colour;
	enum vfiomig_iommu iommu;
};

extern struct tool tool;

/**
 * struct command_option - an option of one command
 * @name: Its long name.
 * @help: One line.
 * @given: Set to true when it is given.
 */
struct command_option {
	const char *name;
	const char *help;
	bool *given;
};

/**
 * struct command_value - an option of one command that takes a value; one that
 *	may be given twice has two rows
 * @name: Its long name.
 * @arg: What its value is, as help shows it.
 * @help: One line.
 * @value: Receives the value.
 */
struct command_value {
	const char *name;
	const char *arg;
	const char *help;
	const char **value;
};

/**
 * struct command - an object, or what can be done with one
 * @name: The word on the command line.
 * @args: Its arguments, as usage shows them.
 * @min_args, @max_args: How many there may be.
 * @brief: What it does, in a few words.
 * @text: The rest of what there is to know, in lines of at most 79.
 * @options: Its own options; ends with one without a name; may be NULL.
 * @values: Those that take a value, likewise.
 * @json_version: Of what it says with -j; 0 is the first, 1.
 * @raw: It has stdout for bytes, and writes no JSON, whatever happens.
 * @run: Does it; returns the exit status.
 * @sub: Its commands if it is an object; ends with NULL.
 */
struct command {
	const char *name;
	const char *args;
	int min_args;
	int max_args;
	const char *brief;
	const char *text;
	const struct command_option *options;
	const struct command_value *values;
	int json_version;
	bool raw;
	int (*run)(int argc, char **argv);
	const struct command * const *sub;
};

extern const struct command dev_object;
extern const struct command arcs_object;
extern const struct command state_object;
extern const struct command walk_command;
extern const struct command save_command;
extern const struct command restore_command;
extern const struct command migrate_command;
extern const struct command reset_command;
extern const struct command call_command;
extern const struct command verify_command;
extern const struct command replay_command;
extern const struct command bench_command;
extern const struct command dev_show_command;
extern const struct command dev_set_command;
extern const struct command dev_descriptor_command;
extern const struct command dev_open_command;
extern const struct command dev_close_command;
extern const struct command dev_create_command;
extern const struct command dev_delete_command;
extern const struct command dev_types_command;
extern const struct command stream_object;
extern const struct command stream_show_command;
extern const struct command stream_diff_command;
extern const struct command compat_command;
extern const struct command fault_object;
extern const struct command monitor_command;

/* help.c: @words are the names from the root to the command. */
void help_show(const struct command *command, const char * const *words,
	       int count);

/*
 * printable.c: @text as it can be shown, to be freed; NULL if there is no memory.
 * The second is for people, who have the terminal that the locale says.
 */
char *printable(const char *text);
char *printable_here(const char *text);

/*
 * fail.c: what has failed since the last fail_forget() is told once more in JSON, by
 * whoever carries out the command line.
 */
void fail_forget(void);
void fail_print(const char *command, int status);

/* One line to stderr; each returns the exit status. */
int fail(const struct vfiomig_error *error);
int fail_file(const struct vfiomig_error *error);
int fail_plain(const char *format, ...)
	__printf(1, 2);
int fail_usage(const char *format, ...)
	__printf(1, 2);
int fail_held(const char *name);

/*
 * device.c: open a device, and get out with an exit status if that fails.  One
 * that a batch keeps open is taken as it is, and stays open; who closes it
 * himself, or wants it as it is just after opening, needs it alone.
 */
int open_device(const char *name, struct vfiomig_dev **dev);
int open_device_alone(const char *name, struct vfiomig_dev **dev);
void close_device(struct vfiomig_dev *dev);

/* Does @name, however it is written, mean that device? */
bool is_device(const struct vfiomig_dev *dev, const char *name);

/* For a batch. */
int hold_device(const char *name, struct vfiomig_dev **dev);
int release_device(const char *name);
void release_devices(void);
bool device_is_held(const char *name);

/* A state by its name; -1, and the error is on stderr. */
int parse_state(const char *name);

#endif /* VFIO_MIG_TOOL_H */
