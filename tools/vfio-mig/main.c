// SPDX-License-Identifier: GPL-2.0
/* The command line: finds the command and runs it. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "print.h"
#include "tool.h"

#define WORDS_MAX	4
#define OPTIONS_MAX	16
#define LETTERS		":jpb:c::vVh"
#define OPTION_IOMMU	256
#define OPTION_FORCE	257
#define OPTION_OWN	512
#define OPTION_VALUE	1024

struct tool tool;

static const struct command * const objects[] = {
	&dev_object,
	&arcs_object,
	&state_object,
	&walk_command,
	&save_command,
	&restore_command,
	&migrate_command,
	&reset_command,
	&fault_object,
	&call_command,
	&verify_command,
	&replay_command,
	&bench_command,
	&stream_object,
	&compat_command,
	&monitor_command,
	NULL
};

static const struct command main_command = {
	.name = "vfio-mig",
	.args = "OBJECT [COMMAND] [ARGUMENTS]",
	.brief = "migrates VFIO devices",
	.text =
"Looks at VFIO devices, takes them through their migration states, and moves\n"
"the state of one to another.\n"
"\n"
"DEVICE is a PCI address (0000:01:00.0 or 01:00.0), the UUID of a mediated\n"
"device, or a path in /dev/vfio/devices.  STATE may be written in small\n"
"letters and with - for _.\n"
"\n"
"A state lasts as long as the device is open: a command opens the device,\n"
"which finds it RUNNING, and at its end closes it, which resets it.\n"
"\n"
"Exit status: 0 done, 1 failed, 2 wrong usage, 4 not supported by the device.",
	.sub = objects,
};

static const struct option common_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "iommu", required_argument, NULL, OPTION_IOMMU },
	{ "batch", required_argument, NULL, 'b' },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "color", optional_argument, NULL, 'c' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
};

/**
 * struct line - the command line, as far as it has been understood
 * @argc, @argv: What is left, after the word that stands at [0].
 * @command: The command so far.
 * @words, @count: The words that led to it.
 * @help, @version: Whether that was asked for.
 * @batch: The file of commands to run instead, or NULL.
 * @force: Go on in it after a failure.
 * @understood: All of it is, so all options have been seen.
 */
struct line {
	int argc;
	char **argv;
	const struct command *command;
	const char *words[WORDS_MAX];
	int count;
	bool help;
	bool version;
	const char *batch;
	bool force;
	bool understood;
};

/* On a terminal, unless somebody has said that he wants none anywhere. */
static bool colour_is_welcome(void)
{
	const char *none = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(none && *none);
}

static int set_iommu(const char *way)
{
	static const char * const ways[] = {
		[VFIOMIG_IOMMU_AUTO] = "auto",
		[VFIOMIG_IOMMU_GROUP] = "group",
		[VFIOMIG_IOMMU_IOMMUFD] = "iommufd",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(way, ways[i]))
			continue;
		tool.iommu = i;
		return EXIT_OK;
	}
	return fail_usage("--iommu %s: it must be auto, group or iommufd", way);
}

/*
 * As iproute2 has it: -c, -c=WHEN, -color=WHEN, --color=WHEN, and without WHEN
 * it is always.
 */
static int set_colour(const char *when)
{
	if (when && !strncmp(when, "olor", 4))
		when += 4;
	if (when && *when == '=')
		when++;
	if (!when || !*when || !strcmp(when, "always"))
		tool.colour = true;
	else if (!strcmp(when, "never"))
		tool.colour = false;
	else if (!strcmp(when, "auto"))
		tool.colour = colour_is_welcome();
	else
		return fail_usage("--color %s: it must be always, auto or never",
				  when);
	return EXIT_OK;
}

static int take_value(const struct command_value *value)
{
	while (*value->value && value[1].name &&
	       !strcmp(value->name, value[1].name))
		value++;
	if (*value->value)
		return fail_usage("--%s: given too often", value->name);
	*value->value = optarg;
	return EXIT_OK;
}

static int take_option(struct line *line, int option, const char *word)
{
	switch (option) {
	case 'j':
		tool.json = true;
		return EXIT_OK;
	case 'p':
		tool.json = true;
		tool.pretty = true;
		return EXIT_OK;
	case 'v':
		tool.verbose = true;
		return EXIT_OK;
	case 'V':
		line->version = true;
		return EXIT_OK;
	case 'h':
		line->help = true;
		return EXIT_OK;
	case 'c':
		return set_colour(optarg);
	case 'b':
		line->batch = optarg;
		return EXIT_OK;
	case OPTION_FORCE:
		line->force = true;
		return EXIT_OK;
	case OPTION_IOMMU:
		return set_iommu(optarg);
	case ':':
		return fail_usage("%s: it needs a value; see: vfio-mig --help",
				  word);
	case '?':
		return fail_usage("%s: no such option; see: vfio-mig --help",
				  word);
	}
	if (option >= OPTION_VALUE)
		return take_value(&line->command->values[option - OPTION_VALUE]);
	*line->command->options[option - OPTION_OWN].given = true;
	return EXIT_OK;
}

/* In a batch it may have been run before, and given some. */
static void forget_options(const struct command *command)
{
	const struct command_option *option = command->options;
	const struct command_value *value = command->values;

	for (; option && option->name; option++)
		*option->given = false;
	for (; value && value->name; value++)
		*value->value = NULL;
}

/*
 * The options up to the next word, or of the whole line if the command is one
 * that takes arguments.
 */
static int parse_options(struct line *line)
{
	const struct command_option *own = line->command->options;
	const struct command_value *values = line->command->values;
	const char *letters = line->command->sub ? "+" LETTERS : LETTERS;
	struct option options[OPTIONS_MAX + 1] = {};
	size_t count = ARRAY_SIZE(common_options);
	int option, status, i;

	memcpy(options, common_options, sizeof(common_options));
	for (i = 0; own && own[i].name && count < OPTIONS_MAX; i++)
		options[count++] = (struct option) {
			own[i].name, no_argument, NULL, OPTION_OWN + i
		};
	for (i = 0; values && values[i].name && count < OPTIONS_MAX; i++)
		options[count++] = (struct option) {
			values[i].name, required_argument, NULL,
			OPTION_VALUE + i
		};
	forget_options(line->command);
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(line->argc, line->argv, letters, options,
				     NULL)) != -1) {
		status = take_option(line, option, line->argv[optind - 1]);
		if (status)
			return status;
	}
	line->argc -= optind;
	line->argv += optind;
	return EXIT_OK;
}

static const struct command *find_sub(const struct command *command,
				      const char *word)
{
	const struct command * const *sub;

	for (sub = command->sub; *sub; sub++)
		if (!strcmp((*sub)->name, word))
			return *sub;
	return NULL;
}

static int fail_word(const struct line *line, const char *word)
{
	const struct command * const *sub;
	char names[128] = "";
	size_t used = 0;

	for (sub = line->command->sub; *sub && used < sizeof(names); sub++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s",
				 used ? ", " : "", (*sub)->name);
	if (!word && !line->count)
		return fail_usage("say what to do: vfio-mig --help");
	if (!word)
		return fail_usage("%s: it needs one of: %s",
				  line->command->name, names);
	return fail_usage("%s: no such command; there are: %s", word, names);
}

/* Follow the words to a command. */
static int find_command(struct line *line)
{
	bool help = false;
	int status;

	for (;;) {
		status = parse_options(line);
		if (status || !line->command->sub || line->help)
			break;
		if (line->argc && !strcmp(line->argv[0], "help")) {
			help = true;
			continue;
		}
		if (!line->argc && (help || line->version || line->batch))
			break;
		if (!line->argc)
			return fail_word(line, NULL);
		if (!find_sub(line->command, line->argv[0]))
			return fail_word(line, line->argv[0]);
		line->command = find_sub(line->command, line->argv[0]);
		line->words[line->count++] = line->command->name;
	}
	line->help |= help;
	return status;
}

static int run_command(const struct line *line)
{
	const struct command *command = line->command;
	int status;

	if (line->argc < command->min_args || line->argc > command->max_args)
		return fail_usage("%s: it takes %s; see: vfio-mig help %s%s%s",
				  command->name,
				  command->args[0] ? command->args :
						     "no arguments",
				  line->words[0], line->count > 1 ? " " : "",
				  line->count > 1 ? line->words[1] : "");
	print_set_schema(line->words, line->count,
			 command->json_version ? command->json_version : 1);
	status = command->run(line->argc, line->argv);
	if (print_finish() && !status)
		return fail_plain("cannot write to the output; is there room?");
	return status;
}

static int carry_out(struct line *line)
{
	int status;

	status = find_command(line);
	if (status)
		return status;
	line->understood = true;
	if (line->version) {
		printf("vfio-mig %s\n", VERSION);
		return EXIT_OK;
	}
	if (line->help) {
		help_show(line->command, line->words, line->count);
		return EXIT_OK;
	}
	if (line->batch && line->count)
		return fail_usage("-b: it takes no command; they are in %s",
				  line->batch);
	if (line->batch)
		return batch_run(line->batch, line->force);
	if (line->force)
		return fail_usage("--force: it goes with -b");
	return run_command(line);
}

/* Options behind what could not be understood: was JSON asked for? */
static void find_json(int argc, char **argv)
{
	struct option options[ARRAY_SIZE(common_options) + 1] = {};
	int option;

	memcpy(options, common_options, sizeof(common_options));
	optind = 0;
	while ((option = getopt_long(argc, argv, LETTERS, options,
				     NULL)) != -1) {
		tool.json |= option == 'j' || option == 'p';
		tool.pretty |= option == 'p';
	}
}

/* With -j each command writes an object: who has failed before that, why. */
static void tell_failure(const struct line *line, int status)
{
	char command[64] = "";
	int i;

	if (!tool.json || line->command->raw || print_wrote())
		return;
	for (i = 0; i < line->count; i++)
		snprintf(command + strlen(command),
			 sizeof(command) - strlen(command), "%s%s",
			 i ? " " : "", line->words[i]);
	fail_print(command, status);
}

int run_line(int argc, char **argv)
{
	struct line line = {
		.argc = argc,
		.argv = argv,
		.command = &main_command,
	};
	int status;

	fail_forget();
	print_begin();
	status = carry_out(&line);
	if (!line.understood)
		find_json(argc, argv);
	if (status)
		tell_failure(&line, status);
	/* What a line of a batch has told is not told of the batch as well. */
	fail_forget();
	print_begin();
	return status;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	tool.colour = colour_is_welcome();
	return run_line(argc, argv);
}
