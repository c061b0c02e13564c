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

# What a test that failed has left of either kind would make others fail, in this program
# and in the next one of the same VM.
properties_on() {
	local device name file is
	for device in "$A" "$B"; do
		for name in p2p pre-copy dma-pending dma-logging; do
			file=$PCI/devices/$device/vfio_mig/$name
			# Not on each kernel is there anything to switch.
			is=1
			[ ! -e "$file" ] || read -r is <"$file"
			[ "$is" = 1 ] || vfio-mig dev set "$device" "$name" on >/dev/null ||
				fail "$device: cannot switch $name on"
		done
	done
}

faults_off() {
	local device file is
	for device in "$A" "$B"; do
		for file in "/sys/kernel/debug/vfio_mig/$device"/*; do
			is=
			[ ! -e "$file" ] || read -r is <"$file"
			[ -z "$is" ] || vfio-mig fault clear "$device" >/dev/null ||
				fail "$device: cannot clear its faults"
		done
	done
}

between_tests() {
	bound "$A" && bound "$B" && properties_on && faults_off
}
