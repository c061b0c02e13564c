// SPDX-License-Identifier: GPL-2.0
/* Says in words why a stream would not fit, and what would make it fit. */
#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

/**
 * struct words - what the sentences are about
 * @header: The source's.
 * @src, @dst: What they are called.
 * @mismatch: The one in hand.
 * @finding: The same in words.
 * @on_finding, @ctx: Who is told.
 */
struct words {
	const struct vfio_mig_stream_header *header;
	const struct vfiomig_side *src;
	const struct vfiomig_side *dst;
	const struct vfio_mig_mismatch *mismatch;
	struct vfiomig_finding finding;
	vfiomig_on_finding on_finding;
	void *ctx;
};

#define SET(array, ...)	snprintf(array, sizeof(array), __VA_ARGS__)

/* ---- behaviours ---- */

static const char *shows_when(const struct vfio_mig_stream_header *header,
			      unsigned int bit)
{
	const struct vfiomig_device_type *type = vfiomig_device_type(header);

	return type && type->behaviours[bit].when ?
	       type->behaviours[bit].when : "it shows in the stream";
}

static void set_behaviour_fix(struct words *words, const char *name,
			      bool known)
{
	struct vfiomig_finding *finding = &words->finding;

	if (!name) {
		SET(finding->fix, "update the driver at %s", words->dst->name);
		return;
	}
	SET(finding->fix, "at the source: vfio-mig dev set %s %s off",
	    words->src->file ? "DEVICE" : words->src->name, name);
	if (known)
		SET(finding->other_fix,
		    "or at the destination: vfio-mig dev set %s %s on",
		    words->dst->name, name);
}

static void behaviour_in_words(struct words *words, unsigned int bit)
{
	const struct vfio_mig_stream_header *header = words->header;
	struct vfiomig_finding *finding = &words->finding;
	bool known = words->dst->known >> bit & 1;
	const char *why, *name;
	char number[16];
	bool required;

	required = words->mismatch->field == VFIO_MIG_FIELD_REQUIRED;
	name = vfiomig_behaviour_name(header, bit);
	SET(number, "bit %u", bit);
	SET(finding->field, "%s", name ? name : number);
	finding->other_fix[0] = '\0';
	finding->theirs = 1ull << bit;
	finding->ours = 0;
	why = known ? "switched off" :
	      words->dst->file ? "not switched on" : "not known";
	if (required)
		SET(finding->text, "required behaviour %s is %s at %s",
		    finding->field, why, words->dst->name);
	else
		SET(finding->text,
		    "optional behaviour %s is %s at %s: it is refused if %s",
		    finding->field, why, words->dst->name,
		    shows_when(header, bit));
	set_behaviour_fix(words, name, known);
	words->on_finding(finding, words->ctx);
}

static void behaviours_in_words(struct words *words)
{
	__u64 missing = words->mismatch->theirs & ~words->mismatch->ours;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++)
		if (missing >> bit & 1)
			behaviour_in_words(words, bit);
}

/* ---- numbers ---- */

static void set_geometry_fix(struct words *words, unsigned int which)
{
	const struct vfiomig_device_type *type =
		vfiomig_device_type(words->header);
	struct vfiomig_finding *finding = &words->finding;

	if (type && type->geometry[which].fix)
		SET(finding->fix, type->geometry[which].fix, finding->theirs);
	else
		SET(finding->fix, "both devices have to be made alike");
}

static void set_fix(struct words *words)
{
	struct vfiomig_finding *finding = &words->finding;

	switch (words->mismatch->field) {
	case VFIO_MIG_FIELD_MAGIC:
	case VFIO_MIG_FIELD_CHECKSUM:
	case VFIO_MIG_FIELD_HEADER_LEN:
	case VFIO_MIG_FIELD_ZERO:
		SET(finding->fix, "make it anew: vfio-mig dev descriptor DEVICE > FILE");
		break;
	case VFIO_MIG_FIELD_FRAMING:
		SET(finding->fix, "update the driver at %s", words->dst->name);
		break;
	case VFIO_MIG_FIELD_VENDOR:
	case VFIO_MIG_FIELD_DEVICE:
		SET(finding->fix, "choose a destination of the same kind");
		break;
	case VFIO_MIG_FIELD_SUBSYSTEM_VENDOR:
	case VFIO_MIG_FIELD_SUBSYSTEM_DEVICE:
	case VFIO_MIG_FIELD_REVISION:
		SET(finding->fix, "choose a destination that has the same");
		break;
	default:
		SET(finding->fix, "update the driver at %s", words->dst->name);
	}
}

static void number_in_words(struct words *words)
{
	struct vfiomig_finding *finding = &words->finding;
	__u32 field = words->mismatch->field;
	unsigned int which = field - VFIO_MIG_FIELD_GEOMETRY;
	const char *name = NULL;

	if (which < VFIO_MIG_GEOMETRY)
		name = vfiomig_geometry_name(words->header, which);
	finding->theirs = words->mismatch->theirs;
	finding->ours = words->mismatch->ours;
	if (name)
		SET(finding->field, "geometry %s", name);
	else
		SET(finding->field, "%s", vfio_mig_field_name(field));
	if (which < VFIO_MIG_GEOMETRY)
		set_geometry_fix(words, which);
	else
		set_fix(words);
	SET(finding->text, "%s is %#llx, %s has %#llx", finding->field,
	    finding->theirs, words->dst->name, finding->ours);
	words->on_finding(finding, words->ctx);
}

void vfiomig_explain(const struct vfio_mig_comparison *comparison,
		     const struct vfio_mig_stream_header *header,
		     const struct vfiomig_side *src,
		     const struct vfiomig_side *dst,
		     vfiomig_on_finding on_finding, void *ctx)
{
	struct words words = {
		.header = header,
		.src = src,
		.dst = dst,
		.on_finding = on_finding,
		.ctx = ctx,
	};
	__u32 i;

	for (i = 0; i < comparison->count; i++) {
		words.mismatch = &comparison->mismatch[i];
		memset(&words.finding, 0, sizeof(words.finding));
		words.finding.flags = words.mismatch->flags;
		if (words.mismatch->field == VFIO_MIG_FIELD_REQUIRED ||
		    words.mismatch->field == VFIO_MIG_FIELD_OPTIONAL)
			behaviours_in_words(&words);
		else
			number_in_words(&words);
	}
}

/* ---- before a migration ---- */

static void take_first(const struct vfiomig_finding *finding, void *ctx)
{
	struct vfiomig_finding *first = ctx;

	if (!first->flags && finding->flags & VFIO_MIG_MISMATCH_REFUSED)
		*first = *finding;
}

int lib_check_fit(struct vfiomig_dev *src, struct vfiomig_dev *dst,
		  struct vfiomig_error *error)
{
	struct vfiomig_side from = { .name = src->info.name };
	struct vfiomig_side to = { .name = dst->info.name };
	struct vfio_device_mig_descriptor theirs, ours;
	struct vfio_mig_comparison comparison;
	struct vfiomig_finding first = {};
	int err;

	err = vfiomig_descriptor(src, &theirs, error);
	if (!err)
		err = vfiomig_descriptor(dst, &ours, error);
	if (!err)
		err = vfiomig_compatible(dst, &theirs.header, &comparison,
					 error);
	if (err)
		return err == -ENOTTY ? 0 : err;
	if (!(comparison.verdict & VFIO_MIG_MISMATCH_REFUSED))
		return 0;
	from.known = theirs.known;
	to.known = ours.known;
	vfiomig_explain(&comparison, &theirs.header, &from, &to, take_first,
			&first);
	lib_fail(error, -EINVAL, "%s: its state does not fit: %s",
		 src->info.name, first.text);
	lib_hint(error, "%s; all about it: vfio-mig compat %s %s", first.fix,
		 src->info.name, dst->info.name);
	return -EINVAL;
}
