#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What looks for mistakes of the drivers, on edus in software: failures, races, fuzzing.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
need_mdev

mapfile -t devices < <(vfio-mig dev create edu 3)
[ "${#devices[@]}" = 3 ] || fail "cannot create three"
trap 'delete_all; rm -rf "$WORK"' EXIT
export VFIO_MIG_EDU="${devices[0]} ${devices[1]}" VFIO_MIG_EDU_ROOT=${devices[2]}
export VFIO_MIG_BOCHS=

test_each_failure_while_it_is_open() {
	passes fail_nth
}

test_many_at_once() {
	passes hammer
}

test_calls_by_chance() {
	passes ioctl_fuzz
}

# All that there can be, with the three; what they leave behind is seen at the end.
test_many_come_and_go() {
	local many
	mapfile -t many < <(vfio-mig dev create edu 253)
	[ "${#many[@]}" = 253 ] || fail "cannot create them"
	run 0 dev delete "${many[@]}"
}

run_tests "$0"
