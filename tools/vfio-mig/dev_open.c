// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev open and close: what a batch keeps open. */
#include "batch.h"
#include "print.h"
#include "tool.h"

static int refuse(const char *word)
{
	return fail_usage("dev %s: it is for a batch; see: vfio-mig help dev %s",
			  word, word);
}

static void say(const char *format, const char *name, bool open)
{
	print_start_object(NULL);
	print_string("device", format, name);
	print_bool("open", open);
	print_end_object();
}

static int run_open(int argc, char **argv)
{
	struct vfiomig_dev *dev;
	int status;

	(void)argc;
	if (!in_batch())
		return refuse("open");
	status = hold_device(argv[0], &dev);
	if (!status)
		say("dev open %s\n", vfiomig_name(dev), true);
	return status;
}

static int run_close(int argc, char **argv)
{
	struct vfiomig_info info;
	bool found;
	int status;

	(void)argc;
	if (!in_batch())
		return refuse("close");
	status = release_device(argv[0]);
	if (status)
		return status;
	/* It may be gone by now. */
	found = !vfiomig_lookup(argv[0], &info, NULL);
	say("dev close %s\n", found ? info.name : argv[0], false);
	return EXIT_OK;
}

const struct command dev_open_command = {
	.name = "open",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "keep it open, in a batch",
	.text =
"Opens a device and keeps it open for the lines of a batch that follow, until\n"
"dev close or the end.  So a state that one line sets is there for the next:\n"
"    dev open 0000:01:00.0\n"
"    state set 0000:01:00.0 STOP\n"
"    save 0000:01:00.0",
	.run = run_open,
};

const struct command dev_close_command = {
	.name = "close",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "close it again, in a batch",
	.text =
"Closes a device that dev open has opened in the same batch, which resets it.",
	.run = run_close,
};
