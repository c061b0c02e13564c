// SPDX-License-Identifier: GPL-2.0
/* The rules that it keeps but for its fault; kbuild likes sources here. */
#include "../../../drivers/vfio/mig/arcs.c"
