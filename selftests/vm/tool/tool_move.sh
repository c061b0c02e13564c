#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig walk, save, restore, migrate and reset, and what they say of drivers
# that cannot migrate.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"
. "${0%/*}/tool_craft.sh"

test_walk() {
	run 0 walk "$A" STOP_COPY RESUMING RUNNING
	fits_80
	run 0 -j walk "$A" STOP_COPY RESUMING RUNNING
	json '.steps | length >= 5 and all(.ns >= 0)'
	run 0 -j walk --whole "$A" STOP_COPY RUNNING
	json '.steps | length == 2'
	run 4 walk "$A" STOP ERROR
	run 1 walk "$A" RESUMING RUNNING
	complains "not complete"
}

test_save_and_restore() {
	run 0 save "$A"
	cp "$WORK/out" "$WORK/saved"
	run 0 stream verify "$WORK/saved"
	says "right: 1 section"
	vfio-mig restore "$B" <"$WORK/saved" >"$WORK/out" 2>"$WORK/err" ||
		fail "cannot restore"
	says "$B: took $(stat -c %s "$WORK/saved") bytes"
	vfio-mig -j restore "$B" <"$GOLDEN/edu-2-dma-pending" >"$WORK/out" ||
		fail "cannot restore"
	cp "$WORK/out" "$WORK/json.restore"
	json ".device == \"$B\" and .bytes > 4096"
}

test_restore_names_the_section_it_refuses() {
	local status=0
	damaged "$GOLDEN/edu-1-no-dma" 300
	vfio-mig restore "$A" <"$WORK/damaged" >"$WORK/out" 2>"$WORK/err" ||
		status=$?
	[ "$status" = 1 ] || fail "status $status"
	complains "section buffer: checksum is wrong"
}

test_migrate() {
	run 0 migrate "$A" "$B"
	says downtime
	fits_80
	run 0 -j migrate "$A" "$B"
	json '.downtime_ns > 0 and .bytes > 0 and (.steps | length > 5)'
	run 0 -j migrate --no-precopy "$A" "$B"
	json '.precopy_bytes == null'
	run 1 migrate "$A" "$A"
	complains "$A: it cannot migrate to itself"
	run 1 migrate "$A" "${A#0000:}"
	complains "$A: it cannot migrate to itself"
	run 1 verify "$A" --peer "$A"
	complains "a device is no peer of itself"
}

test_restore_without_doing_it() {
	local status=0 file=$GOLDEN/edu-2-dma-pending
	vfio-mig restore --dry-run "$A" <"$file" >"$WORK/out" 2>"$WORK/err" ||
		fail "does not fit"
	says "$A: would take $(stat -c %s "$file") bytes"
	vfio-mig -j restore --dry-run "$A" <"$file" >"$WORK/out" ||
		fail "does not fit"
	json '.dry_run and .asked'
	cp "$WORK/out" "$WORK/json.dry"
	damaged "$file" 300
	vfio-mig restore --dry-run "$A" <"$WORK/damaged" 2>"$WORK/err" ||
		status=$?
	[ "$status" = 1 ] || fail "status $status"
	complains "section buffer: checksum is wrong"
	stream "$WORK/other" "$(header 0x9999)"
	vfio-mig restore --dry-run "$A" <"$WORK/other" 2>"$WORK/err" &&
		fail "takes the stream of another device"
	complains "compat --descriptor FILE $A"
}

test_migrate_without_doing_it() {
	run 0 migrate "$A" "$B"
	sed -nE 's/^([^ ]+ +[A-Z_0-9]+ +-> [A-Z_0-9]+).*/\1/p' "$WORK/out" \
		>"$WORK/done"
	run 0 migrate --dry-run "$A" "$B"
	says "nothing was moved"
	says_not downtime
	sed -nE 's/^([^ ]+ +[A-Z_0-9]+ +-> [A-Z_0-9]+).*/\1/p' "$WORK/out" \
		>"$WORK/planned"
	cmp "$WORK/done" "$WORK/planned" >/dev/null ||
		fail "other steps than $(cat "$WORK/done")"
	run 0 -j migrate --dry-run --no-precopy "$A" "$B"
	json '.dry_run and .bytes == 0 and all(.steps[]; .ns == 0)'
	json '.steps | any(.to == "PRE_COPY") | not'
	bound "$B" vfio-pci
	run 4 migrate --dry-run "$A" "$B"
	bound "$B"
	run 2 migrate --dry-run --timeline "$WORK/x.svg" "$A" "$B"
}

# On a terminal, and as it gets slow: a piece at a time, until something shows.
test_progress_is_for_terminals() {
	local file=$GOLDEN/edu-2-dma-pending size at=0
	size=$(stat -c %s "$file")
	mkfifo "$WORK/pipe"
	script -qec "vfio-mig restore $A <$WORK/pipe" "$WORK/terminal" \
		>/dev/null 2>&1 </dev/null &
	exec 9>"$WORK/pipe"
	until grep -q 'writing: .* bytes, .*/s' "$WORK/terminal"; do
		at=$((at + 16))
		[ "$at" -lt "$size" ] || fail "shows nothing"
		tail -c +$((at - 15)) "$file" | head -c 16 >&9
		sleep 0.05
	done
	tail -c +$((at + 1)) "$file" >&9
	exec 9>&-
	wait
	cp "$WORK/terminal" "$WORK/out"
	says "$A: took $size bytes"
}

test_migrate_draws_a_timeline() {
	run 0 migrate --timeline "$WORK/x.svg" "$A" "$B"
	cp "$WORK/x.svg" "$WORK/out"
	says "$A to $B"
	says ">downtime "
	says "<title>RUNNING_P2P to STOP</title>"
	[[ $(head -n 1 "$WORK/out") == "<svg xmlns="*">" &&
		$(tail -n 1 "$WORK/out") == "</svg>" ]] || fail "is no SVG"
	run 0 -j migrate "$A" "$B"
	[ "$(grep -c 'class="set".*title' "$WORK/x.svg")" = \
		"$(jq '.steps | length' "$WORK/out")" ] || fail "not all steps"
	run 1 migrate --timeline "$WORK/none/x.svg" "$A" "$B"
	complains "nothing was moved"
}

# It is opened before the move; one that fails leaves what was in it.
test_a_move_that_fails_leaves_the_picture_alone() {
	run 0 migrate --timeline "$WORK/x.svg" "$A" "$B"
	cp "$WORK/x.svg" "$WORK/before.svg"
	run 0 fault set "$A" fail_arc PRE_COPY_P2P STOP_COPY ENOMEM
	run 1 migrate --timeline "$WORK/x.svg" "$A" "$B"
	cmp -s "$WORK/x.svg" "$WORK/before.svg" || fail "the picture is not what it was"
	run 0 fault set "$A" fail_arc PRE_COPY_P2P STOP_COPY ENOMEM
	run 1 migrate --timeline "$WORK/new.svg" "$A" "$B"
	[ ! -e "$WORK/new.svg" ] || fail "there is an empty picture"
	head -c 100000 /dev/zero >"$WORK/x.svg"
	run 0 migrate --timeline "$WORK/x.svg" "$A" "$B"
	[ "$(tail -n 1 "$WORK/x.svg")" = "</svg>" ] || fail "the picture is longer than it is"
	run 0 migrate --timeline /dev/stdout "$A" "$B"
	says "</svg>"
}

test_reset() {
	run 0 reset "$A"
	run 0 -j reset "$A"
	json ".device == \"$A\""
	run 0 reset --bus "$A"
}

test_verify_says_json_as_well() {
	run 0 -j verify "$A" --only data_size_is_there
	json '.totals.pass == 1 and (.checks | length == 1)'
	run 0 -j verify "$A" --only error_cannot_be_set
}

test_other_drivers_are_status_4() {
	bound "$A" vfio-pci
	run 4 state get "$A"
	complains "vfio-mig dev bind $A edu_vfio_pci"
	run 4 arcs show "$A"
	run 4 save "$A"
	run 4 walk "$A" STOP
	run 4 dev descriptor "$A"
	complains "vfio-mig dev bind $A edu_vfio_pci"
	run 4 dev set "$A" dma-pending off
	complains "its driver vfio-pci has no properties"
	run 4 compat "$A" "$B"
	run 4 compat "$B" "$A"
	run 4 compat --descriptor "$GOLDEN/edu-1-idle" "$A"
	run 4 migrate "$A" "$B"
	run 4 migrate "$B" "$A"
	run 0 dev show "$A"
	says "no migration"
	says_not properties
	bound "$A"
}

run_tests "$0"
