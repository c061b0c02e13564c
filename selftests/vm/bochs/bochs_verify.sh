#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance checks of any driver, on two displays.

for device in $VFIO_MIG_BOCHS; do
	vfio-mig dev bind "$device" >/dev/null || exit
done
# shellcheck disable=SC2086
set -- $VFIO_MIG_BOCHS
exec vfio-mig verify --destructive --peer "$2" "$1"
