// SPDX-License-Identifier: GPL-2.0
/*
 * What a device is: the header of its stream, by which another device knows whether
 * it can take it over.
 */
#include <linux/string.h>

#include "mig.h"

/* All that can be switched on. */
u64 vfio_mig_known_behaviours(const struct vfio_mig_ops *ops)
{
	u64 known = ops->stream;
	unsigned int i;

	for (i = 0; i < ops->nr_behaviours; i++)
		known |= ops->behaviours[i].bit;
	return known;
}

/*
 * All of the header that is not the same for every stream.  What the device switches
 * on shows if there is something to say; what the stream does, always.
 */
void vfio_mig_identity(struct vfio_mig_device *mig,
		       struct vfio_mig_stream_header *header)
{
	const struct vfio_mig_geometry *geometry = mig->ops->geometry;
	u64 always = mig->behaviours & VFIO_MIG_STREAM_XXH64;
	unsigned int i;

	memset(header, 0, sizeof(*header));
	vfio_mig_bus(mig->vdev)->identity(mig, header);
	for (i = 0; geometry && geometry[i].name; i++)
		header->geometry[i] = cpu_to_le64(geometry[i].value ?
						  geometry[i].value(mig) :
						  *geometry[i].constant);
	header->required = cpu_to_le64(always);
	header->optional = cpu_to_le64(mig->behaviours & ~always);
}
