/* SPDX-License-Identifier: GPL-2.0 */
/* Pictures, as SVG or for graphviz. */
#ifndef VFIO_MIG_DRAW_H
#define VFIO_MIG_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "arcs.h"
#include "vfiomig.h"

/* draw_machine.c: what @routes say; NULL: all there is, optional states dashed */
void draw_machine_svg(FILE *out, const struct vfio_mig_routes *routes,
		      const char *title);
void draw_machine_dot(FILE *out, const struct vfio_mig_routes *routes,
		      const char *title);

/**
 * struct timeline_sample - how many bytes had moved at a time
 * @at: The time.
 * @bytes: Of the whole migration.
 */
struct timeline_sample {
	__u64 at;
	__u64 bytes;
};

/* draw_timeline.c: a migration that succeeded */
void draw_timeline(FILE *out, const struct vfiomig_migration *run,
		   const char *src, const char *dst,
		   const struct timeline_sample *samples, size_t count);

#endif /* VFIO_MIG_DRAW_H */
