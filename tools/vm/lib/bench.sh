# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The measurements.  They say how one thing compares to another in the same
# run, on the same machine; nothing passes or fails by them.

BENCH_PARTS="codec stream display edu qemu many"

# Sets $json, $parts.
bench_options() {
	while [ $# != 0 ]; do
		case $1 in
		-j) json=(-j) quiet=yes ;;
		-*) die "no option '$1' of bench; there is: -j" ;;
		*) parts+=("$1") ;;
		esac
		shift
	done
}

# Those that are asked for, or all that there are.
bench_choose_parts() {
	local part
	for part in "${parts[@]}"; do
		[[ " $BENCH_PARTS " == *" $part "* ]] ||
			die "no part '$part' of bench; there are: $BENCH_PARTS"
	done
	[ "${#parts[@]}" != 0 ] || read -ra parts <<<"$BENCH_PARTS"
}

cmd_bench() {
	local json=() parts=()
	boot_defaults
	bench_options "$@"
	bench_choose_parts
	prepare_root
	build_need_linked bench selftests/bench
	[ "${parts[*]}" = codec ] || bench_need_vm
	bench_places
}

bench_need_vm() {
	prepare
	build_need_test_modules "$vm_kernel"
}

# Parts that follow one another in the same place are run there in one go.
bench_places() {
	local part place='' here=() said=''
	for part in "${parts[@]}" ''; do
		if [ "${#here[@]}" != 0 ] && [ "$(bench_place "$part")" != "$place" ]; then
			# Between tables is a blank line.
			[ -z "$said" ] || [ "${#json[@]}" != 0 ] || echo
			said=yes
			attempt "bench_$place" "${here[@]}"
			[ "$rc" = 0 ] || exit "$rc"
			here=()
		fi
		place=$(bench_place "$part")
		here+=("$part")
	done
}

# bench_place PART: where it is run.  Devices that nobody uses are no matter, but not
# that many of them.
bench_place() {
	case $1 in
	codec) echo on_host ;;
	many) echo with_many ;;
	?*) echo in_vm ;;
	esac
}

bench_on_host() {
	root_run env ${VFIO_MIG_ROUNDS:+"VFIO_MIG_ROUNDS=$VFIO_MIG_ROUNDS"} \
		/vfio-mig/build/bench/codec_bench "${json[@]}"
}

# One round shows that it works, and no more; that takes no large displays, and not many.
bench_in_vm() {
	vm_edu=4 vm_edu_root=1 vm_bochs=4 vm_bochs_mem=16M/16M/64M/64M
	[ "${VFIO_MIG_ROUNDS:-}" != 1 ] || vm_bochs_mem=4M/4M/8M/8M
	bench_boot "$@"
}

bench_with_many() {
	vm_edu=32 vm_bochs=32 vm_bochs_mem=4M
	[ "${VFIO_MIG_ROUNDS:-}" != 1 ] || vm_edu=4 vm_bochs=4
	bench_boot "$@"
}

bench_boot() {
	vm_timeout=3600
	boot_run bash tools/vm/guest/bench "${json[@]}" "$@"
}
