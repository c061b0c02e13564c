#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig bench: that it measures what it says, not what comes out.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"

test_wrong_usage_is_status_2() {
	run 2 bench
	run 2 bench --rounds 0 "$A"
	run 2 bench --rounds 1x "$A"
	run 2 bench --rounds -1 "$A"
	run 2 bench --link 1000000 "$A"
	run 1 bench ffff:00:00.0
	run 1 bench "$A" --vs ffff:00:00.0
	run 1 bench "$A" --vs "$A"
	complains "$A: cannot be measured beside itself"
	run 1 bench "$A" --peer "$B" --vs "${B#0000:}"
	complains "cannot be measured beside itself"
	run 1 bench --svg "$WORK/none/x.svg" "$A"
}

# So that what was drawn once is not lost to a run that fails.
test_a_picture_stays_if_nothing_is_measured() {
	echo kept >"$WORK/x.svg"
	run 0 fault set "$A" fail_arc RUNNING_P2P STOP ENOMEM
	run 1 bench --rounds 1 --svg "$WORK/x.svg" "$A"
	run 0 fault set "$A" fail_arc RUNNING_P2P STOP ENOMEM
	run 1 bench --rounds 1 --svg "$WORK/new.svg" "$A"
	[ "$(<"$WORK/x.svg")" = kept ] || fail "the picture is not what it was"
	[ ! -e "$WORK/new.svg" ] || fail "there is an empty picture"
}

test_each_arc_is_measured_in_each_round() {
	run 0 -j bench --rounds 5 "$A"
	json '.rounds == 5 and (.devices | length == 1)'
	json '.devices[0].arcs | length == 15 and all(.rounds >= 5)'
	json '.devices[0].arcs | map([.from, .to]) | unique | length == 15'
	json '.devices[0].calls | map(.call) == ["clock", "get", "stay",
		"arc_supported", "arcs_supported", "precopy_info"]'
	json '.devices[0].calls | all(.rounds == 5)'
	json '[.devices[0].calls[], .devices[0].arcs[]] | all(.p50_ns > 0 and
		.p50_ns <= .p90_ns and .p90_ns <= .p99_ns and
		.p99_ns <= .max_ns and .per_vs == null)'
	json '.devices[0].streams | length == 4 and
		all(.save_mbps > 0 and .load_mbps > 0)'
	json '.downtime | map(.gigabits) == [1, 10, 25, 100]'
	json '.downtime | all(.downtime_ns ==
		.stop_ns + .save_ns + .link_ns + .load_ns + .start_ns)'
}

test_a_device_without_p2p_has_fewer_arcs() {
	run 0 dev set "$A" p2p off
	run 0 dev set "$A" pre-copy off
	run 0 -j bench --rounds 2 "$A"
	json '.devices[0].arcs | map([.from, .to]) | sort == [
		["RESUMING", "STOP"], ["RUNNING", "STOP"],
		["STOP", "RESUMING"], ["STOP", "RUNNING"],
		["STOP", "STOP_COPY"], ["STOP_COPY", "STOP"]]'
	json '.devices[0].calls | map(.call) | index("precopy_info") == null'
	run 0 dev set "$A" p2p on
	run 0 dev set "$A" pre-copy on
}

test_two_devices_are_compared() {
	run 0 -j bench --rounds 3 --link 40 --vs "$B" --svg "$WORK/x.svg" "$A"
	json '.devices | map(.role) == ["device", "vs"]'
	json ".devices | map(.device) == [\"$A\", \"$B\"]"
	json '.devices[0].arcs | all(.per_vs > 0)'
	json '.devices[1].arcs | length == 15 and all(.per_vs == null)'
	json '.downtime | map(.gigabits) == [40]'
	cp "$WORK/x.svg" "$WORK/out"
	says "$A (edu_vfio_pci)"
	says "$B (edu_vfio_pci)"
	[ "$(grep -c '<title>p50' "$WORK/out")" = 32 ] || fail "not all bars"
	[ "$(tail -n 1 "$WORK/out")" = "</svg>" ] || fail "is not whole"
	run 0 bench --rounds 1 --vs "$B" "$A"
	says "/ vs"
	fits_80
}

test_a_peer_loads_what_is_saved() {
	run 0 -j bench --rounds 2 --peer "$B" "$A"
	json '.devices | map(.role) == ["device", "peer"]'
	json '.devices[0].streams | all(.save_mbps > 0 and .load_mbps == null)'
	json '.devices[1].streams | all(.load_mbps > 0 and .save_mbps == null)'
}

logs() {
	[ -e "/sys/bus/pci/devices/$A/vfio_mig/dma-logging" ] ||
		skip "this kernel cannot report dirty pages"
}

test_reports_by_range_and_dirty_share() {
	logs
	run 0 -j bench --rounds 2 "$A"
	json '.devices[0].dirty_reports | map([.range, .dirty_percent]) == [
		[1048576, 0], [1048576, 1], [1048576, 10], [1048576, 100],
		[67108864, 0], [67108864, 1], [67108864, 10], [67108864, 100],
		[1073741824, 0], [1073741824, 1], [1073741824, 10],
		[1073741824, 100]]'
	json '.devices[0].dirty_reports | all(.rounds == 2 and .p50_ns > 0)'
	[ -z "$(cat "/sys/kernel/debug/vfio_mig/$A/dirty_share")" ] ||
		fail "the knob is left as it was turned"
	run 0 bench --rounds 1 "$A"
	says "1.00 GiB, 100 % dirty"
	fits_80
}

test_without_the_knob_nothing_is_dirty() {
	local status=0
	logs
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/debug && exec "$@"' - \
		vfio-mig -j bench --rounds 1 "$A" >"$WORK/out" 2>"$WORK/err" ||
		status=$?
	[ "$status" = 0 ] || fail "status $status"
	json '.devices[0].dirty_reports | map(.dirty_percent) == [0, 0, 0]'
}

test_without_logging_there_are_no_reports() {
	[ ! -e "/sys/bus/pci/devices/$A/vfio_mig/dma-logging" ] ||
		run 0 dev set "$A" dma-logging off
	run 0 -j bench --rounds 1 "$A"
	json '.devices[0].dirty_reports == null'
	[ ! -e "/sys/bus/pci/devices/$A/vfio_mig/dma-logging" ] ||
		run 0 dev set "$A" dma-logging on
}

test_people_get_tables() {
	run 0 bench --rounds 2 --peer "$B" "$A"
	says "$A, edu_vfio_pci: STOP_COPY P2P PRE_COPY"
	says "probe all 64 pairs"
	says "PRE_COPY_P2P -> STOP_COPY"
	says "100 Gbit/s"
	fits_80
}

test_other_drivers_are_status_4() {
	bound "$A" vfio-pci
	run 4 bench "$A"
	run 4 bench --peer "$A" "$B"
	bound "$A"
}

run_tests "$0"
