# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests of vfio-mig's commands share, whichever devices they need.

PCI=/sys/bus/pci

# two_of WHAT [DEVICE…]: sets $first and $second.  Where there are not so many, there is
# nothing to be tested.
# shellcheck disable=SC2034
two_of() {
	first=${2:-} second=${3:-}
	[ -z "$second" ] || return 0
	echo "KTAP version 1"
	echo "1..0 # SKIP needs two $1"
	exit 4
}

# bound DEVICE [DRIVER]: it has that driver then.  Mostly there is nothing to be done, and
# then the tool is not started for it.
bound() {
	[ "$PCI/devices/$1/driver" -ef "$PCI/drivers/${2:-edu_vfio_pci}" ] ||
		vfio-mig dev bind "$1" "${2:-edu_vfio_pci}" >/dev/null ||
		fail "cannot bind $1"
}
