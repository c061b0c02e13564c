#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig fault: set, show and clear, and what they say of what cannot be.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"

KNOBS=/sys/kernel/debug/vfio_mig

all_off() {
	local file is
	for file in "$KNOBS/$A"/*; do
		is=
		read -r is <"$file"
		[ -z "$is" ] || fail "$file is on"
	done
}

test_fault_show() {
	run 0 fault show "$A"
	says "fail_arc     off"
	says "stuck_dirty  off"
	[ "$(wc -l <"$WORK/out")" = "$(find "$KNOBS/$A" -type f | wc -l)" ] ||
		fail "not a line for each knob"
	run 0 -v fault show "${A#0000:}"
	says "FROM TO ERRNO [NTH]"
	fits_80
	run 0 -j fault show "$A"
	json ".device == \"$A\" and (.knobs | all(.armed == []))"
	json '.knobs | map(.knob) | index("delay_arc") and index("short_save")'
}

test_fault_set() {
	run 0 fault set "$A" fail_arc RUNNING_P2P STOP 5 2
	says "$A: fail_arc: RUNNING_P2P STOP 5 2"
	[ "$(cat "$KNOBS/$A/fail_arc")" = "RUNNING_P2P STOP 5 2" ] ||
		fail "it is not set"
	run 0 -j fault set "$A" fail-arc stop stop-copy enospc
	json '.knob == "fail_arc" and .armed == ["RUNNING_P2P STOP 5 2",
		"STOP STOP_COPY 28 1"]'
	run 0 fault show "$A"
	says "fail_arc     RUNNING_P2P STOP 5 2"
	says "             STOP STOP_COPY 28 1"
	run 0 -j fault show "$A"
	json '.knobs[] | select(.knob == "fail_arc") | .armed | length == 2'
	[ -z "$(cat "$KNOBS/$B/fail_arc")" ] ||
		fail "the other one has it too"
}

# As faults.md says of the files; names are for people, and the tool turns them.
test_the_files_take_numbers_where_the_tool_takes_names() {
	! echo "RUNNING_P2P STOP EIO" 2>/dev/null >"$KNOBS/$A/fail_arc" ||
		fail "it takes a name"
	all_off
	echo "RUNNING_P2P STOP 5" >"$KNOBS/$A/fail_arc" ||
		fail "it takes no number"
	[ "$(cat "$KNOBS/$A/fail_arc")" = "RUNNING_P2P STOP 5 1" ] ||
		fail "it is not set"
	run 0 fault set "$A" fail_arc STOP STOP_COPY ENOSPC
	[ "$(tail -n 1 "$KNOBS/$A/fail_arc")" = "STOP STOP_COPY 28 1" ] ||
		fail "it is not the number"
}

test_fault_clear() {
	run 0 fault set "$A" fail_arc STOP STOP_COPY EIO
	run 0 fault set "$A" stuck_dirty 5000
	run 0 fault clear "$A" fail-arc
	says "$A: fail-arc is off"
	[ "$(cat "$KNOBS/$A/stuck_dirty")" = 5000 ] || fail "the other is off too"
	run 0 fault clear "$A"
	says "$A: all knobs are off"
	all_off
	run 0 -j fault clear "$A" short_save
	json '.knob == "short_save"'
	run 0 -j fault clear "$A"
	json ".device == \"$A\" and .knob == null"
}

test_what_is_set_happens() {
	run 0 fault set "$A" fail_arc RUNNING_P2P STOP EIO
	run 1 state set "$A" STOP
	complains "injected fault"
	run 0 state set "$A" STOP
	run 0 fault set "$A" short_save 100
	run 0 save "$A"
	[ "$(stat -c %s "$WORK/out")" = 100 ] || fail "the stream is not short"
	run 1 migrate "$A" "$B"
	run 0 fault clear "$A"
	run 0 migrate "$A" "$B"
}

# recipe WORD...: does the migration end as it has to, and is all well again?  What is
# done before and after it takes one vfio-mig each.
recipe() {
	local expected=0
	[[ "$*" != *"_arc "* && "$*" != *" short_save "* ||
		"$*" == *" delay_arc "* ]] || expected=1
	{
		echo "dev set $A pre-copy on"
		[[ "$*" != "fault set $A "*_arc* || "$*" == *PRE_COPY* ]] ||
			echo "dev set $A pre-copy off"
		echo "$*"
	} >"$WORK/before"
	run 0 -b "$WORK/before"
	run "$expected" migrate "$A" "$B"
	[[ "$*" != *"_arc "* || $expected = 0 ]] || complains "injected fault"
	printf '%s\n' "fault clear $3" "dev set $A pre-copy on" \
		"migrate $A $B" >"$WORK/after"
	run 0 -b "$WORK/after"
}

test_each_recipe_does_what_it_says() {
	local line words count=0
	while read -ru 3 line; do
		line=${line//\$A/$A}
		read -ra words <<<"${line//\$B/$B}"
		recipe "${words[@]}"
		count=$((count + 1))
	done 3<"${0%/*}/fault_recipes"
	[ "$count" -ge 14 ] || fail "there are only $count recipes"
}

test_what_cannot_be_says_what_can() {
	run 1 fault set "$A" nonsense 1
	complains "there are: fail_arc, "
	run 1 fault clear "$A" nonsense
	complains "there are: fail_arc, "
	run 1 fault set "$A" ../"$B"/fail_arc STOP STOP_COPY 5
	run 1 fault set "$A" fail_arc RUNNING STOP EIO
	complains "it takes FROM TO ERRNO [NTH], where one arc leads"
	run 1 fault set "$A" fail_arc RUNNING RUNNING_P2P ENONSENSE
	run 1 fault set "$A" delay_arc RUNNING RUNNING_P2P 60001
	complains "out of range; it takes FROM TO MS"
	run 1 fault set "$A" short_save -- -1
	complains "it takes BYTES"
	run 2 fault set "$A" fail_arc
	all_off
}

test_a_driver_without_knobs_is_status_4() {
	bound "$A" vfio-pci
	run 4 fault show "$A"
	complains "its driver vfio-pci has no knobs"
	complains "vfio-mig dev bind $A"
	run 4 fault set "$A" short_save 1
	run 4 -j fault clear "$A"
}

# In a mount namespace of its own, so that nobody else misses it.
test_without_debugfs_it_says_how_to_mount_it() {
	local status=0
	unshare -m sh -c "umount -l /sys/kernel/debug && vfio-mig fault show $A" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 4 ] || fail "status $status instead of 4"
	complains "mount -t debugfs none /sys/kernel/debug"
}

test_it_is_for_root_only() {
	local status=0
	setpriv --reuid 65534 --clear-groups "$(command -v vfio-mig)" \
		fault show "$A" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 1 ] || fail "status $status instead of 1"
	complains "run as root"
}

run_tests "$0"
