# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests of vfio-mig's commands share, whichever devices they need.

PCI=/sys/bus/pci

# bound DEVICE [DRIVER]: it has that driver then.  Mostly there is nothing to be done, and
# then the tool is not started for it.
bound() {
	[ "$PCI/devices/$1/driver" -ef "$PCI/drivers/${2:-edu_vfio_pci}" ] ||
		vfio-mig dev bind "$1" "${2:-edu_vfio_pci}" >/dev/null ||
		fail "cannot bind $1"
}
