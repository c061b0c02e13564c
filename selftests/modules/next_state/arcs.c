// SPDX-License-Identifier: GPL-2.0
/* The table that is compared; kbuild likes sources in its own folder. */
#include "../../../drivers/vfio/mig/arcs.c"
