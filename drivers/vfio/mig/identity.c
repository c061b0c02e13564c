// SPDX-License-Identifier: GPL-2.0
/*
 * What a device is: the header of its stream, by which another device knows whether
 * it can take it over.
 */
#include <linux/string.h>

#include "mig.h"

/*
 * All of the header that is not the same for every stream.  What the device switches
 * on shows if there is something to say; what the stream does, always.
 */
void vfio_mig_identity(struct vfio_mig_device *mig,
		       struct vfio_mig_stream_header *header)
{
	u64 always = mig->behaviours & VFIO_MIG_STREAM_XXH64;

	memset(header, 0, sizeof(*header));
	mig->ops->identity(mig, header);
	header->required |= cpu_to_le64(always);
	header->optional |= cpu_to_le64(mig->behaviours & ~always);
}
