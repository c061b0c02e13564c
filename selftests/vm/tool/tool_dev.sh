#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig dev, arcs and state: the exit status, the shape of what they say, and
# that -j is JSON.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"

test_dev_bind_and_unbind() {
	run 0 dev unbind "$A"
	says "$A: bound to no driver"
	run 1 dev unbind "$A"
	run 0 dev bind "$A"
	run 0 -j dev unbind "$A"
	json '.driver == null'
	run 1 state get "$A"
	complains "vfio-mig dev bind $A"
	run 1 dev bind "$A" no-such-driver
	run 0 dev bind "$A"
	says "$A: bound to edu_vfio_pci"
	run 0 -j dev bind "$A"
	json ".device == \"$A\" and .driver == \"edu_vfio_pci\""
}

# hold [PROGRAM]: a process has A open, until it is let go.
hold() {
	rm -f "$WORK/commands"
	mkfifo "$WORK/commands"
	"${1:-vfio-mig}" -b "$WORK/commands" >/dev/null 2>&1 &
	HOLDER=$!
	exec 9>"$WORK/commands"
	echo "dev open $A" >&9
	until_open "$HOLDER"
}

let_go() {
	exec 9>&-
	wait "$HOLDER" || :
}

# unseen ARGUMENT…: where /proc does not show the process that has A.  Nothing ends
# who waits for that in the kernel but that it is closed; so it is not waited for.
unseen() {
	local status=0
	timeout -s KILL $((60 * ${VFIO_MIG_PATIENCE:-1})) unshare -pf --mount-proc \
		vfio-mig "$@" >"$WORK/out" 2>"$WORK/err" 9>&- || status=$?
	[ "$status" = 1 ] || fail "$*: status $status instead of 1"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "$*: not one line"
	complains "$A: in use by a process that cannot be seen here"
	complains "in another PID namespace"
}

# refused_unseen DRIVER OTHER: and so neither driver nor override is another one.
refused_unseen() {
	local override
	bound "$A" "$1"
	hold
	override=$(cat "/sys/bus/pci/devices/$A/driver_override")
	unseen dev unbind "$A"
	unseen dev bind "$A" "$2"
	unseen dev unbind --dry-run "$A"
	unshare -pf --mount-proc vfio-mig dev show "$A" >"$WORK/out" 9>&- ||
		fail "dev show fails"
	says "busy: by a process that cannot be seen here"
	[ "$(cat "/sys/bus/pci/devices/$A/driver_override")" = "$override" ] ||
		fail "another driver_override"
	[ "$(basename "$(readlink "/sys/bus/pci/devices/$A/driver")")" = "$1" ] ||
		fail "another driver"
	let_go
	run 0 dev unbind "$A"
}

test_dev_unbind_does_not_wait_for_whom_it_cannot_see() {
	refused_unseen edu_vfio_pci vfio-pci
	refused_unseen vfio-pci edu_vfio_pci
}

# A process is called what it likes: what a terminal obeys, and what is no UTF-8.
test_the_name_of_who_has_it_is_shown_as_text() {
	local name=$'\e[31m"\xff\xc2\x9bX' shown='?[31m"??X'
	ln -s "$(readlink -f "$(command -v vfio-mig)")" "$WORK/$name"
	hold "$WORK/$name"
	[ "$(cat "/proc/$HOLDER/comm")" = "$name" ] || fail "it is not called so"
	run 0 dev show "$A"
	says "busy: $shown (pid $HOLDER)"
	! LC_ALL=C grep -q '[^ -~]' "$WORK/out" || fail "says what is no text"
	run 0 -j dev show "$A"
	json '.devices[0].holder == "?[31m\"??X"'
	! LC_ALL=C grep -q '[^ -~]' "$WORK/out" || fail "says what is no text"
	run 1 dev unbind "$A"
	complains "in use by $shown (pid $HOLDER)"
	run 1 dev set "$A" p2p off
	complains "$shown (pid $HOLDER) has it open"
	run 1 save "$A"
	complains "it is open in $shown (pid $HOLDER)"
	let_go
}

# The kernel lists a device with its bus before the device names that.
test_what_was_plugged_in_just_now_has_a_bus() {
	local folder=$WORK/device
	mkdir "$folder"
	cp "/sys/bus/pci/devices/$A"/{vendor,device,modalias} "$folder"
	# shellcheck disable=SC2016
	unshare -m bash -c 'mount --bind "$2" "/sys/bus/pci/devices/$1" &&
		! [ -e "/sys/bus/pci/devices/$1/subsystem" ] &&
		vfio-mig -j dev show "$1" &&
		vfio-mig dev bind --dry-run "$1" edu_vfio_pci' - "$A" "$folder" \
		>"$WORK/out" 2>"$WORK/err" || fail "$(cat "$WORK/err")"
	says '"bus":"pci"'
	says "$A: would be bound to edu_vfio_pci"
}

test_dev_bind_without_doing_it() {
	run 0 dev bind --dry-run "$A" vfio-pci
	says "$A: would leave edu_vfio_pci and be bound to vfio-pci"
	run 0 -j dev unbind --dry-run "$A"
	json '.dry_run and .from == "edu_vfio_pci"'
	run 0 dev unbind "$A"
	run 0 -j dev bind --dry-run "$A"
	json '.dry_run and .driver == "edu_vfio_pci" and .from == null'
	run 1 dev unbind --dry-run "$A"
	complains "there is nothing to do"
	run 0 dev bind "$A"
	run 0 -j dev show "$A"
	json '.devices[0].driver == "edu_vfio_pci"'
}

# Whoever writes to the device waits until its reset is over; so all of them have
# seen it without a driver before the first gives it one.
test_dev_bind_by_many_at_once() {
	local pid pids=() i
	run 0 dev unbind "$A"
	echo 1 >"/sys/bus/pci/devices/$A/reset" &
	for i in 1 2 3 4; do
		vfio-mig dev bind "$A" >"$WORK/out.$i" 2>"$WORK/err" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || fail "one of them says that it cannot be bound"
	done
	wait
	run 0 -j dev show "$A"
	json '.devices[0].driver == "edu_vfio_pci"'
}

# As if a UART had been bound, unplugged, and the edu plugged in there.
test_what_another_device_had_is_not_for_this_one() {
	local memory=/run/vfio-mig/$A override=/sys/bus/pci/devices/$A/driver_override
	run 0 dev unbind "$A"
	echo edu_vfio_pci >"$override"
	printf 'driver serial\noverride serial\ndevice 1b36:0002\n' >"$memory"
	run 1 dev unbind "$A"
	complains "$A: not bound to a VFIO driver"
	run 0 dev bind "$A"
	grep -qx 'device 1234:11e8' "$memory" || fail "it does not say of which device it is"
	run 0 dev unbind "$A"
	[ "$(<"$override")" = edu_vfio_pci ] || fail "it has the other's driver_override"
	# What an earlier version has kept says no device.
	printf 'driver \noverride serial\n' >"$memory"
	run 0 dev unbind "$A"
	[ "$(<"$override")" = serial ] || fail "what was kept is not restored"
	echo >"$override"
	run 0 dev bind "$A"
}

test_dev_show() {
	run 0 dev show
	says "$A"
	says "$B"
	says edu_vfio_pci
	fits_80
	run 0 -j dev show
	json '.devices | map(select(.driver == "edu_vfio_pci")) | length >= 2'
	run 0 dev show "${A#0000:}"
	says "dma-pending on"
	run 0 -j dev show "$A"
	json '.devices | length == 1'
	json '.devices[0].properties["dma-pending"] == true'
	json '.devices[0].properties.p2p == true'
	json '.devices[0].migration | index("STOP_COPY")'
}

test_dev_set() {
	run 0 dev set "$A" dma-pending off
	says "$A: dma-pending is off"
	run 0 -j dev show "$A"
	json '.devices[0].properties["dma-pending"] == false'
	run 0 -j dev set "$A" dma-pending on
	json '.property == "dma-pending" and .on'
	run 0 dev set "$A" p2p off
	run 0 -j dev show "$A"
	json '.devices[0].migration | index("P2P") == null'
	run 0 dev set "$A" p2p on
	run 1 dev set "$A" nonsense on
	complains "there are: dma-"
	run 1 dev set "$A" ../remove on
}

# In RESUMING, until the pipe is closed.
test_dev_set_says_who_has_it_open() {
	local holder
	mkfifo "$WORK/pipe"
	vfio-mig restore "$A" <"$WORK/pipe" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$WORK/pipe"
	until_open "$holder"
	run 1 dev set "$A" dma-pending off
	complains "vfio-mig (pid $holder) has it open"
	run 1 state get "$A"
	run 0 dev show "$A"
	says "busy: vfio-mig (pid $holder)"
	says "dma-pending on"
	exec 9>&-
	wait "$holder" || :
}

test_arcs_show() {
	run 0 arcs show "$A"
	says STOP_COPY
	fits_80
	run 0 -j arcs show "$A"
	json '.source == "driver" and (.arcs | length == 64)'
	run 0 arcs show "$A" running stop-copy
	says "combination: RUNNING -> "
	run 0 -j arcs show "$A" STOP STOP
	json '.verdict == "stays"'
	run 4 arcs show "$A" STOP ERROR
	complains "does not support STOP -> ERROR"
}

# pictures OPTION: of a device with P2P, kept in all, and of one without.
pictures() {
	run 0 arcs show "$1" "$A"
	says "PRE_COPY_P2P"
	cp "$WORK/out" "$WORK/all"
	run 0 dev set "$A" p2p off
	run 0 arcs show "$1" "$A"
	says STOP_COPY
	says_not P2P
	run 0 dev set "$A" p2p on
	cmp -s "$WORK/out" "$WORK/all" && fail "both look the same"
	:
}

test_arcs_show_draws() {
	pictures --svg
	[[ $(head -n 1 "$WORK/all") == "<svg xmlns="*">" &&
		$(tail -n 1 "$WORK/all") == "</svg>" ]] || fail "is no SVG"
	[ "$(grep -c '<rect x=' "$WORK/all")" = 8 ] || fail "not all states"
	[ "$(grep -c 'marker-end' "$WORK/all")" = 15 ] || fail "not all arcs"
	pictures --dot
	[ "$(grep -c ' -> ' "$WORK/all")" = 15 ] || fail "not all arcs"
	[ "$(tail -n 1 "$WORK/all")" = "}" ] || fail "is not whole"
	run 2 arcs show --svg "$A" STOP RUNNING
	run 2 arcs show --svg --dot "$A"
	run 2 -j arcs show --svg "$A"
}

test_state_get_and_set() {
	run 0 state get "$A"
	says RUNNING
	run 0 -j state get "$A"
	json '.state == "RUNNING"'
	run 0 state set "$A" stop
	run 0 -j state set "$A" STOP_COPY
	json '.from == "RUNNING" and .to == "STOP_COPY" and .ns > 0'
	run 4 state set "$A" ERROR
}

run_tests "$0"
