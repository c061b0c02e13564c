#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command line of vfio-mig: wrong usage, help, devices that are not there.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"

test_wrong_usage_is_status_2() {
	run 2
	run 2 nonsense
	run 2 dev
	run 2 dev nonsense
	run 2 dev show "$A" "$B"
	run 2 dev show --nonsense
	run 2 dev set "$A" dma-pending
	run 2 dev set "$A" dma-pending perhaps
	run 2 arcs show "$A" STOP
	run 2 arcs show "$A" STOP NONSENSE
	run 2 state set "$A" NONSENSE
	run 2 walk "$A"
	run 2 migrate "$A"
	run 2 --iommu nonsense dev show
	run 2 stream show
	run 2 stream diff "$WORK/a"
	run 2 stream diff - -
	run 2 compat "$A"
	run 2 compat --descriptor
	run 2 compat --descriptor a "$A" "$B"
	run 2 compat --descriptor a --descriptor b --descriptor c
}

test_help_is_of_all_commands() {
	local command
	for command in "" dev "dev show" "dev set" "dev descriptor" "dev bind" \
		"dev unbind" "arcs show" "state get" "state set" walk save \
		restore migrate reset "fault set" "fault show" \
		"fault clear" "stream show" "stream verify" \
		"stream diff" compat verify replay; do
		# shellcheck disable=SC2086
		run 0 help $command
		says "usage: vfio-mig [OPTIONS]"
		fits_80
	done
	run 0 --version
	says "vfio-mig "
}

test_no_such_device_is_status_1() {
	local command
	for command in "dev show" "dev bind" "dev unbind" "arcs show" \
		"state get" save restore reset "dev descriptor" \
		"fault show" "fault clear"; do
		# shellcheck disable=SC2086
		run 1 $command ffff:00:00.0
		complains ffff:00:00.0
	done
	run 1 dev set ffff:00:00.0 dma-pending off
	run 1 fault set ffff:00:00.0 short_save 1
	run 1 compat ffff:00:00.0 "$B"
	run 1 migrate ffff:00:00.0 "$B"
}

# coloured YES|NO ARGUMENT…: what state get says of a device.
coloured() {
	local expected=$1
	shift
	run 0 "$@" state get "$A"
	if [ "$expected" = yes ]; then
		[ "$(cat "$WORK/out")" = $'\e[32mRUNNING\n\e[0m' ] ||
			fail "$*: no colour"
	else
		[ "$(cat "$WORK/out")" = RUNNING ] || fail "$*: colour"
	fi
}

test_colours_are_as_iproute2_has_them() {
	coloured no
	coloured yes -c
	coloured yes --color
	coloured yes -c=always
	coloured yes -color=always
	coloured yes --color=always
	coloured no --color=auto
	coloured no -c -c=never
	run 2 --color=perhaps state get "$A"
	complains "it must be always, auto or never"
	run 0 -c -j state get "$A"
	json '.state == "RUNNING"'
	script -qec "vfio-mig state get $A" "$WORK/terminal" >/dev/null
	grep -q $'\e\[32mRUNNING' "$WORK/terminal" || fail "none on a terminal"
	NO_COLOR=1 script -qec "vfio-mig state get $A" "$WORK/terminal" >/dev/null
	! grep -q $'\e' "$WORK/terminal" || fail "in spite of NO_COLOR"
	NO_COLOR=1 coloured yes -c
}

# The rest of completion needs no device, and is in selftests/tool.
test_completion_of_devices() {
	# shellcheck source=/dev/null
	. "${0%/*}/vfio-mig.bash"
	COMP_LINE="vfio-mig state get ${A:0:3}"
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	_vfio_mig
	[[ " ${COMPREPLY[*]} " == *" $A "* && " ${COMPREPLY[*]} " == *" $B "* ]] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing}"
	COMP_LINE="vfio-mig save ${A%.*}."
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	_vfio_mig
	[ "${COMPREPLY[*]}" = "${A##*:}" ] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing}"
	COMP_LINE="vfio-mig dev set $A dma-p"
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	_vfio_mig
	[ "${COMPREPLY[*]}" = dma-pending ] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing}"
	COMP_LINE="vfio-mig dev bind $A edu"
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	_vfio_mig
	[ "${COMPREPLY[*]}" = edu_vfio_pci ] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing}"
	COMP_LINE="vfio-mig fault clear $A fail"
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	_vfio_mig
	[ "${COMPREPLY[*]}" = fail_arc ] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing}"
}

run_tests "$0"
