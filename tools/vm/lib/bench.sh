# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The measurements.  They say how one thing compares to another in the same
# run, on the same machine; nothing passes or fails by them.

cmd_bench() {
	boot_defaults
	case $* in
	"" | -j) ;;
	*) die "bench takes no arguments but -j; see: $ME help" ;;
	esac
	[ "${1:-}" != -j ] || quiet=yes
	prepare
	build_need_program bench selftests/bench
	host_unlock
	vm_edu=0 vm_edu_root=1
	boot_run /vfio-mig/build/bench/stream_bench "$@"
}
