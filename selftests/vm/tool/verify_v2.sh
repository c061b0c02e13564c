#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# MIG_PRECOPY_INFOv2, where the kernel has it: what verify asks of it, of a display that
# says REINIT and of an edu that has no reason to, and the calls of a QEMU that asks for it.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"

read -ra DISPLAYS <<<"${VFIO_MIG_BOCHS:-}"
two_of displays "${DISPLAYS[@]}"
C=$first D=$second

OF_ALL="precopy_v2_ends_with_the_last_close precopy_v2_can_be_probed
	precopy_v2_cannot_be_read precopy_v2_takes_no_data
	precopy_v2_makes_flags_an_output precopy_v2_outlives_a_reset
	reinit_is_told_to_who_asked"
OF_REINIT="reinit_makes_what_waits_initial reinit_is_told_once
	initial_bytes_end_again_after_reinit"

between_tests() {
	bound "$A" && bound "$B" && bound "$C" bochs_vfio_pci &&
		bound "$D" bochs_vfio_pci
	vfio-mig dev set "$A" pre-copy on >/dev/null
}

# passes DEVICE CHECK…: each of them is made, and not skipped.
passes() {
	local device=$1 check
	shift
	for check; do
		run 0 verify "$device" --destructive --only "$check"
		says "ok 1 $check"
		says "# pass 1, fail 0, skip 0, blocked 0"
	done
}

test_of_a_display() {
	# shellcheck disable=SC2086
	passes "$C" $OF_ALL $OF_REINIT
}

test_of_an_edu() {
	local check
	# shellcheck disable=SC2086
	passes "$A" $OF_ALL
	for check in $OF_REINIT; do
		run 0 verify "$A" --destructive --only "$check"
		says "$check # SKIP a change of its state is no reason"
	done
}

test_of_a_device_without_pre_copy() {
	local check=precopy_v2_is_refused_without_pre_copy
	run 0 verify "$A" --only "$check"
	says "$check # SKIP the device has PRE_COPY"
	run 0 dev set "$A" pre-copy off
	passes "$A" "$check"
}

# A geometry that changes in pre-copy, and all that a VMM does about it.
test_qemu_waits_for_initial_bytes_again() {
	run 0 -v replay qemu-11.1 "$C" "$D"
	says "# pass 5, fail 0, skip 0, blocked 0"
	says "# moved: a changed state (bochs-display)"
}

run_tests "$0"
