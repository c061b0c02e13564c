// SPDX-License-Identifier: GPL-2.0
/* Help, made of what the commands say of themselves. */
#include <stdio.h>
#include <string.h>

#include "tool.h"

static const char options_text[] =
"options:\n"
"  -j, --json            write JSON\n"
"  -p, --pretty          the same, with line breaks\n"
"  -c, --color[=WHEN]    in colours: auto (default), always, never\n"
"  -b, --batch FILE      run the commands of a file, or of stdin if it is -\n"
"      --force           after a line of it that fails too\n"
"      --iommu WAY       how to open devices: auto (default), group, iommufd\n"
"  -v, --verbose         say more\n"
"  -V, --version         say which version this is\n"
"  -h, --help            help, with each object and command too\n";

static void show_line(const char *object, const struct command *command)
{
	char usage[64];

	snprintf(usage, sizeof(usage), "%s%s%s%s%s", object,
		 object[0] ? " " : "", command->name,
		 command->args[0] ? " " : "", command->args);
	if (strlen(usage) > 30)
		printf("  %s\n%34s%s\n", usage, "", command->brief);
	else
		printf("  %-30s  %s\n", usage, command->brief);
}

static void show_list(const struct command * const *commands)
{
	const struct command * const *sub;

	for (; *commands; commands++) {
		if (!(*commands)->sub)
			show_line("", *commands);
		for (sub = (*commands)->sub; sub && *sub; sub++)
			show_line((*commands)->name, *sub);
	}
}

static void show_options(const struct command *command)
{
	const struct command_option *option = command->options;
	const struct command_value *value = command->values;
	char usage[32];

	if (!option && !value)
		return;
	printf("\noptions of this command:\n");
	for (; option && option->name; option++)
		printf("      --%-15s %s\n", option->name, option->help);
	for (; value && value->name; value++) {
		if (value > command->values &&
		    !strcmp(value->name, value[-1].name))
			continue;
		snprintf(usage, sizeof(usage), "%s %s", value->name,
			 value->arg);
		printf("      --%-15s %s\n", usage, value->help);
	}
}

void help_show(const struct command *command, const char * const *words,
	       int count)
{
	int i;

	printf("usage: vfio-mig [OPTIONS]");
	for (i = 0; i < count; i++)
		printf(" %s", words[i]);
	printf("%s%s\n", command->args[0] ? " " : "", command->args);
	printf("\n%s\n", command->text);
	if (command->sub) {
		printf("\n");
		show_list(command->sub);
	}
	show_options(command);
	if (!count)
		printf("\n%s", options_text);
	else
		printf("\nThe options of all commands: vfio-mig --help\n");
}
