// SPDX-License-Identifier: GPL-2.0
/* Asks a driver what its streams begin with, and which it would take. */
#include <errno.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

/* A page, which is what a driver can say at most. */
#define DESCRIPTION_MAX	4096

static int cannot_ask(const struct vfiomig_dev *dev, int err,
		      const char *what, struct vfiomig_error *error)
{
	char driver[64];

	if (err != -ENOTTY)
		return lib_fail_errno(error, err, "%s: cannot ask it for %s",
				      dev->info.name, what);
	lib_fail(error, err, "%s: its driver %s cannot be asked for %s",
		 dev->info.name, dev->info.driver, what);
	if (!vfiomig_variant_driver(&dev->info, driver, sizeof(driver)) &&
	    strcmp(driver, dev->info.driver))
		lib_hint(error, "bind it to %s with: vfio-mig dev bind %s %s",
			 driver, dev->info.name, driver);
	else
		lib_hint(error, "only drivers on vfio_mig can");
	return err;
}

/*
 * An older driver says nothing, and then its sections are just bytes.  Of what can have
 * several drivers, that is spoken of which was asked last.
 */
static void ask_names(struct vfiomig_dev *dev,
		      const struct vfio_mig_stream_header *header)
{
	char text[DESCRIPTION_MAX];
	struct vfio_device_mig_names names = {
		.argsz = sizeof(names),
		.text = (unsigned long)text,
		.room = sizeof(text),
	};

	if (!vfiomig_call(dev, VFIOMIG_NAMES, &names) &&
	    names.size <= sizeof(text))
		vfiomig_learn(header, text, names.size);
}

int vfiomig_descriptor(struct vfiomig_dev *dev,
		       struct vfio_device_mig_descriptor *descriptor,
		       struct vfiomig_error *error)
{
	int err;

	memset(descriptor, 0, sizeof(*descriptor));
	descriptor->argsz = sizeof(*descriptor);
	err = vfiomig_call(dev, VFIOMIG_DESCRIPTOR, descriptor);
	if (err)
		return cannot_ask(dev, err, "its descriptor", error);
	ask_names(dev, &descriptor->header);
	return 0;
}

int vfiomig_write_described(const struct vfio_mig_stream_header *header,
			    const char *text, int out,
			    struct vfiomig_error *error)
{
	__u8 bytes[sizeof(*header) + 2 * sizeof(struct vfio_mig_frame) +
		   sizeof(struct vfio_mig_end) + DESCRIPTION_MAX];
	struct vfio_mig_writer writer = {
		.buf = bytes,
		.size = sizeof(bytes),
	};
	int err;

	vfio_mig_write_header(&writer, header);
	if (text)
		vfio_mig_write_section(&writer, VFIO_MIG_SECTION_NAMES, 0, text,
				       strlen(text));
	err = vfio_mig_write_end(&writer);
	if (!err)
		err = lib_write_all(out, (const char *)bytes, writer.used);
	if (err)
		lib_fail_errno(error, err, "cannot write the descriptor");
	return err;
}

int vfiomig_write_descriptor(const struct vfio_mig_stream_header *header,
			     int out, struct vfiomig_error *error)
{
	return vfiomig_write_described(header, NULL, out, error);
}

int vfiomig_compatible(struct vfiomig_dev *dev,
		       const struct vfio_mig_stream_header *header,
		       struct vfio_mig_comparison *result,
		       struct vfiomig_error *error)
{
	struct vfio_device_mig_compatible query = {
		.argsz = sizeof(query),
		.header = *header,
	};
	int err = vfiomig_call(dev, VFIOMIG_COMPATIBLE, &query);

	memset(result, 0, sizeof(*result));
	if (err)
		return cannot_ask(dev, err, "which streams it takes", error);
	result->verdict = query.verdict;
	result->count = query.count < VFIO_MIG_MISMATCHES_MAX ?
			query.count : VFIO_MIG_MISMATCHES_MAX;
	memcpy(result->mismatch, query.mismatch, sizeof(result->mismatch));
	return 0;
}

/* All that is switched on at the destination is in its own header. */
void vfiomig_compare_headers(const struct vfio_mig_stream_header *src,
			     const struct vfio_mig_stream_header *dst,
			     struct vfio_mig_comparison *result)
{
	vfio_mig_compare(src, dst, le64_to_cpu(dst->required) |
			 le64_to_cpu(dst->optional), result);
}
