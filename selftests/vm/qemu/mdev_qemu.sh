#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Unmodified QEMU moves a guest from an edu in software to another one, in each way that it
# has, and from one in software to QEMU's own and back.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
. "${0%/*}/bound.sh"
need_mdev

read -r A _ <<<"${VFIO_MIG_EDU:-}"
mapfile -t made < <(vfio-mig dev create edu 4)
[ "${#made[@]}" = 4 ] || fail "cannot create four"
trap 'delete_all; rm -rf "$WORK"' EXIT

# figures: what QEMU said of each move, for the log.
figures() {
	sed -nE 's/.*:((move [0-9]+: )?total .*|[0-9]+ pages, of .*)/# \1/p' "$WORK/out"
}

# A device is moved in the same way by all of them; what comes of it may differ in these.
# What differs between kernels is in the next test.
test_guest_moves_in_each_way() {
	local ways=(-v tcp_and_deferred -v file -v multifd_and_switchover_ack)
	[[ $(uname -r) != 6.1.* ]] || skip "it is done on other kernels"
	[ -z "${VFIO_MIG_FULL:-}" ] || ways=()
	VFIO_MIG_EDU="${made[*]}" VFIO_MIG_BOCHS='' passes qemu_migration "${ways[@]}"
	figures
}

test_memory_is_tracked() {
	VFIO_MIG_EDU="${made[*]}" passes mdev_guest
	figures
}

test_guest_moves_from_software_to_hardware_and_back() {
	[ -n "$A" ] || skip "there is no edu"
	bound "$A"
	VFIO_MIG_EDU="${made[0]} $A" passes mdev_guest
	figures
}

test_guest_moves_from_hardware_to_software_and_back() {
	[ -n "$A" ] || skip "there is no edu"
	bound "$A"
	VFIO_MIG_EDU="$A ${made[0]}" passes mdev_guest
	figures
}

run_tests "$0"
