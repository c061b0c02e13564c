#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the core gives to each device it gives to an edu in software: the programs are those
# that run on QEMU's.  Left out are those about PCI devices (binding, hot reset, their power,
# their config space), and about waiting for an engine of hardware.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
need_mdev
three_edus

# What 6.1's VFIO does differently is in the others.
passes_elsewhere() {
	[[ $(uname -r) != 6.1.* || -n ${VFIO_MIG_FULL:-} ]] || skip "on 6.1 with --full"
	passes "$@"
}

# These never ask what bus a device is on, and are run on QEMU's each time.
passes_if_full() {
	[ -n "${VFIO_MIG_FULL:-}" ] || skip "with --full"
	passes "$1"
}

test_arcs_all_pairs() {
	passes arcs_all_pairs
}

test_arcs_rollback() {
	passes_elsewhere arcs_rollback
}

test_precopy() {
	passes_elsewhere precopy
}

test_trace() {
	passes_elsewhere trace
}

test_faults() {
	passes_if_full faults
}

test_probe_ioctl() {
	passes_elsewhere probe_ioctl
}

test_sessions() {
	passes_elsewhere sessions
}

test_features() {
	passes features
}

test_reset() {
	passes reset
}

test_lifetime() {
	passes lifetime
}

test_netlink() {
	passes_elsewhere netlink
}

test_netlink_events() {
	passes_if_full netlink_events
}

test_load_memory() {
	passes_if_full load_memory
}

test_edu_state_moves() {
	passes edu_state_moves
}

test_edu_quiesce() {
	passes_elsewhere edu_quiesce
}

# No other driver has one, and it is on no bus.
test_edu_isolation() {
	passes_elsewhere edu_isolation -T what_plain_vfio_pci_left_is_gone \
		-v behind_port -v behind_port_intx
}

test_edu_irq_exact() {
	passes_elsewhere edu_irq_exact
}

test_edu_to_and_fro() {
	passes_if_full edu_to_and_fro
}

test_edu_slow_memory() {
	passes_elsewhere edu_slow_memory
}

test_edu_dma_log() {
	passes edu_dma_log
}

test_stream_chunks() {
	passes_elsewhere stream_chunks
}

test_stream_damage() {
	passes_if_full stream_damage
}

test_stream_content() {
	passes_if_full stream_content
}

test_stream_frames() {
	passes_if_full stream_frames
}

test_stream_pieces() {
	passes_if_full stream_pieces
}

test_golden_streams() {
	passes golden_streams
}

test_compatibility() {
	passes_if_full compatibility
}

test_compat_ioctl() {
	passes_if_full compat_ioctl
}

test_field_failures() {
	passes_if_full field_failures
}

run_tests "$0"
