#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig dev, arcs and state: the exit status, the shape of what they say, and
# that -j is JSON.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
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

test_dev_show() {
	run 0 dev show
	says "$A"
	says "$B"
	says edu_vfio_pci
	fits_80
	run 0 -j dev show
	json '.devices | map(select(.driver == "edu_vfio_pci")) | length >= 2'
	run 0 dev show "${A#0000:}"
	says "properties: dma-pending on"
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
	complains "there are: dma-pending"
	run 1 dev set "$A" ../remove on
}

# In RESUMING, until the pipe is closed.
test_dev_set_says_who_has_it_open() {
	local holder tries=0
	mkfifo "$WORK/pipe"
	vfio-mig restore "$A" <"$WORK/pipe" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$WORK/pipe"
	until vfio-mig -j dev show "$A" | jq -e '.devices[0].busy' >/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "nobody opens it"
		sleep 0.1
	done
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
