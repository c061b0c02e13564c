// SPDX-License-Identifier: GPL-2.0
/*
 * Sections that are sent while the device runs, each whole whenever it has changed.
 * What waits is under the device's lock.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/math64.h>
#include <linux/mutex.h>

#include "mig.h"

static unsigned int index_of(struct vfio_mig_device *mig,
			     const struct vfio_mig_section *section)
{
	return section - mig->ops->sections;
}

/* What a reader begins with need not be sent. */
void vfio_mig_live_track(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section, bool on)
{
	u64 bit = BIT_ULL(index_of(mig, section));

	mutex_lock(&mig->lock);
	mig->priv->live_tracked &= ~bit;
	mig->priv->live_waits &= ~bit;
	if (on)
		mig->priv->live_tracked |= bit;
	if (on && vfio_mig_fields_present(mig->ops, section,
					  vfio_mig_state(mig)))
		mig->priv->live_waits |= bit;
	mutex_unlock(&mig->lock);
}

void vfio_mig_live_waiting(struct vfio_mig_device *mig,
			   const struct vfio_mig_section *section,
			   struct vfio_mig_waiting *sum)
{
	mutex_lock(&mig->lock);
	if (mig->priv->live_waits & BIT_ULL(index_of(mig, section))) {
		sum->bytes += vfio_mig_fields_size(section);
		sum->pieces++;
	}
	mutex_unlock(&mig->lock);
}

void vfio_mig_live_pieces(struct vfio_mig_device *mig,
			  const struct vfio_mig_section *section,
			  struct vfio_mig_pieces *out)
{
	struct vfio_mig_piece piece = {
		.length = vfio_mig_fields_size(section),
	};
	u64 bit = BIT_ULL(index_of(mig, section));
	void *payload;
	bool waits;
	u32 room;

	payload = vfio_mig_piece_room(out, &room);
	if (!payload || room < piece.length)
		return;
	mutex_lock(&mig->lock);
	waits = mig->priv->live_waits & bit;
	mig->priv->live_waits &= ~bit;
	if (waits) {
		memset(payload, 0, piece.length);
		vfio_mig_fields_put(section, vfio_mig_state(mig), payload);
	}
	mutex_unlock(&mig->lock);
	if (waits)
		vfio_mig_piece_put(out, &piece);
}

void vfio_mig_changed(struct vfio_mig_device *mig, u32 id)
{
	unsigned int i;

	lockdep_assert_held(&mig->lock);

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (mig->ops->sections[i].id == id)
			mig->priv->live_waits |=
				mig->priv->live_tracked & BIT_ULL(i);
	vfio_mig_data_ready(mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_changed);

static const struct vfio_mig_section *first_live(const struct vfio_mig_ops *ops)
{
	unsigned int i;

	for (i = 0; i < ops->nr_sections; i++)
		if (ops->sections[i].live)
			return &ops->sections[i];
	return NULL;
}

/* For tests: can it be as if the device worked? */
bool vfio_mig_can_dirty(const struct vfio_mig_ops *ops)
{
	return ops->dirty || first_live(ops);
}

/* A section goes as a whole, so what is less than that changes nothing. */
u64 vfio_mig_dirty(struct vfio_mig_device *mig, u64 bytes)
{
	const struct vfio_mig_section *section = first_live(mig->ops);
	u32 size;

	if (mig->ops->dirty)
		return mig->ops->dirty(mig, bytes);
	size = vfio_mig_fields_size(section);
	if (bytes < size)
		return 0;
	mutex_lock(&mig->lock);
	vfio_mig_changed(mig, section->id);
	mutex_unlock(&mig->lock);
	return div_u64(bytes, size) * size;
}
