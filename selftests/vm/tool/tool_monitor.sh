#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig monitor, and what dev show tells of a device that is busy.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"

SECONDS_AT_MOST=60

# monitor ARGUMENT…: in the background; its lines come from descriptor 7, and
# are kept in $WORK/told.
monitor() {
	rm -f "$WORK/pipe"
	mkfifo "$WORK/pipe"
	: >"$WORK/told"
	"${PREFIX[@]}" vfio-mig "$@" >"$WORK/pipe" 2>"$WORK/err" 8>&- &
	MONITOR=$!
	exec 7<"$WORK/pipe"
	until_line listening
}
PREFIX=()

# until_line TEXT: what comes up to a line with that is kept.
until_line() {
	local line
	while read -r -t "$SECONDS_AT_MOST" line <&7; do
		printf '%s\n' "$line" >>"$WORK/told"
		[[ $line != *"$1"* ]] || return 0
	done
	fail "the monitor does not say: $1"
}

monitor_ends() {
	kill "$MONITOR"
	wait "$MONITOR" 2>/dev/null
	exec 7<&-
	cp "$WORK/told" "$WORK/out"
	# Each line is a value that has its schema.
	! grep -q '^{' "$WORK/told" ||
		split -l 1 -a 4 "$WORK/told" "$(mktemp -u "$WORK/json.XXXXXX")"
}

# event FILTER: there is one of which that holds.
event() {
	jq -se "any(.[]; $1)" "$WORK/told" >/dev/null || fail "no event: $1"
}

# count FILTER: of how many that holds.
count() {
	jq -s "map(select($1)) | length" "$WORK/told"
}

no_event() {
	jq -se "all(.[]; ($1) | not)" "$WORK/told" >/dev/null ||
		fail "an event: $1"
}

test_transitions_are_told() {
	local before after
	before=$(date +%s%N)
	monitor -j monitor "$A"
	run 0 state get "$B"
	vfio-mig walk --whole "$A" STOP RUNNING >/dev/null || fail "no walk"
	until_line '"cause":"close"'
	monitor_ends
	after=$(date +%s%N)
	event ".event == \"device\" and .device == \"$A\" and .open == false and
		.driver == \"edu_vfio_pci\" and .state_ns > 0"
	[ "$(count ".time_ns < $before or .time_ns > $after")" = 0 ] ||
		fail "told as of another time"
	event '.cause == "open"'
	event '.event == "state" and .cause == "set" and .from == "RUNNING" and
		.to == "STOP" and .state == "STOP" and .ns > 0 and
		[.arcs[].to] == ["RUNNING_P2P", "STOP"]'
	event '.event == "state" and .from == "STOP" and .to == "RUNNING"'
	no_event ".device == \"$B\""
}

test_a_migration_ends_with_its_downtime() {
	monitor -j monitor
	vfio-mig -j migrate "$A" "$B" >"$WORK/migrate" || fail "no migration"
	until_line '"event":"migration"'
	monitor_ends
	event ".event == \"migration\" and .source == \"$A\" and
		.device == \"$B\" and .bytes == $(jq .bytes "$WORK/migrate") and
		.downtime_ns > 0 and
		.downtime_ns <= $(jq .downtime_ns "$WORK/migrate")"
	event ".event == \"progress\" and .device == \"$A\" and
		.state == \"PRE_COPY\" and .session_bytes > 0 and
		.remaining >= 0 and .initial >= 0 and .dirty >= 0"
	event ".event == \"progress\" and .device == \"$B\" and
		.state == \"RESUMING\" and .remaining == null and .dirty == null"
}

# What is dirty is what the knob says, so it can be told from the rest.
test_progress_tells_what_is_to_come() {
	run 0 fault set "$A" stuck_dirty 123456
	monitor -j monitor "$A"
	vfio-mig migrate "$A" "$B" >/dev/null || fail "no migration"
	until_line '"cause":"close"'
	monitor_ends
	run 0 fault clear "$A"
	event '.event == "progress" and .dirty == 123456 and .initial < 123456'
	event '.event == "state" and .from == "PRE_COPY" and .session_bytes > 0 and
		(.arcs | length > 0 and all(.from != .to))'
}

# hold COMMAND…: a batch that keeps A open, and its commands.
hold() {
	rm -f "$WORK/commands"
	mkfifo "$WORK/commands"
	vfio-mig -b "$WORK/commands" --force >/dev/null 2>&1 7<&- &
	HOLDER=$!
	exec 8>"$WORK/commands"
	printf '%s\n' "dev open $A" "$@" >&8
}

let_go() {
	exec 8>&-
	wait "$HOLDER"
}

test_counters_are_what_was_done() {
	local size state_ns
	bound "$A" vfio-pci
	bound "$A"
	monitor -j monitor "$A"
	vfio-mig save "$A" >"$WORK/stream" || fail "cannot save"
	vfio-mig save "$A" >"$WORK/stream" || fail "cannot save"
	vfio-mig restore "$A" <"$WORK/stream" >/dev/null || fail "cannot load"
	hold "reset $A" "reset $A" "reset $A" "reset $A" "reset $A" \
		"state set $A PRE_COPY" "state set $A RUNNING_P2P" \
		"fault set $A fail_arc RUNNING_P2P STOP ENOSPC" \
		"state set $A STOP"
	until_line '"error":"ENOSPC"'
	run 0 -j -v dev show "$A"
	state_ns=$(jq '.devices[0].state_ns' "$WORK/out")
	run 0 -j -v dev show "$A"
	size=$(stat -c %s "$WORK/stream")
	json ".devices[0] | .state == \"RUNNING_P2P\" and .failures == 1 and
		.transitions == $(count '.cause == "set" and .errno == null') and
		.resets == $(count '.cause == "reset"') and .resets >= 5 and
		.sessions == 4 and .bytes_read == 2 * $size and
		.bytes_written == $size and .session_bytes == 0 and
		.migration == [\"STOP_COPY\", \"P2P\", \"PRE_COPY\"] and
		.state_ns > $state_ns and
		(.last_error | test(\"injected fault\"))"
	run 0 -v dev show
	says " failed 1, resets "
	says "    last error: "
	fits_80
	let_go
	monitor_ends
}

test_a_device_that_is_open_already_is_shown_so() {
	hold "state set $A STOP"
	until [ "$(vfio-mig -j dev show "$A" | jq -r '.devices[0].state')" = STOP ]; do
		kill -0 "$HOLDER" || fail "it does not stop"
	done
	monitor -j monitor "$A"
	let_go
	until_line '"cause":"close"'
	monitor_ends
	event '.event == "device" and .open and .state == "STOP"'
}

# Its events are numbered from one again.
test_a_device_that_is_bound_anew_is_heard() {
	monitor -j monitor "$A"
	run 0 walk "$A" STOP RUNNING STOP RUNNING STOP RUNNING
	until_line '"cause":"close"'
	bound "$A" vfio-pci
	bound "$A"
	run 0 walk "$A" STOP
	until_line '"cause":"close"'
	monitor_ends
	[ "$(count '.cause == "open"')" = 2 ] || fail "not both openings"
	[ "$(count '.lost != null')" = 0 ] || fail "something is lost"
}

test_a_stream_from_a_file_is_no_migration() {
	vfio-mig save "$A" >"$WORK/stream" || fail "cannot save"
	monitor -j monitor
	vfio-mig save "$A" >"$WORK/stream" || fail "cannot save"
	vfio-mig restore "$B" <"$WORK/stream" >/dev/null || fail "cannot load"
	until_line "\"device\":\"$B\",\"cause\":\"close\""
	monitor_ends
	event ".device == \"$B\" and .from == \"RESUMING\" and
		.session_bytes == $(wc -c <"$WORK/stream")"
	no_event '.event == "migration"'
}

test_text_fits_a_terminal() {
	monitor -v monitor
	vfio-mig migrate "$A" "$B" >/dev/null || fail "no migration"
	until_line "from $A: downtime"
	monitor_ends
	says "listening"
	says "PRE_COPY_P2P -> STOP_COPY"
	fits_80
}

test_on_a_terminal_it_is_coloured() {
	export WORK
	# shellcheck disable=SC2016
	PREFIX=(bash -c 'exec script -qefc "$*" "$WORK/terminal"' -)
	monitor -v monitor "$A"
	vfio-mig walk --whole "$A" STOP RUNNING >/dev/null || fail "no walk"
	until_line "close in"
	monitor_ends
	says $'\e[36m'"$A"
	says $'\e[32mRUNNING\e[0m -> \e[33mSTOP\e[0m'
	says $'\e[33mSTOP        \e[0m -> '
}

test_a_failure_is_told_with_its_reason() {
	monitor -j monitor "$A"
	echo "RUNNING_P2P STOP 28" >"/sys/kernel/debug/vfio_mig/$A/fail_arc"
	run 1 state set "$A" STOP
	until_line '"cause":"close"'
	monitor_ends
	event '.event == "error" and .errno == 28 and .from == "RUNNING_P2P" and
		.to == "STOP" and (.reason | test("injected fault"))'
	event '.event == "state" and .errno == 28 and .error == "ENOSPC" and
		.state == "RUNNING" and
		(.arcs | any(.to == "STOP" and .errno == 28))'
	monitor monitor "$A"
	run 0 fault set "$A" error_arc RUNNING_P2P STOP
	run 1 state set "$A" STOP
	until_line "close in"
	monitor_ends
	says "RUNNING -> STOP failed: EIO, now ERROR"
}

# It is stopped while more happens than its socket has room for.
test_lost_events_are_told_and_made_good() {
	local states=() rounds=0
	while [ ${#states[@]} -lt 60 ]; do
		states+=(STOP RUNNING)
	done
	monitor -j monitor "$A"
	kill -STOP "$MONITOR"
	while [ $((rounds += 1)) -le 10 ]; do
		vfio-mig walk --whole "$A" "${states[@]}" >/dev/null ||
			fail "no walk"
	done
	kill -CONT "$MONITOR"
	until_line '"event":"lost"'
	until_line '"event":"device"'
	vfio-mig reset "$A" >/dev/null || fail "no reset"
	until_line '"cause":"reset"'
	monitor_ends
	jq -se 'map(select(.event == "state") | .lost // 0) | add == 0' \
		"$WORK/told" >/dev/null || fail "told as lost twice"
}

test_a_busy_device_tells_its_state() {
	local holder
	monitor -j monitor "$A"
	mkfifo "$WORK/loading"
	vfio-mig restore "$A" <"$WORK/loading" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$WORK/loading"
	until_line '"state":"RESUMING"'
	run 0 -j dev show "$A"
	json '.devices[0] | .busy and .state == "RESUMING" and .sessions >= 1 and
		(.migration | index("STOP_COPY")) and .state_ns > 0'
	run 0 dev show "$A"
	says "busy: vfio-mig (pid $holder), RESUMING for "
	fits_80
	run 0 dev show
	says "busy: vfio-mig (pid $holder), RESUMING for "
	fits_80
	exec 9>&-
	wait "$holder"
	until_line '"cause":"close"'
	monitor_ends
}

test_who_may_not_listen_is_told_why() {
	local status=0
	setpriv --reuid 65534 --clear-groups "$(command -v vfio-mig)" monitor \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 1 ] || fail "status $status"
	complains CAP_NET_ADMIN
	run 2 monitor --nonsense
	run 1 monitor ffff:00:00.0
}

# The family is there, in the first one only.
test_another_network_namespace_is_said_to_be_one() {
	local status=0
	unshare -n vfio-mig monitor >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 1 ] || fail "status $status"
	complains "another network namespace than the first"
	complains --poll
	complains nsenter
	hold
	until_open "$HOLDER"
	unshare -n vfio-mig dev show "$A" >"$WORK/out" 2>"$WORK/err" ||
		fail "dev show fails"
	says "busy: vfio-mig (pid $HOLDER)"
	says "no more is told: this is another network namespace than the first"
	fits_80
	unshare -n vfio-mig -j dev show "$A" >"$WORK/out" 2>"$WORK/err" ||
		fail "dev show fails"
	cp "$WORK/out" "$(mktemp "$WORK/json.XXXXXX")"
	json '.devices[0] | .busy and .state == null and
		(.untold | test("network namespace"))'
	setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		vfio-mig dev show "$A" >"$WORK/out" 2>"$WORK/err" ||
		fail "dev show fails"
	says "no more is told: to ask its driver takes CAP_NET_ADMIN"
	let_go
	# What has nothing to tell is not said to be silent.
	bound "$A" vfio-pci
	hold
	until_open "$HOLDER"
	unshare -n vfio-mig dev show "$A" >"$WORK/out" 2>"$WORK/err" ||
		fail "dev show fails"
	says "busy: vfio-mig (pid $HOLDER)"
	says_not "no more is told"
	let_go
}

# Debian's kernels have none of VFIO's debugfs; for them one is made up.
DEBUGFS=/sys/kernel/debug/vfio

test_poll_reads_debugfs() {
	[ -d "$DEBUGFS" ] || {
		run 4 monitor --poll "$A"
		complains CONFIG_VFIO_DEBUGFS
	}
	mkfifo "$WORK/go"
	cat >"$WORK/poll" <<-'END'
		state=$DEBUGFS/$A/migration/state
		mount -t tmpfs tmpfs /sys/kernel/debug
		mkdir -p "${state%/state}"
		echo RUNNING >"$state"
		{ read -r _ <"$WORK/go"; echo STOP_COPY >"$state"; } &
		exec "$@"
	END
	export A WORK DEBUGFS
	PREFIX=(unshare -m bash "$WORK/poll")
	monitor -j monitor --poll "$A"
	echo >"$WORK/go"
	until_line '"event":"state"'
	monitor_ends
	event ".event == \"device\" and .device == \"$A\" and
		.state == \"RUNNING\""
	event '.event == "state" and .from == "RUNNING" and
		.state == "STOP_COPY"'
}

test_poll_knows_what_the_kernel_calls_the_states() {
	local before=RUNNING state
	[ -d "$DEBUGFS" ] || skip "this kernel lacks CONFIG_VFIO_DEBUGFS"
	monitor -j monitor --poll "$A"
	hold
	for state in RUNNING_P2P PRE_COPY_P2P PRE_COPY STOP_COPY STOP RESUMING; do
		echo "state set $A $state" >&8
		until_line "\"from\":\"$before\",\"state\":\"$state\""
		before=$state
	done
	let_go || fail "the batch fails"
	until_line '"from":"RESUMING","state":"RUNNING"'
	monitor_ends
}

test_poll_of_what_has_no_state() {
	[ -d "$DEBUGFS" ] || skip "this kernel lacks CONFIG_VFIO_DEBUGFS"
	bound "$A" vfio-pci
	run 4 monitor --poll "$A"
	complains "vfio-mig dev bind $A edu_vfio_pci"
	run 0 dev unbind "$A"
	run 1 monitor --poll "$A"
	complains "not bound to a VFIO driver"
	PREFIX=(setpriv --reuid=65534 --clear-groups)
	"${PREFIX[@]}" vfio-mig monitor --poll "$B" >"$WORK/out" 2>"$WORK/err"
	complains "run as root"
}

run_tests "$0"
