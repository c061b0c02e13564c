#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the program of this script's name once for each line that run-list has of it,
# with the devices of that line: VFIO_MIG_EDU, VFIO_MIG_EDU_ROOT, VFIO_MIG_BOCHS and
# VFIO_MIG_IGBVF name those that it may have.  For kselftest, on a host of one's own; tools/vm boots
# a VM for each line instead.

name=${0##*/}
cd "${0%/*}/programs" || exit
export PATH=$PWD/bin:$PATH
# What the runner has of stdbuf: a sanitizer's library would have to come before it.
unset LD_PRELOAD
read -ra edus <<<"${VFIO_MIG_EDU:-}"
read -ra root_edus <<<"${VFIO_MIG_EDU_ROOT:-}"
read -ra displays <<<"${VFIO_MIG_BOCHS:-}"
read -ra vfs <<<"${VFIO_MIG_IGBVF:-}"

memory_of() {
	local start end
	read -r start end _ <"/sys/bus/pci/devices/$1/resource" &&
		echo "$(((end - start + 1) >> 20))M"
}

# take_displays COUNT SIZE[/SIZE…]: sets taken, as far as there are such.
take_displays() {
	local sizes display i
	IFS=/ read -ra sizes <<<"$2"
	taken=()
	for ((i = 0; i < $1; i++)); do
		for display in "${displays[@]}"; do
			[[ " ${taken[*]} " != *" $display "* ]] || continue
			[ "$(memory_of "$display")" = "${sizes[i]:-${sizes[-1]}}" ] ||
				continue
			taken+=("$display")
			break
		done
	done
}

# run_with DEVICES SECONDS COMMAND: 4 if there are not so many devices.
run_with() {
	local edu root_edu display igb count size taken argv
	IFS=, read -r edu root_edu display igb <<<"$1"
	IFS=x read -r count size <<<"${display:-0}"
	take_displays "$count" "${size:-16M}"
	if [ "${#edus[@]}" -lt "$edu" ] || [ "${#taken[@]}" -lt "$count" ] ||
		[ "${#root_edus[@]}" -lt "${root_edu:-0}" ] ||
		[ "${#vfs[@]}" -lt $((${igb/x/*} + 0)) ]; then
		echo "# $name: needs $1 (edus, those on the root bus, displays, VFs)"
		return 4
	fi
	read -ra argv <<<"$3"
	VFIO_MIG_EDU="${edus[*]:0:edu}" VFIO_MIG_BOCHS="${taken[*]}" \
		VFIO_MIG_EDU_ROOT="${root_edus[*]:0:${root_edu:-0}}" \
		timeout -k 5 $(($2 * ${VFIO_MIG_PATIENCE:-1})) "${argv[@]}"
}

status=4 seen=' '
while read -r _ devices seconds command <&3; do
	kernel=
	[[ $devices != *@* ]] || kernel=${devices#*@}
	devices=${devices%@*}
	[[ $seen != *" $devices "* ]] || continue
	if [[ -n $kernel && $(uname -r) != "$kernel".* ]]; then
		echo "# $name: with $devices on Linux $kernel only"
		continue
	fi
	seen+="$devices "
	run_with "$devices" "$seconds" "$command"
	case $? in
	0) [ "$status" != 4 ] || status=0 ;;
	4) ;;
	*) status=1 ;;
	esac
done 3< <(grep "^$name " run-list)
exit "$status"
