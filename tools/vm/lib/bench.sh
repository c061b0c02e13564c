# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The measurements.  They say how one thing compares to another in the same
# run, on the same machine; nothing passes or fails by them.

cmd_bench() {
	boot_defaults
	case $* in
	"" | -j) ;;
	*) die "no option '$1' of bench; there is: -j" ;;
	esac
	[ "${1:-}" != -j ] || quiet=yes
	prepare
	build_need_program bench selftests/bench
	build_need_test_modules "$vm_kernel"
	vm_timeout=3600
	vm_edu=4 vm_edu_root=1 vm_bochs=4 vm_bochs_mem=16M/16M/64M/64M
	boot_run bash tools/vm/guest/bench "$@"
}
