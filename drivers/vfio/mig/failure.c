// SPDX-License-Identifier: GPL-2.0
/*
 * Why the last transition or write failed: VFIO_DEVICE_MIG_LAST_ERROR, and an event for
 * who listens.
 */
#include "mig.h"

void vfio_mig_note_failure(struct vfio_mig_device *mig, u32 from, u32 to,
			   const struct vfio_mig_refusal *why)
{
	struct vfio_mig_failure failure = {
		.from = from,
		.to = to,
		.why = *why,
	};

	spin_lock(&mig->priv->failure_lock);
	mig->priv->failure = failure;
	spin_unlock(&mig->priv->failure_lock);
	if (why->error)
		vfio_mig_status_failure(mig, &failure);
}

void vfio_mig_last_failure(struct vfio_mig_device *mig,
			   struct vfio_mig_failure *failure)
{
	spin_lock(&mig->priv->failure_lock);
	*failure = mig->priv->failure;
	spin_unlock(&mig->priv->failure_lock);
}
