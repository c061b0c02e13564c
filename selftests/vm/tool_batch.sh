#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a batch of vfio-mig does with devices: those that it keeps open.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../tool
. "${0%/*}/tool_lib.sh"

# batch STATUS ARGUMENT…: of what stands on stdin.
batch() {
	cat >"$WORK/batch"
	run "$@" -b "$WORK/batch"
}

# states STATE…: those that state get has said, one after the other.
states() {
	[ "$(jq -sr '[.[].state // empty] | join(" ")' "$WORK/out")" = "$*" ] ||
		fail "the states are not $*"
}

test_a_device_that_is_kept_open_keeps_its_state() {
	batch 0 -j <<-END
		dev open $A
		state set $A STOP
		state get $A
		state get ${A#0000:}
		reset $A
		state get $A
		state set $A RUNNING_P2P
		dev close $A
		state get $A
	END
	states STOP STOP RUNNING RUNNING
}

test_without_that_each_line_begins_anew() {
	batch 0 -j <<-END
		state set $A STOP
		state get $A
		dev open $A
		state get $A
	END
	states RUNNING RUNNING
}

test_two_are_kept_open() {
	batch 0 -j <<-END
		dev open $A
		dev open $B
		state set $B STOP
		state get $A
		state get $B
		dev close $B
		state get $B
		migrate $A $B
		state get $A
	END
	states RUNNING STOP RUNNING STOP
}

test_what_wants_it_alone_is_refused() {
	local command
	for command in "verify $A" "replay qemu $A" "dev unbind $A" \
		"dev bind --dry-run $A" "dev open $A"; do
		batch 1 <<-END
			dev open $A
			$command
		END
		complains "$WORK/batch:2: $A: this batch keeps it open; first: dev close $A"
	done
	batch 1 <<<"dev close $A"
	complains "$WORK/batch:1: $A: this batch does not keep it open"
}

test_a_failure_closes_all_of_them() {
	batch 2 <<-END
		dev open $A
		dev open $B
		state set $A STOP
		dance
	END
	complains "$WORK/batch:4: dance"
	run 0 state get "$A"
	says RUNNING
}

run_tests "$0"
