#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What looks for mistakes of the drivers, on edus in software: failures, races, fuzzing.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
need_mdev
three_edus

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

# Last: where its memory for a device fails, mdev has one less of them from then on.  Until
# the module is loaded again, for whoever comes next in this VM.
test_each_failure_while_it_comes_and_goes() {
	passes fail_nth_device
	delete_all
	rmmod edu_mdev || fail "cannot unload it"
	# shellcheck disable=SC2119
	load || fail "cannot load it"
}

run_tests "$0"
