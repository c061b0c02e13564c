# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The measurements.  They say how one thing compares to another in the same
# run, on the same machine; nothing passes or fails by them.

BENCH_PARTS="codec stream display edu qemu net mdev many"
# What it comes to whichever modules are loaded: there are none.
BENCH_WITHOUT_MODULES="codec"
# Of all parts, where a processor is emulated.
BENCH_TAKES="all parts take some twenty minutes, each some minutes"

# Sets $json, $against, $parts.
bench_options() {
	while [ $# != 0 ]; do
		case $1 in
		-j) json=(-j) quiet=yes ;;
		--against)
			shift
			against=${1:-}
			[ -n "$against" ] || die "--against needs a revision; see: $ME help"
			;;
		-*) die "no option '$1' of bench; there are: -j --against" ;;
		*) parts+=("$1") ;;
		esac
		shift
	done
}

# Those that are asked for, or all that there are.
bench_choose_parts() {
	local part there=$BENCH_PARTS
	[ -z "$against" ] || there=${there#"$BENCH_WITHOUT_MODULES "}
	for part in "${parts[@]}"; do
		[[ " $BENCH_PARTS " == *" $part "* ]] ||
			die "no part '$part' of bench; there are: $BENCH_PARTS"
		[[ " $there " == *" $part "* ]] ||
			die "part '$part' has no modules; with --against there are: $there"
	done
	[ "${#parts[@]}" != 0 ] || read -ra parts <<<"$there"
}

cmd_bench() {
	local json=() against='' parts=() against_commit='' against_dir='' begun
	boot_defaults
	bench_options "$@"
	bench_choose_parts
	[ -z "$against" ] || against_find "$against"
	prepare_root
	build_need_linked bench selftests/bench
	[ "${parts[*]}" = codec ] || bench_need_vm
	begun=$SECONDS
	times_before "$BENCH_TAKES" bench "${VFIO_MIG_ROUNDS:-}" "$@"
	bench_places
	times_after $((SECONDS - begun)) bench "${VFIO_MIG_ROUNDS:-}" "$@"
}

bench_need_vm() {
	prepare
	build_need_test_modules "$vm_kernel"
	[ -z "$against" ] || against_need "$vm_kernel"
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
# that many of them; for one round there are not many.
bench_place() {
	case $1/${VFIO_MIG_ROUNDS:-} in
	codec/*) echo on_host ;;
	many/1) echo in_vm ;;
	many/*) echo with_many ;;
	/*) ;;
	*) echo in_vm ;;
	esac
}

bench_on_host() {
	root_run env ${VFIO_MIG_ROUNDS:+"VFIO_MIG_ROUNDS=$VFIO_MIG_ROUNDS"} \
		/vfio-mig/build/bench/codec_bench "${json[@]}"
}

# One round shows that it works, and no more; that takes no large displays, and not many.
bench_in_vm() {
	vm_edu=4 vm_edu_root=1 vm_igb=1 vm_bochs=4 vm_bochs_mem=16M/16M/64M/64M
	[ "${VFIO_MIG_ROUNDS:-}" != 1 ] || vm_bochs_mem=4M/4M/8M/8M
	bench_boot "$@"
}

bench_with_many() {
	vm_edu=32 vm_bochs=32 vm_bochs_mem=4M
	bench_boot "$@"
}

bench_boot() {
	local turns=()
	vm_timeout=3600
	if [ -n "$against" ]; then
		turns=(--against "$against" "$against_dir")
		vm_timeout=10800
	fi
	boot_run bash tools/vm/guest/bench "${json[@]}" "${turns[@]}" "$@"
}
