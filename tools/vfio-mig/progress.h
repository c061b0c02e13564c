/* SPDX-License-Identifier: GPL-2.0 */
/* A line on the terminal that says how far something long has come. */
#ifndef VFIO_MIG_PROGRESS_H
#define VFIO_MIG_PROGRESS_H

#include "tool.h"

/* For the library; @ctx is not used. */
void progress_show(const struct vfiomig_progress *progress, void *ctx);

/* Of what goes by rounds; @done of them are over. */
void progress_rounds(const char *what, unsigned int done, unsigned int all);

/* Take the line away, if there is one. */
void progress_end(void);

#endif /* VFIO_MIG_PROGRESS_H */
