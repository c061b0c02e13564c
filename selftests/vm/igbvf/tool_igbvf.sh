#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig with VFs of igb: what it says of them, and that they keep to the rules.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/commands.sh"
. "${0%/*}/bound.sh"

read -ra VFS <<<"${VFIO_MIG_IGBVF:-}"
two_of "VFs of igb" "${VFS[@]}"
A=$first B=$second
PF=$(basename "$(readlink "$PCI/devices/$A/physfn")")
NET=$(ls "$PCI/devices/$PF/net")

between_tests() {
	ip link set "$NET" up
	bound "$A" igbvf_vfio_pci && bound "$B" igbvf_vfio_pci
}

test_bind_finds_the_driver() {
	run 0 dev unbind "$A"
	run 0 dev bind "$A"
	says "$A: bound to igbvf_vfio_pci"
	says_not "note:"
}

test_bind_says_that_the_pf_is_down() {
	ip link set "$NET" down
	run 0 dev bind "$A"
	says "note: its physical function is down: ip link set $NET up"
	run 0 -j dev bind "$A"
	json '.note | test("is down")'
}

test_state_can_be_moved() {
	run 0 migrate "$A" "$B"
}

test_rules_are_kept() {
	run 0 verify "$A" --peer "$B" --destructive
	says "# moved: a changed state (igb VF)"
}

# Given up after each call of theirs, and failing at each.
test_vmms_moves_are_right() {
	run 0 replay qemu "$A" "$B"
	says "# pass 5, fail 0, skip 0, blocked 0"
	says "# moved: a changed state (igb VF)"
	run 0 replay cloud-hypervisor "$A" "$B"
	says "# pass 5, fail 0, skip 0, blocked 0"
}

test_stream_says_what_is_in_it() {
	run 0 save "$A"
	mv "$WORK/out" "$WORK/stream"
	run 0 -v stream show "$WORK/stream"
	says "rdbal0"
	says "mac"
	says "unmasked"
	run 0 stream verify "$WORK/stream"
	vfio-mig restore "$B" <"$WORK/stream" >/dev/null || fail "cannot be loaded"
}

run_tests "$0"
