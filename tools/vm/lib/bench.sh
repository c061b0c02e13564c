# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The measurements.  They say how one thing compares to another in the same
# run, on the same machine; nothing passes or fails by them.

BENCH_PARTS="stream display edu qemu"

# One round shows that it works, and no more; that takes no large displays.
cmd_bench() {
	local json=() part parts
	boot_defaults
	if [ "${1:-}" = -j ]; then
		json=(-j)
		quiet=yes
		shift
	fi
	for part; do
		[[ $part != -* ]] || die "no option '$part' of bench; there is: -j"
		[[ " $BENCH_PARTS " == *" $part "* ]] ||
			die "no part '$part' of bench; there are: $BENCH_PARTS"
	done
	read -ra parts <<<"${*:-$BENCH_PARTS}"
	prepare
	build_need_linked bench selftests/bench
	build_need_test_modules "$vm_kernel"
	vm_timeout=3600
	vm_edu=4 vm_edu_root=1 vm_bochs=4 vm_bochs_mem=16M/16M/64M/64M
	[ "${VFIO_MIG_ROUNDS:-}" != 1 ] || vm_bochs_mem=4M/4M/8M/8M
	boot_run bash tools/vm/guest/bench "${json[@]}" "${parts[@]}"
}
