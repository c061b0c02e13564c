#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tool with two displays, of which one knows a checksum that the other does not.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/commands.sh"
. "${0%/*}/bound.sh"

read -ra DISPLAYS <<<"${VFIO_MIG_BOCHS:-}"
two_of displays "${DISPLAYS[@]}"
A=$first B=$second

between_tests() {
	local device
	for device in "$A" "$B"; do
		bound "$device" bochs_vfio_pci
		vfio-mig dev set "$device" xxh64 on >/dev/null ||
			fail "$device: cannot switch xxh64 on"
	done
}

test_property_is_shown_and_switched() {
	run 0 dev show "$A"
	says "xxh64 on"
	run 0 dev set "$A" xxh64 off
	run 0 -j dev show "$A"
	json '.devices[0].properties.xxh64 == false'
	run 0 -j dev descriptor "$A"
	json '.known == ["xxh64"] and .header.required == []'
	run 0 dev set "$A" xxh64 on
	run 0 -j dev descriptor "$A"
	json '.header.required == ["xxh64"] and .header.optional == []'
}

test_compat_names_what_is_lacking() {
	run 0 dev set "$B" xxh64 off
	run 1 compat "$A" "$B"
	says "does not fit"
	says "required behaviour xxh64 is switched off at $B"
	says "at the source: vfio-mig dev set $A xxh64 off"
	says "or at the destination: vfio-mig dev set $B xxh64 on"
	run 0 compat "$B" "$A"
	says "fits"
}

# Before it has opened a session on either side.
test_migrate_refuses_by_name_and_says_what_to_do() {
	run 0 dev set "$B" xxh64 off
	run 1 migrate "$A" "$B"
	complains "required behaviour xxh64 is switched off at $B"
	complains "vfio-mig dev set $A xxh64 off"
	run 0 dev set "$A" xxh64 off
	run 0 migrate "$A" "$B"
	run 0 dev set "$B" xxh64 on
	run 0 migrate "$A" "$B"
	run 0 dev set "$A" xxh64 on
	run 0 migrate "$A" "$B"
}

test_stream_of_either_checksum_is_restored() {
	run 0 save "$A"
	cp "$WORK/out" "$WORK/new"
	run 0 dev set "$A" xxh64 off
	run 0 save "$A"
	cp "$WORK/out" "$WORK/old"
	run 0 -j stream show "$WORK/new"
	json '.header.required == ["xxh64"]'
	run 0 -j stream show "$WORK/old"
	json '.header.required == []'
	vfio-mig restore "$B" <"$WORK/new" || fail "does not take its own"
	vfio-mig restore "$B" <"$WORK/old" || fail "does not take the old"
	run 0 dev set "$B" xxh64 off
	vfio-mig restore "$B" <"$WORK/old" || fail "does not take the old"
	vfio-mig restore "$B" <"$WORK/new" 2>"$WORK/err" &&
		fail "takes what it has never heard of"
	complains "xxh64"
}

run_tests "$0"
