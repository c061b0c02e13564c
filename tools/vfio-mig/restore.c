// SPDX-License-Identifier: GPL-2.0
/* vfio-mig restore */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "arcs.h"
#include "print.h"
#include "progress.h"
#include "tool.h"
#include "vfiomig_stream.h"

static bool dry_run;

/* A driver that cannot be asked has nothing against it. */
static int ask(struct vfiomig_dev *dev, const struct vfiomig_stream *stream,
	       bool *asked, struct vfiomig_error *error)
{
	struct vfio_mig_comparison answer;
	int err;

	err = vfiomig_stream_check(stream, NULL, error);
	if (err)
		return err;
	err = vfiomig_compatible(dev, &stream->header, &answer, error);
	*asked = err != -ENOTTY;
	if (err)
		return *asked ? err : 0;
	if (!(answer.verdict & VFIO_MIG_MISMATCH_REFUSED))
		return 0;
	error->err = -EINVAL;
	snprintf(error->text, sizeof(error->text),
		 "%s: it would not take this stream", vfiomig_name(dev));
	snprintf(error->hint, sizeof(error->hint),
		 "for the reasons: vfio-mig compat --descriptor FILE %s",
		 vfiomig_name(dev));
	return -EINVAL;
}

/* The stream by all that can be known of it, without a byte of it loaded. */
static int try_only(struct vfiomig_dev *dev)
{
	struct vfiomig_stream *stream;
	struct vfiomig_error error;
	struct vfiomig_arc arc;
	bool asked = false;
	int err;

	if (vfiomig_arc(dev, VFIO_MIG_RUNNING, VFIO_MIG_RESUMING, &arc,
			&error))
		return fail(&error);
	err = vfiomig_stream_open("-", 0, &stream, NULL, &error);
	if (!err)
		err = ask(dev, stream, &asked, &error);
	if (!err) {
		print_start_object(NULL);
		print_bool("dry_run", true);
		print_device("device", "%s: ", vfiomig_name(dev));
		print_number("bytes", "would take %llu bytes", stream->bytes);
		print_bool("asked", asked);
		print_text(asked ? "\n" : ", as far as can be known without its driver\n");
		print_end_object();
	}
	vfiomig_stream_close(stream);
	return err ? fail_file(&error) : EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int status, err;
	__u64 bytes;

	(void)argc;
	if (isatty(STDIN_FILENO))
		return fail_usage("restore: stdin is a terminal; try: vfio-mig restore %s < FILE",
				  argv[0]);
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	if (dry_run) {
		status = try_only(dev);
		close_device(dev);
		return status;
	}
	err = vfiomig_load(dev, STDIN_FILENO, progress_show, NULL, &bytes,
			   &error);
	progress_end();
	if (err) {
		status = fail(&error);
	} else {
		print_start_object(NULL);
		print_string("device", "%s: ", vfiomig_name(dev));
		print_number("bytes", "took %llu bytes and is RUNNING\n",
			     bytes);
		print_end_object();
	}
	close_device(dev);
	return status;
}

static const struct command_option options[] = {
	{ "dry-run", "only look whether the device would take it", &dry_run },
	{}
};

const struct command restore_command = {
	.name = "restore",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "load a state from stdin",
	.text =
"Opens a device, loads what stdin holds up to its end, and lets the device run:\n"
"    vfio-mig restore DEVICE < FILE\n"
"The state ends when the command does, since closing the device resets it: this\n"
"shows whether the device takes the stream.  One that it refuses changes\n"
"nothing: the device is reset.",
	.options = options,
	.run = run,
};
