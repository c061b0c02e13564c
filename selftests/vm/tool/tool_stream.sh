#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig stream: what it shows, refuses and compares.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"
. "${0%/*}/tool_craft.sh"

test_stream_show() {
	run 0 stream show "$GOLDEN/edu-2-dma-pending"
	says "device       1234:11e8, subsystem 1af4:1100, revision 10"
	says "geometry     dma mask 0xfffffff"
	says "optional     dma-pending"
	says "0x65640002 buffer"
	says_not unknown
	says_not liveness
	fits_80
	run 0 -v stream show "$GOLDEN/edu-2-dma-pending"
	says "remaining_us   100000"
	fits_80
	run 0 -j stream show "$GOLDEN/edu-2-dma-pending"
	json '.complete and .frames == 3 and .header.optional == ["dma-pending"]'
	json '.sections | map(.name) == ["registers", "buffer", "dma"]'
	json '.sections[1] | .offset == 160 and .bytes == 4096 and .required'
	json '.sections[0].fields.factorial == 120'
	vfio-mig stream show - <"$GOLDEN/edu-1-idle" >"$WORK/out" ||
		fail "not from stdin"
	says registers
	# shellcheck disable=SC2002
	cat "$GOLDEN/edu-2-dma-pending" | vfio-mig -v stream show - >"$WORK/out" ||
		fail "not through a pipe"
	says "remaining_us   100000"
	run 1 stream show "$WORK/none"
	run 1 stream show "$WORK"
}

test_stream_show_marks_what_is_unknown() {
	stream "$WORK/odd" "$(header 0x11e8 0xfffffff 0 0x81)" \
		"$(frame "$REGISTERS" 1 0 "$(registers 1 0 0)")" \
		"$(frame 0x65640099 0 0 aabb)"
	run 0 stream show "$WORK/odd"
	says "dma-pending bit 7 (unknown)"
	says "0x65640099 (unknown)"
	run 0 -j stream show "$WORK/odd"
	json '.sections[1] | .known == false and .name == null'
	run 0 stream verify "$WORK/odd"
	says "section 0x65640099: optional, and not known here"
}

test_stream_show_names_the_checksum() {
	run 0 stream show "$GOLDEN/bochs-2-picture"
	says "required     xxh64"
	says "required,piece,xxh64"
	run 0 -j stream show "$GOLDEN/bochs-2-picture"
	json '.header.required == ["xxh64"] and .header.optional == []'
	json '[.sections[].checksum] == ["xxh64", "crc32c"]'
	run 0 stream show "$GOLDEN/bochs-1-picture"
	says_not xxh64
	run 0 -j stream show "$GOLDEN/bochs-1-picture"
	json '[.sections[].checksum] == ["crc32c", "crc32c"]'
	# What is in memory is the same, and how it was summed is no difference.
	run 1 stream diff "$GOLDEN/bochs-1-picture" "$GOLDEN/bochs-2-picture"
	says "header: required behaviours 0 -> 0x8000000000000000"
	says_not "memory"
}

# The other side lacks it: said before anything is sent, with what to do.
test_compat_names_the_checksum() {
	run 1 compat --descriptor "$GOLDEN/bochs-2-picture" \
		--descriptor "$GOLDEN/bochs-1-picture"
	says "required behaviour xxh64 is not switched on at"
	says "at the source: vfio-mig dev set DEVICE xxh64 off"
	run 0 compat --descriptor "$GOLDEN/bochs-1-picture" \
		--descriptor "$GOLDEN/bochs-2-picture"
}

test_stream_verify_takes_what_is_right() {
	local file
	# Its driver says what a display's stream is made of; of others there is no device.
	run 0 dev bind "${VFIO_MIG_BOCHS%% *}"
	for file in "$GOLDEN"/*; do
		run 0 stream verify "$file"
		says "right: "
		run 0 -j stream verify "$file"
		case ${file##*/} in
		edu-* | bochs-*) json '.valid and .device_known and .unchecked == []' ;;
		*) json '.valid and (.device_known | not) and .unchecked != []' ;;
		esac
		vfio-mig stream verify - <"$file" >"$WORK/out" ||
			fail "not from stdin"
	done
	stream "$WORK/other" "$(header 0x9999)" "$(frame 0x77 1 0 aabb)"
	run 0 stream verify "$WORK/other"
	says "nothing is known of this device"
	stream "$WORK/empty" "$(header)"
	run 0 stream verify "$WORK/empty"
	says "a descriptor, without sections"
}

# refused WORDS: by verify, and as well in JSON.
refused() {
	run 1 stream verify "$WORK/x"
	complains "$1"
	run 1 -j stream verify "$WORK/x"
	json '.valid == false and .errno > 0 and (.error | length > 0)'
}

test_stream_verify_finds_damage_by_section() {
	local name=edu-2-dma-pending
	damaged "$GOLDEN/$name" 4
	mv "$WORK/damaged" "$WORK/x"
	refused "header: not a vfio-mig stream"
	damaged "$GOLDEN/$name" 40
	mv "$WORK/damaged" "$WORK/x"
	refused "header: checksum is wrong"
	damaged "$GOLDEN/$name" 120
	mv "$WORK/damaged" "$WORK/x"
	refused "section registers: checksum is wrong"
	json '.section_name == "registers" and .section == 1701052417'
	damaged "$GOLDEN/$name" 161
	mv "$WORK/damaged" "$WORK/x"
	refused "frame 1: checksum is wrong, after section registers"
	damaged "$GOLDEN/$name" 300
	mv "$WORK/damaged" "$WORK/x"
	refused "section buffer: checksum is wrong"
	damaged "$GOLDEN/$name" 4325
	mv "$WORK/damaged" "$WORK/x"
	refused "section dma: checksum is wrong"
	head -c 1000 "$GOLDEN/$name" >"$WORK/x"
	refused "it ends at byte 1000, in section buffer"
	head -c -1 "$GOLDEN/$name" >"$WORK/x"
	refused "in section end"
	cat "$GOLDEN/$name" "$GOLDEN/$name" >"$WORK/x"
	refused "bytes after the end of the stream"
	: >"$WORK/x"
	refused "it ends at byte 0"
}

# The codec takes these; what the sections hold is wrong.
test_stream_verify_knows_the_rules_of_edu() {
	local head good
	head=$(header)
	good=$(frame "$REGISTERS" 1 0 "$(registers 120 0x80 0)")
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 "$(registers 120 2 0)")"
	refused "section registers: status 0x2 cannot be"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 aabb)"
	refused "section registers: 2 bytes instead of 48"
	stream "$WORK/x" "$head" "$(frame "$DMA" 1 0 "$(le 4 5)$(le 4 0)")"
	refused "section registers: missing"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 "$(registers 1 0 1)")"
	refused "section dma: missing, and dma_command has 0x1"
	stream "$WORK/x" "$head" "$good" \
		"$(frame "$DMA" 1 0 "$(le 4 5)$(le 4 0)")"
	refused "section dma: present, and dma_command has no 0x1"
	stream "$WORK/x" "$head" \
		"$(frame "$REGISTERS" 1 0 "$(registers 1 0 1)")" \
		"$(frame "$DMA" 1 0 "$(le 4 100001)$(le 4 0)")"
	refused "section dma: remaining_us 100001 cannot be"
	stream "$WORK/x" "$head" "$good" "$good"
	refused "section registers: comes twice"
	stream "$WORK/x" "$head" "$good" "$(frame 0x65640099 1 0 aabb)"
	refused "section 0x65640099: required, and not known here"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 5 0 "$(registers 1 0 0)")"
	refused "section registers: comes in pieces"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 5 4095 aabb)"
	refused "section buffer: longer than 4096 bytes"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 5 -2 aabb)"
	refused "section buffer: piece beyond any end"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 0x81 0 aabb)"
	refused "section buffer: unknown frame flags"
}

# text FORMAT: lines of a text that says what a stream is made of, in hexadecimal.
text() {
	# shellcheck disable=SC2059
	printf "$1" | od -An -v -tx1 | tr -d ' \n'
}

# No driver of this host knows the device; the file says what is in it.
test_stream_names_come_with_a_file() {
	local names good
	names=$(frame 1 0 0 "$(text \
		'section\t0x77770001\tthings\talways\nfield\t4\twidth\tdec\tmost=10\nbehaviour\t0x80\tfolding\tit is folded\ngeometry\t0\tlength\t\ngeometry\t1\troom\t\n')")
	good=$(frame 0x77770001 1 0 "$(le 4 7)")
	stream "$WORK/x" "$(header 0x9999 5 0 0x80)" "$names" "$good"
	run 0 -v stream show "$WORK/x"
	says "0x77770001 things"
	says "width          7"
	says "geometry     length 0x5"
	says "optional     folding"
	says_not unknown
	run 0 stream verify "$WORK/x"
	says_not "nothing is known"
	stream "$WORK/x" "$(header 0x9999)" "$names" \
		"$(frame 0x77770001 1 0 "$(le 4 11)")"
	refused "section things: width 11 cannot be"
	stream "$WORK/x" "$(header 0x9999)" "$names"
	run 0 stream verify "$WORK/x"
	# A text that is none teaches nothing, and is no fault.
	stream "$WORK/x" "$(header 0x9999)" "$(frame 1 0 0 "$(text \
		'section\t0x77770001\tthi\033[31mngs\nfield\t4\twid\033[31mth\tdec\n')")" "$good"
	run 0 -v stream show "$WORK/x"
	says "0x77770001 (unknown)"
	says_not $'\033'
	stream "$WORK/x" "$(header 0x9999)" "$(frame 1 0 0 "$(text 'field\t4\tlost\tdec\n')")" "$good"
	run 0 stream verify "$WORK/x"
	says "nothing is known of this device"
}

# What describes a stream is passed over by whoever loads it.
test_described_stream_is_the_same_stream() {
	local name=edu-2-dma-pending
	vfio-mig stream describe "$GOLDEN/$name" >"$WORK/x" || fail "is not described"
	run 0 stream verify "$WORK/x"
	run 0 stream show "$WORK/x"
	says "0x1 names"
	run 1 stream diff "$GOLDEN/$name" "$WORK/x"
	says "section names: only in"
	[ "$(wc -l <"$WORK/out")" = 1 ] || fail "it differs in more than that"
	vfio-mig stream describe - <"$WORK/x" >"$WORK/y" || fail "not from stdin"
	cmp -s "$WORK/x" "$WORK/y" || fail "it is described twice"
	vfio-mig restore "$B" <"$WORK/x" >"$WORK/out" 2>"$WORK/err" || fail "is not loaded"
	stream "$WORK/other" "$(header 0x9999)"
	run 1 stream describe "$WORK/other"
	complains "no driver of this host says"
	head -c 1000 "$GOLDEN/$name" >"$WORK/x"
	run 1 stream describe "$WORK/x"
	complains "not complete"
}

test_descriptor_says_what_a_stream_is_made_of() {
	vfio-mig dev descriptor --names "$A" >"$WORK/d" || fail "no descriptor"
	run 0 stream show "$WORK/d"
	says "0x1 names"
	run 0 stream verify "$WORK/d"
	grep -aq "dma-pending.a DMA command is pending" "$WORK/d" ||
		fail "it does not say when a behaviour shows"
	run 0 compat --descriptor "$WORK/d" "$B"
	vfio-mig dev descriptor "$A" >"$WORK/d" || fail "no descriptor"
	run 0 stream show "$WORK/d"
	says "a descriptor, without sections"
}

test_stream_pieces_are_taken_together() {
	local head good
	head=$(header)
	good=$(frame "$REGISTERS" 1 0 "$(registers 1 0 0)")
	stream "$WORK/a" "$head" "$good" "$(frame "$BUFFER" 5 16 aabbccdd)" \
		"$(frame "$BUFFER" 5 18 1122)"
	run 0 stream verify "$WORK/a"
	run 0 -j stream show "$WORK/a"
	json '.sections[1] | .flags == "required,piece" and .frames == 2'
	stream "$WORK/b" "$head" "$good" "$(frame "$BUFFER" 5 16 aabb1122)"
	run 0 stream diff "$WORK/a" "$WORK/b"
	stream "$WORK/b" "$head" "$(frame "$BUFFER" 1 0 \
		"$(le 16 0)aabb1122$(le 4076 0)")" "$good"
	run 0 stream diff "$WORK/a" "$WORK/b"
	stream "$WORK/b" "$head" "$good" "$(frame "$BUFFER" 5 17 bb1122)" \
		"$(frame "$BUFFER" 5 4000 01)"
	run 1 stream diff "$WORK/a" "$WORK/b"
	says "section buffer: bytes 0x10-0x10 (1)"
	says "section buffer: bytes 0xfa0-0xfa0 (1)"
	[ "$(wc -l <"$WORK/out")" = 2 ] || fail "more than two differences"
}

test_stream_diff() {
	run 0 stream diff "$GOLDEN/edu-1-idle" "$GOLDEN/edu-1-idle"
	run 0 -j stream diff "$GOLDEN/edu-1-idle" "$GOLDEN/edu-1-idle"
	json '.equal and .differences == []'
	run 1 stream diff "$GOLDEN/edu-1-no-dma" "$GOLDEN/edu-2-dma-pending"
	says "header: optional behaviours 0 -> 0x1"
	says "section registers: factorial 479001600 -> 120"
	says "section buffer: bytes "
	says "more ranges"
	says "section dma: only in $GOLDEN/edu-2-dma-pending (8 bytes)"
	fits_80
	run 1 -j stream diff "$GOLDEN/edu-2-dma-pending" "$GOLDEN/edu-1-no-dma"
	json '.equal == false'
	json '.differences | any(.field == "factorial" and .a == 120)'
	json '.differences | any(.section == "dma" and .only_in != null)'
	# shellcheck disable=SC2002
	cat "$GOLDEN/edu-1-idle" | vfio-mig stream diff - "$GOLDEN/edu-1-idle" ||
		fail "not equal through a pipe"
	stream "$WORK/a" "$(header)" "$(frame 0x99 1 0 00112233)"
	stream "$WORK/b" "$(header)" "$(frame 0x99 1 0 00ff2233)"
	run 1 stream diff "$WORK/a" "$WORK/b"
	says "section 0x99: bytes 0x1-0x1 (1)"
	# shellcheck disable=SC2002
	cat "$WORK/a" | vfio-mig stream diff - "$WORK/b" >"$WORK/out" &&
		fail "equal through a pipe"
	says "section 0x99: bytes 0x1-0x1 (1)"
	damaged "$GOLDEN/edu-1-idle" 120
	run 1 stream diff "$WORK/damaged" "$GOLDEN/edu-1-idle"
	complains "section registers: checksum is wrong"
}

run_tests "$0"
