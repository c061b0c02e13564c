# SPDX-License-Identifier: GPL-2.0
#
# Edus in software: the core's programs on them, beside QEMU's own, and how they begin
# and end.  mdev_core needs no device, and no IOMMU.

TESTS += \
	mdev_core:0:2400 \
	mdev_core:0@6.1:2400 \
	mdev_twins:2:1200 \
	mdev_life:2:600

# Run by mdev_twins.
PROGRAMS += mdev_config
