// SPDX-License-Identifier: GPL-2.0
/*
 * What is the same where there is hardware: edu_vfio_pci is made of these as well.  A
 * module of its own would be one more to load for a few hundred lines.
 */
#include "names.h"
#include "../../pci/edu/model.c"
#include "../../pci/edu/state.c"
#include "../../pci/edu/dma.c"
