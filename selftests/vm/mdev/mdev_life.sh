#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How edus in software begin and end: vfio-mig dev create, delete and types, what sysfs
# takes, and what is refused.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
need_mdev

LIMIT=/sys/module/edu_mdev/parameters/limit

# Not with what a test that failed has loaded it with.
between_tests() {
	delete_all
	if [ -e "$WORK/special" ] && [ -d /sys/module/edu_mdev ]; then
		rmmod edu_mdev || fail "cannot unload it"
	fi
	rm -f "$WORK/special"
	[ -d /sys/module/edu_mdev ] || load
}

# load_anew PARAMETER: for this test alone.
load_anew() {
	rmmod edu_mdev || fail "cannot unload it"
	: >"$WORK/special"
	load "$1" || fail "cannot load it"
}

# create [N]: into the array `made`.
create() {
	run 0 dev create edu "$@"
	mapfile -t made <"$WORK/out"
	[ "${#made[@]}" = "${1:-1}" ] || fail "another number of them"
}

test_types_are_listed() {
	run 0 dev types
	says edu_mdev-edu
	says vfio-pci
	fits_80
	run 0 -j dev types
	json '.types | any(.type == "edu_mdev-edu" and .parent == "edu_mdev" and
		.available == 256)'
}

test_created_devices_are_shown_and_migrate() {
	create 2
	run 0 dev show
	says "${made[0]}"
	says 1234:11e8
	says "STOP_COPY P2P PRE_COPY"
	run 0 -j dev show "${made[1]}"
	json '.devices[0] | .bus == "mdev" and .driver == "edu_mdev" and
		.properties."dma-pending"'
	run 0 arcs show "${made[0]}"
	run 0 migrate "${made[@]}"
	says downtime
	run 0 dev delete "${made[@]}"
	says "${made[1]}: deleted"
	run 1 dev show "${made[0]}"
}

# But for those that other tests here run.  There is no driver to choose.
test_each_command_takes_one() {
	local words
	create 2
	for words in "arcs show" "dev descriptor" "state get" reset "fault show" \
		"fault clear" "bench --rounds 2"; do
		# shellcheck disable=SC2086
		run 0 $words "${made[0]}"
	done
	fits_80
	run 0 dev set "${made[0]}" p2p off
	run 0 dev set "${made[0]}" p2p on
	run 0 fault set "${made[0]}" fail_arc STOP STOP_COPY EIO
	run 1 walk "${made[0]}" STOP STOP_COPY
	complains "Input/output error"
	run 0 state set "${made[0]}" STOP_COPY
	run 0 call "${made[0]}" config-read 0 2
	run 0 compat "${made[@]}"
	run 0 replay qemu "${made[@]}"
	vfio-mig save "${made[0]}" 2>"$WORK/err" | vfio-mig restore "${made[1]}" ||
		fail "one does not take what the other gave"
	run 4 dev bind "${made[0]}"
	complains "only PCI devices can be bound"
	run 4 dev unbind "${made[0]}"
}

test_verify_passes_with_its_peer() {
	create 2
	run 0 verify --peer "${made[1]}" --destructive "${made[0]}"
}

# A state of one's own, which is there afterwards; another one is not.
test_verify_sees_the_state() {
	create 2
	printf 'call DEVICE bar-write 0 %s\n' "0x4 4 0x12345678" "0x60 4 0x80" >"$WORK/prepare"
	printf 'call DEVICE bar-read 0 %s\n' "0x4 4 0xedcba987" "0x24 4 0x80" >"$WORK/expect"
	run 0 verify --peer "${made[1]}" --prepare "$WORK/prepare" \
		--expect "$WORK/expect" "${made[0]}"
	sed -i 's/0xedcba987/0xedcba986/' "$WORK/expect"
	run 1 verify --peer "${made[1]}" --prepare "$WORK/prepare" \
		--expect "$WORK/expect" "${made[0]}"
}

test_one_is_created_if_no_number_is_given() {
	run 0 -j dev create edu_mdev-edu
	json '.devices | length == 1'
	run 0 -j dev delete "$(jq -r '.devices[0]' "$WORK/out")"
	json '.devices | length == 1'
}

test_what_cannot_be_created_is_named() {
	run 1 dev create nonsense
	complains "no such type"
	complains "edu_mdev-edu"
	run 2 dev create edu none
	run 2 dev create edu 0
}

test_only_mediated_devices_are_deleted() {
	run 1 dev delete 11111111-2222-3333-4444-555555555555
	complains "no such device"
	[ -z "${VFIO_MIG_EDU:-}" ] || {
		run 4 dev delete "${VFIO_MIG_EDU%% *}"
		complains "only mediated devices"
	}
}

test_beyond_the_limit_is_refused() {
	local limit
	load_anew limit=3
	read -r limit <"$LIMIT"
	run 1 dev create edu $((limit + 1))
	[ "$(wc -l <"$WORK/out")" = "$limit" ] || fail "not $limit of them"
	complains "as many as can be"
}

# hold DEVICE: a process has it open, until the test ends.
hold() {
	local pipe=$WORK/pipe.$BASHPID
	mkfifo "$pipe"
	vfio-mig -b "$pipe" >"$WORK/held" 2>&1 &
	exec 7>"$pipe"
	echo "dev open $1" >&7
	until grep -q "dev open" "$WORK/held"; do
		kill -0 $! 2>/dev/null || fail "it cannot be opened"
		sleep 0.05
	done
}

test_one_that_is_open_is_not_deleted_nor_the_module_unloaded() {
	create 1
	hold "${made[0]}"
	run 1 dev delete "${made[0]}"
	complains "in use by vfio-mig (pid $!)"
	! rmmod edu_mdev 2>"$WORK/err" || fail "the module went"
	exec 7>&-
	wait $!
	run 0 dev delete "${made[0]}"
}

# The kernel waits, and tells its user; when he has closed it, it is gone.
test_one_that_is_open_goes_when_it_is_closed() {
	local remover
	create 1
	hold "${made[0]}"
	echo 1 >"$MDEVS/${made[0]}/remove" 7>&- &
	remover=$!
	exec 7>&-
	wait "$remover" || fail "remove fails"
	[ ! -e "$MDEVS/${made[0]}" ] || fail "it is still there"
}

# ms COMMAND…: how long it takes.
ms() {
	local start
	start=$(date +%s%N)
	"$@" || fail "$*"
	echo $((($(date +%s%N) - start) / 1000000))
}

# All of them open at once, each moved to its neighbour, in one process.
use_all() {
	local device i
	for device in "${made[@]}"; do
		echo "dev open $device"
	done >"$WORK/batch"
	for ((i = 0; i + 1 < ${#made[@]}; i += 2)); do
		echo "migrate ${made[i]} ${made[i + 1]}"
	done >>"$WORK/batch"
	vfio-mig -b "$WORK/batch" >"$WORK/out" 2>"$WORK/err"
}

# create_into FILE N
create_into() {
	vfio-mig dev create edu "$2" >"$1" 2>"$WORK/err"
}

delete_made() {
	vfio-mig dev delete "${made[@]}" >"$WORK/out" 2>"$WORK/err"
}

# Each pair by a process of its own.
move_all_at_once() {
	local i pid pids=()
	for ((i = 0; i + 1 < ${#made[@]}; i += 2)); do
		vfio-mig migrate "${made[@]:i:2}" >"$WORK/moved.$i" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || return
	done
}

# flat NAME MS-OF-16 MS-OF-256: what is quadratic would be sixteen times as much.
flat() {
	[ "$3" -le $((4 * 16 * $2)) ] || fail "$1: $2 ms of 16, $3 ms of 256"
}

# What one of them costs does not depend on how many there are.
test_many_are_created_opened_moved_and_deleted() {
	local n together=16
	local -A made_in used_in deleted_in
	[ -z "${VFIO_MIG_FULL:-}" ] || together=256
	for n in 16 64 256; do
		made_in[$n]=$(ms create_into "$WORK/made" "$n")
		mapfile -t made <"$WORK/made"
		[ "${#made[@]}" = "$n" ] || fail "not $n of them"
		used_in[$n]=$(ms use_all)
		[ "$(grep -c downtime "$WORK/out")" = $((n / 2)) ] ||
			fail "not each pair has moved"
		[ "$n" != "$together" ] || move_all_at_once || fail "not all move at the same time"
		deleted_in[$n]=$(ms delete_made)
		[ -z "$(ls "$MDEVS")" ] || fail "some are left"
		echo "# $n: created in ${made_in[$n]} ms, opened and moved in" \
			"${used_in[$n]}, deleted in ${deleted_in[$n]}"
	done
	flat create "${made_in[16]}" "${made_in[256]}"
	flat "open and move" "${used_in[16]}" "${used_in[256]}"
	flat delete "${deleted_in[16]}" "${deleted_in[256]}"
}

# as_nobody STATUS ARGUMENT…: vfio-mig, by a user without any privilege.
as_nobody() {
	local expected=$1 status=0
	shift
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		vfio-mig "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	[ "$status" = "$expected" ] ||
		fail "vfio-mig $*: status $status instead of $expected"
}

test_only_root_creates_and_deletes() {
	create 1
	as_nobody 1 dev create edu
	complains "run as root"
	as_nobody 1 dev delete "${made[0]}"
	complains "run as root"
	[ -e "$MDEVS/${made[0]}" ] || fail "it is gone"
}

test_who_has_the_group_uses_the_device_and_nothing_else() {
	local group
	create 2
	group=$(basename "$(readlink "$MDEVS/${made[0]}/iommu_group")")
	chown 65534 "/dev/vfio/$group"
	as_nobody 0 walk "${made[0]}" STOP_COPY RUNNING
	as_nobody 0 reset "${made[0]}"
	as_nobody 1 walk "${made[1]}" STOP RUNNING
	complains "run as root, or get access to /dev/vfio/"
	as_nobody 1 dev set "${made[0]}" p2p off
	complains "run as root"
	as_nobody 1 dev delete "${made[0]}"
}

test_unloading_removes_all() {
	create 5
	rmmod edu_mdev || fail "cannot unload it"
	[ ! -e "$MDEVS/${made[0]}" ] || fail "one is still there"
	[ ! -e /sys/class/edu_mdev ] || fail "its class is still there"
}

test_stream_of_another_geometry_is_refused() {
	create 1
	run 0 save "${made[0]}"
	cp "$WORK/out" "$WORK/saved"
	run 0 dev descriptor "${made[0]}"
	cp "$WORK/out" "$WORK/described"
	delete_all
	load_anew dma_mask=0xffffffff
	create 1
	vfio-mig restore "${made[0]}" <"$WORK/saved" >"$WORK/out" 2>"$WORK/err" &&
		fail "it is taken"
	complains "geometry 0 is 0xfffffff, this device has 0xffffffff"
	run 1 -j compat --descriptor "$WORK/described" "${made[0]}"
	json '.mismatches | length == 1'
	json '.mismatches[0].text | startswith("geometry dma mask is 0xfffffff, ")'
	json '.mismatches[0].fix | contains("load edu_mdev with dma_mask=0xfffffff")'
}

run_tests "$0"
