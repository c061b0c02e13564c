#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig replay: the calls of VMMs in their order, given up after each and
# failing at each; on a kernel where devices log their DMA, with that.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"

test_replay_qemu() {
	run 0 replay qemu "$A" "$B"
	says "# pass 5, fail 0, skip 0, blocked 0"
	run 0 -j replay qemu "$A"
	json '.checks | map(.group) | unique == ["qemu"]'
	json '.changed_state_moved and .content == "edu"'
}

# What it puts into an edu has to arrive, and to stay in a source that goes on.
test_replay_moves_a_changed_state() {
	run 0 replay qemu-11.1 "$A" "$B"
	says "# pass 5, fail 0, skip 0, blocked 0"
	says "# moved: a changed state (edu)"
}

# No pre-copy, from RUNNING to RESUMING in one step, back to STOP where that is named
# after a failure, else a reset.
test_replay_cloud_hypervisor() {
	run 0 replay cloud-hypervisor "$A" "$B"
	says "# pass 5, fail 0, skip 0, blocked 0"
	says "cloud_hypervisor_recovers_a_source_from_each_failure"
	says "cloud_hypervisor_recovers_a_destination_from_each_failure"
}

test_replay_of_another_vmm() {
	run 2 replay uapi "$A"
	complains "must be qemu, qemu-11.1 or cloud-hypervisor"
}

run_tests "$0"
