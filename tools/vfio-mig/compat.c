// SPDX-License-Identifier: GPL-2.0
/* vfio-mig compat */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "tool.h"
#include "vfiomig_stream.h"

/* Given in place of the source, and of the destination. */
static const char *descriptors[2];

/**
 * struct question - would this go there?
 * @src, @dst: The two sides.
 * @theirs, @ours: Their headers.
 * @answer: In what they differ.
 */
struct question {
	struct vfiomig_side src;
	struct vfiomig_side dst;
	struct vfio_mig_stream_header theirs;
	struct vfio_mig_stream_header ours;
	struct vfio_mig_comparison answer;
};

/* ---- asking ---- */

/* Each device is open just while it is asked, so both may be one. */
static int ask_device(const char *name, char *canonical, size_t size,
		      struct vfiomig_side *side,
		      struct vfio_mig_stream_header *header,
		      const struct vfio_mig_stream_header *theirs,
		      struct vfio_mig_comparison *answer)
{
	struct vfio_device_mig_descriptor descriptor;
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int err, status;

	status = open_device(name, &dev);
	if (status)
		return status;
	err = vfiomig_descriptor(dev, &descriptor, &error);
	if (!err && theirs)
		err = vfiomig_compatible(dev, theirs, answer, &error);
	snprintf(canonical, size, "%s", vfiomig_name(dev));
	side->name = canonical;
	side->known = descriptor.known;
	*header = descriptor.header;
	close_device(dev);
	return err ? fail(&error) : EXIT_OK;
}

static int ask_file(const char *path, struct vfiomig_side *side,
		    struct vfio_mig_stream_header *header)
{
	struct vfiomig_error error;

	side->name = strcmp(path, "-") ? path : "stdin";
	side->file = true;
	return vfiomig_stream_header(path, header, &error) ?
	       fail_file(&error) : EXIT_OK;
}

static int count_files(void)
{
	return !!descriptors[0] + !!descriptors[1];
}

static int ask(struct question *question, char **devices)
{
	static char names[2][64];
	int files = count_files();
	int status;

	if (files)
		status = ask_file(descriptors[0], &question->src,
				  &question->theirs);
	else
		status = ask_device(*devices++, names[0], sizeof(names[0]),
				    &question->src, &question->theirs, NULL,
				    NULL);
	if (status)
		return status;
	if (files < 2)
		return ask_device(*devices, names[1], sizeof(names[1]),
				  &question->dst, &question->ours,
				  &question->theirs, &question->answer);
	status = ask_file(descriptors[1], &question->dst,
			  &question->ours);
	if (!status)
		vfiomig_compare_headers(&question->theirs, &question->ours,
					&question->answer);
	return status;
}

/* ---- answering ---- */

static void on_finding(const struct vfiomig_finding *finding, void *ctx)
{
	bool refused = finding->flags & VFIO_MIG_MISMATCH_REFUSED;

	(void)ctx;
	print_start_object(NULL);
	print_string("field", NULL, finding->field);
	print_bool("refused", refused);
	print_number("theirs", NULL, finding->theirs);
	print_number("ours", NULL, finding->ours);
	print_text("  %-8s  ", refused ? "refused" : "maybe");
	print_lines("text", 12, finding->text);
	print_text("%12s", "");
	print_lines("fix", 12, finding->fix);
	if (finding->other_fix[0]) {
		print_text("%12s", "");
		print_lines("other_fix", 12, finding->other_fix);
	}
	print_end_object();
}

static const char *verdict(__u32 flags)
{
	if (flags & VFIO_MIG_MISMATCH_REFUSED)
		return "does not fit";
	return flags ? "fits, unless" : "fits";
}

static int report(const struct question *question)
{
	bool fits = !(question->answer.verdict & VFIO_MIG_MISMATCH_REFUSED);

	print_start_object(NULL);
	print_string("source", "%s -> ", question->src.name);
	print_string("destination", "%s: ", question->dst.name);
	print_bool("fits", fits);
	print_bool("certain", fits && !question->answer.verdict);
	print_text("%s%s\n", verdict(question->answer.verdict),
		   question->answer.verdict ? ":" : "");
	print_start_array("mismatches");
	vfiomig_explain(&question->answer, &question->theirs, &question->src,
			&question->dst, on_finding, NULL);
	print_end_array();
	print_end_object();
	return fits ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	struct question question = {};
	int status;

	if (argc + count_files() != 2)
		return fail_usage("compat: it takes a source and a destination; see: vfio-mig help compat");
	if (descriptors[1] && !strcmp(descriptors[0], "-") &&
	    !strcmp(descriptors[1], "-"))
		return fail_usage("compat: only one of them can be stdin");
	status = ask(&question, argv);
	return status ? status : report(&question);
}

static const struct command_value values[] = {
	{ "descriptor", "FILE",
	  "in place of SOURCE; once more: of both", &descriptors[0] },
	{ "descriptor", "FILE", "the second", &descriptors[1] },
	{}
};

const struct command compat_command = {
	.name = "compat",
	.args = "SOURCE DESTINATION",
	.min_args = 0,
	.max_args = 2,
	.brief = "would the state of one fit the other?",
	.text =
"Says, before anything moves, in what the stream of SOURCE and DESTINATION\n"
"differ, and what would make it fit.  What is refused only if it shows in the\n"
"stream is said too.  The destination's driver is asked; between two files it\n"
"is the same code that answers:\n"
"    vfio-mig compat SOURCE DESTINATION\n"
"    vfio-mig compat --descriptor FILE DESTINATION\n"
"    vfio-mig compat --descriptor FILE --descriptor FILE\n"
"A FILE is what vfio-mig dev descriptor or save wrote; - is stdin.\n"
"\n"
"Exit status: 0 it fits, 1 it does not, 4 a driver cannot be asked.",
	.values = values,
	.run = run,
};
