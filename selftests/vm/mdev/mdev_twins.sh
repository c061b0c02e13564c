#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An edu in software beside QEMU's: each access has the same answer, on the bare hardware
# and on it; and a state goes from the one kind to the other and back.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
. "${0%/*}/bound.sh"
need_mdev

read -ra EDU <<<"${VFIO_MIG_EDU:-}"
two_of "edu devices" "${EDU[@]}"
A=$first
M=$(vfio-mig dev create edu) || fail "cannot create one"
trap 'delete_all; rm -rf "$WORK"' EXIT

test_registers() {
	VFIO_MIG_EDU="$A $M" passes edu_registers
}

test_dma() {
	VFIO_MIG_EDU="$A $M" passes edu_dma
}

test_interrupts() {
	VFIO_MIG_EDU="$A $M" passes edu_interrupts
}

test_config_space() {
	VFIO_MIG_EDU="$A $M" passes mdev_config
}

# What the tests of a move do with two of one kind.
test_state_moves_from_hardware_to_software() {
	bound "$A"
	VFIO_MIG_EDU="$A $M" passes edu_state_moves
}

test_state_moves_from_software_to_hardware() {
	bound "$A"
	VFIO_MIG_EDU="$M $A" passes edu_state_moves
}

# golden_streams, which mdev_core runs, has them byte for byte.
test_golden_streams_are_taken_by_both() {
	local device file
	bound "$A"
	for device in "$A" "$M"; do
		for file in golden/edu-*; do
			vfio-mig restore "$device" <"$file" >"$WORK/out" 2>"$WORK/err" ||
				fail "$device does not take $file"
		done
	done
}

test_each_takes_what_the_other_gives() {
	bound "$A"
	run 0 compat "$A" "$M"
	run 0 compat "$M" "$A"
	run 0 migrate "$A" "$M"
	run 0 migrate "$M" "$A"
}

run_tests "$0"
