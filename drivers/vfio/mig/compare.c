// SPDX-License-Identifier: GPL-2.0
/* Does a stream fit a device?  compare.h says who asks. */
#include "compare.h"
#include "stream_env.h"

static void add(struct vfio_mig_comparison *result, __u32 field, __u32 flags,
		__u64 theirs, __u64 ours)
{
	struct vfio_mig_mismatch *mismatch;

	if (result->count == VFIO_MIG_MISMATCHES_MAX)
		return;
	mismatch = &result->mismatch[result->count++];
	mismatch->field = field;
	mismatch->flags = flags;
	mismatch->theirs = theirs;
	mismatch->ours = ours;
	result->verdict |= flags;
}

static void must_equal(struct vfio_mig_comparison *result, __u32 field,
		       __u64 theirs, __u64 ours)
{
	if (theirs != ours)
		add(result, field, VFIO_MIG_MISMATCH_REFUSED, theirs, ours);
}

/* Nothing else of a header is worth a look if this does not hold. */
static int is_header(const struct vfio_mig_stream_header *theirs,
		     const struct vfio_mig_stream_header *ours,
		     struct vfio_mig_comparison *result)
{
	__u32 zero = theirs->zero[0] | theirs->zero[1] << 8 |
		     theirs->zero[2] << 16;
	__u32 length = le16_to_cpu(theirs->header_len);

	if (memcmp(theirs->magic, VFIO_MIG_STREAM_MAGIC,
		   sizeof(theirs->magic)))
		add(result, VFIO_MIG_FIELD_MAGIC, VFIO_MIG_MISMATCH_REFUSED,
		    0, 0);
	else if (theirs->framing != ours->framing)
		must_equal(result, VFIO_MIG_FIELD_FRAMING,
			   le16_to_cpu(theirs->framing),
			   le16_to_cpu(ours->framing));
	else if (length < sizeof(*theirs) || length > VFIO_MIG_HEADER_MAX)
		add(result, VFIO_MIG_FIELD_HEADER_LEN,
		    VFIO_MIG_MISMATCH_REFUSED, length, sizeof(*theirs));
	else if (length == sizeof(*theirs))
		must_equal(result, VFIO_MIG_FIELD_CHECKSUM,
			   le32_to_cpu(theirs->crc),
			   vfio_mig_header_crc(theirs));
	if (!result->count)
		must_equal(result, VFIO_MIG_FIELD_ZERO, zero, 0);
	return !result->count;
}

static void compare_ids(const struct vfio_mig_stream_header *theirs,
			const struct vfio_mig_stream_header *ours,
			struct vfio_mig_comparison *result)
{
	must_equal(result, VFIO_MIG_FIELD_VENDOR, le16_to_cpu(theirs->vendor),
		   le16_to_cpu(ours->vendor));
	must_equal(result, VFIO_MIG_FIELD_DEVICE, le16_to_cpu(theirs->device),
		   le16_to_cpu(ours->device));
	must_equal(result, VFIO_MIG_FIELD_SUBSYSTEM_VENDOR,
		   le16_to_cpu(theirs->subsystem_vendor),
		   le16_to_cpu(ours->subsystem_vendor));
	must_equal(result, VFIO_MIG_FIELD_SUBSYSTEM_DEVICE,
		   le16_to_cpu(theirs->subsystem_device),
		   le16_to_cpu(ours->subsystem_device));
	must_equal(result, VFIO_MIG_FIELD_REVISION, theirs->revision,
		   ours->revision);
}

static void compare_behaviours(const struct vfio_mig_stream_header *theirs,
			       __u64 known, struct vfio_mig_comparison *result)
{
	__u64 required = le64_to_cpu(theirs->required);
	__u64 optional = le64_to_cpu(theirs->optional);

	if (required & ~known)
		add(result, VFIO_MIG_FIELD_REQUIRED, VFIO_MIG_MISMATCH_REFUSED,
		    required, known);
	if (optional & ~known)
		add(result, VFIO_MIG_FIELD_OPTIONAL, VFIO_MIG_MISMATCH_MAYBE,
		    optional, known);
}

void vfio_mig_compare(const struct vfio_mig_stream_header *theirs,
		      const struct vfio_mig_stream_header *ours, __u64 known,
		      struct vfio_mig_comparison *result)
{
	unsigned int i;

	memset(result, 0, sizeof(*result));
	if (!is_header(theirs, ours, result))
		return;
	compare_ids(theirs, ours, result);
	for (i = 0; i < VFIO_MIG_GEOMETRY; i++)
		must_equal(result, VFIO_MIG_FIELD_GEOMETRY + i,
			   le64_to_cpu(theirs->geometry[i]),
			   le64_to_cpu(ours->geometry[i]));
	compare_behaviours(theirs, known, result);
}

int vfio_mig_mismatch_errno(const struct vfio_mig_mismatch *mismatch)
{
	switch (mismatch->field) {
	case VFIO_MIG_FIELD_FRAMING:
	case VFIO_MIG_FIELD_REQUIRED:
		return -EOPNOTSUPP;
	case VFIO_MIG_FIELD_CHECKSUM:
	case VFIO_MIG_FIELD_HEADER_LEN:
		return -EBADMSG;
	default:
		return -EINVAL;
	}
}
