/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which devices there are to be driven is said by the environment, in the VM as on
 * a host of one's own: nobody else's are touched.
 */
#ifndef TOOLS_DEVICES_NAMED_H
#define TOOLS_DEVICES_NAMED_H

#include <stddef.h>

/*
 * The @nth PCI address in @variable, which has them with spaces between.  -ENODEV
 * if it has not so many, or if that device is not there.
 */
int device_named(const char *variable, unsigned int nth, char *bdf, size_t size);

#endif /* TOOLS_DEVICES_NAMED_H */
