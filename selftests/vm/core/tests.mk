# SPDX-License-Identifier: GPL-2.0
#
# The machine, data files, resets, knobs and netlink: what each driver gets from
# vfio_mig, on an edu, and where it makes a difference on a display too.

TESTS += \
	arcs_all_pairs:2:300 \
	arcs_all_pairs:0,0,2x4M:300 \
	precopy:2:300 \
	trace:2:120 \
	arcs_rollback:2:300 \
	arcs_rollback:0,0,2x4M:300 \
	faults:2:300 \
	fault_dirty_share:2:60 \
	fault_dirty_share:2@6.1:60 \
	probe_ioctl:2:300 \
	names:2:60 \
	sessions:2:300 \
	features:2:300 \
	reset:2,1:300 \
	lifetime:2,1:300 \
	killed:1:120 \
	declarations:1:120 \
	access:2:180 \
	parts:0,0,1x4M:60 \
	opening:1:120 \
	hot_reset:1:180 \
	unload:2,1:200 \
	two_users:2,1:120 \
	in_use:2:120 \
	kernel_next_state:2:60 \
	netlink:2:300 \
	netlink_events:2:300 \
	load_memory:2,1:300 \
	load_bulk:1:120
