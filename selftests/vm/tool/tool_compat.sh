#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig compat and dev descriptor: would a stream fit?
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"
. "${0%/*}/tool_craft.sh"

test_dev_descriptor() {
	run 0 dev descriptor "$A"
	cp "$WORK/out" "$WORK/a"
	run 0 stream verify "$WORK/a"
	run 0 stream show "$WORK/a"
	says "a descriptor, without sections"
	run 0 -j dev descriptor "$A"
	json '.known == ["dma-pending"] and .header.vendor == 4660'
	run 0 save "$A"
	cmp -s -n 80 "$WORK/out" "$WORK/a" || fail "not a stream's header"
	run 0 dev set "$A" dma-pending off
	run 0 -j dev descriptor "$A"
	json '.known == ["dma-pending"] and .header.optional == []'
	properties_on
}

test_compat_fits() {
	local file
	run 0 compat "$A" "$B"
	says "$A -> $B: fits"
	run 0 compat "$A" "$A"
	run 0 -j compat "$A" "$B"
	json '.fits and .certain and .mismatches == []'
	vfio-mig dev descriptor "$A" >"$WORK/a" || fail "no descriptor"
	run 0 compat --descriptor "$WORK/a" "$B"
	run 0 compat --descriptor "$WORK/a" --descriptor "$WORK/a"
	vfio-mig compat --descriptor - "$B" <"$WORK/a" >"$WORK/out" ||
		fail "not from stdin"
	says "stdin -> $B: fits"
	for file in "$GOLDEN"/edu-*; do
		run 0 compat --descriptor "$file" "$B"
	done
}

test_compat_with_a_property_off() {
	run 0 dev set "$B" dma-pending off
	vfio-mig dev descriptor "$A" >"$WORK/on"
	vfio-mig dev descriptor "$B" >"$WORK/off"
	run 0 compat "$A" "$B"
	says "$A -> $B: fits, unless:"
	says "dma-pending is switched off at $B"
	says "at the source: vfio-mig dev set $A dma-pending off"
	says "or at the destination: vfio-mig dev set $B dma-pending on"
	fits_80
	run 0 -j compat "$A" "$B"
	json '.fits and (.certain | not)'
	json '.mismatches[0] | .field == "dma-pending" and (.refused | not)'
	run 0 compat "$B" "$A"
	says_not unless
	run 0 compat --descriptor "$WORK/on" "$B"
	says "fits, unless:"
	run 0 compat --descriptor "$WORK/off" "$A"
	says_not unless
	run 0 -j compat --descriptor "$WORK/on" --descriptor "$WORK/off"
	json '.certain == false'
	run 0 -j compat --descriptor "$WORK/off" --descriptor "$WORK/on"
	json '.certain'
	# As was foretold: nothing is pending, so it is taken.
	run 0 migrate "$A" "$B"
	vfio-mig restore "$B" <"$GOLDEN/edu-2-dma-pending" 2>"$WORK/err" &&
		fail "takes a pending command"
	complains "section dma"
	properties_on
}

test_compat_names_each_mismatch() {
	stream "$WORK/x" "$(header 0x11e9 0xffffffff 0x200 0x40)"
	run 1 compat --descriptor "$WORK/x" "$B"
	says "does not fit"
	says "device is 0x11e9, $B has 0x11e8"
	says "required behaviour bit 9 is not known at $B"
	says "optional behaviour bit 6 is not known at $B"
	fits_80
	run 1 -j compat --descriptor "$WORK/x" "$B"
	json '.fits == false and (.mismatches | length == 4)'
	json '.mismatches | map(.refused) == [true, true, true, false]'
	json '.mismatches | all((.text | length > 0) and (.fix | length > 0))'
	cp "$WORK/out" "$WORK/device"
	vfio-mig dev descriptor "$B" >"$WORK/b"
	run 1 -j compat --descriptor "$WORK/x" --descriptor "$WORK/b"
	[ "$(jq -c '[.mismatches[] | .theirs, .ours]' "$WORK/out")" = \
		"$(jq -c '[.mismatches[] | .theirs, .ours]' "$WORK/device")" ] ||
		fail "the driver answers otherwise than the tool"
	stream "$WORK/x" "$(header 0x11e8 0xffffffff)"
	run 1 compat --descriptor "$WORK/x" "$B"
	says "geometry dma mask is 0xffffffff, $B has 0xfffffff"
	says "load edu_vfio_pci with dma_mask=0xffffffff"
	damaged "$WORK/b" 40
	run 1 compat --descriptor "$WORK/damaged" "$B"
	complains "header: checksum is wrong"
}

run_tests "$0"
