#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bash completes the words of vfio-mig.  What needs devices is in selftests/vm/tool.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"
# shellcheck source=/dev/null
. "$VFIO_MIG_SOURCE/tools/vfio-mig/completion/vfio-mig"

# offers LINE WORD…: exactly these, after that much of a line.
offers() {
	COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
	shift
	_vfio_mig
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)" = \
		"$(printf '%s\n' "$@" | sort | xargs)" ] ||
		fail "$COMP_LINE: offers ${COMPREPLY[*]:-nothing} instead of $*"
}

# offers_also LINE WORD…: these, and others.
offers_also() {
	local word
	COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
	shift
	_vfio_mig
	for word; do
		printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$word" ||
			fail "$COMP_LINE: does not offer $word"
	done
}

test_bash_knows_who_completes() {
	complete -p vfio-mig | grep -q -- '-F _vfio_mig vfio-mig' ||
		fail "nobody"
}

test_objects_and_commands() {
	offers_also "vfio-mig " dev arcs state walk save restore migrate reset bench \
		stream compat verify fault monitor replay call
	offers "vfio-mig mig" migrate
	offers "vfio-mig monitor --p" --poll --pretty
	offers "vfio-mig dev " show set descriptor open close bind unbind \
		create delete types
	offers "vfio-mig -j dev se" set
	offers "vfio-mig --iommu group dev unb" unbind
	offers "vfio-mig help str" stream
	offers "vfio-mig help stream d" describe diff
	offers "vfio-mig nonsense "
}

test_options_of_all_and_of_one() {
	offers "vfio-mig --js" --json
	offers "vfio-mig migrate --no" --no-precopy
	offers "vfio-mig save --no"
	offers_also "vfio-mig verify --" --peer --profile --json --iommu
	offers "vfio-mig --ba" --batch
	offers "vfio-mig --iommu " auto group iommufd
	offers "vfio-mig verify --profile q" qemu qemu-11.1
	offers "vfio-mig replay c" cloud-hypervisor
}

test_states() {
	local states
	vfio-mig walk 0000:00:00.0 NONSENSE 2>"$WORK/err"
	states=$(sed 's/.*states are//; s/,//g' "$WORK/err")
	[ "$(wc -w <<<"$states")" = 8 ] || fail "vfio-mig names its states otherwise"
	# shellcheck disable=SC2086
	offers "vfio-mig walk 0000:00:00.0 " $states
	offers "vfio-mig walk 0000:00:00.0 STOP_COPY RES" RESUMING
	offers "vfio-mig arcs show 0000:00:00.0 STOP RUNNING_" RUNNING_P2P
	offers "vfio-mig fault set 0000:00:00.0 delay_arc STOP_COPY RES" RESUMING
	offers "vfio-mig fault set 0000:00:00.0 short_save "
}

test_files_and_words() {
	cd "$WORK" || exit 1
	touch a.stream b.stream
	offers "vfio-mig stream show a." a.stream
	offers "vfio-mig --batch a." a.stream
	offers "vfio-mig -b a." a.stream
	offers "vfio-mig stream diff a.stream b." b.stream
	offers "vfio-mig compat --descriptor b" bin b.stream
	offers "vfio-mig dev set 0000:00:00.0 p2p " on off
}

run_tests "$0"
