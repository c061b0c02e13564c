# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash source-path=SCRIPTDIR source-path=SCRIPTDIR/../../tool
#
# What the tests of vfio-mig's commands share that need edus.
. "${0%/*}/commands.sh"
. "${0%/*}/bound.sh"

# Where the golden streams are.
# shellcheck disable=SC2034
GOLDEN=golden

read -ra EDU <<<"${VFIO_MIG_EDU:-}"
two_of "edu devices" "${EDU[@]}"
A=$first B=$second

# until_open PID: that process has a device open.  To ask vfio-mig would be to open it
# first.
until_open() {
	local tries=0
	until readlink "/proc/$1/fd/"* | grep -qE 'vfio-device|vfio/devices/'; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "nobody opens it"
		sleep 0.1
	done
}

properties_on() {
	local device is
	for device in "$A" "$B"; do
		read -r is <"$PCI/devices/$device/vfio_mig/dma-pending"
		[ "$is" = 1 ] || vfio-mig dev set "$device" dma-pending on >/dev/null ||
			fail "$device: cannot switch dma-pending on"
	done
}

between_tests() {
	bound "$A" && bound "$B" && properties_on
}
