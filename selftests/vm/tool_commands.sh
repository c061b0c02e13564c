#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every command of vfio-mig: its exit status, the shape of what it says, and
# that -j is JSON.  What the commands do to devices is other tests' matter.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317
set -u

GOLDEN=golden
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

read -ra EDU <<<"${VFIO_MIG_EDU:-}"
A=${EDU[0]:-} B=${EDU[1]:-}

# ---- what a test is made of ----

fail() {
	echo "# $*"
	[ ! -s "$WORK/out" ] || head -c 1000 "$WORK/out" | sed 's/^/# stdout: /'
	[ ! -s "$WORK/err" ] || sed 's/^/# stderr: /' "$WORK/err"
	exit 1
}

# run STATUS ARGUMENT…: vfio-mig, which must end with that.
run() {
	local expected=$1 status=0
	shift
	vfio-mig "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	[ "$status" = "$expected" ] ||
		fail "vfio-mig $*: status $status instead of $expected"
	[ "$expected" = 0 ] || [ -s "$WORK/err" ] || [ -s "$WORK/out" ] ||
		fail "vfio-mig $*: does not say what is wrong"
	[ "$(wc -l <"$WORK/err")" -le 1 ] ||
		fail "vfio-mig $*: more than one line of error"
}

says() {
	grep -qF -- "$1" "$WORK/out" || fail "does not say: $1"
}

says_not() {
	! grep -qF -- "$1" "$WORK/out" || fail "says: $1"
}

complains() {
	grep -qF -- "$1" "$WORK/err" || fail "does not complain: $1"
}

# fits_80 of text for people; one-line sentences may be longer.
fits_80() {
	[ "$(awk 'length > m { m = length } END { print m + 0 }' \
		"$WORK/out")" -le 80 ] || fail "lines of more than 80 columns"
}

# json FILTER: what was said is one JSON value, of which that holds.
json() {
	jq -se 'length == 1' "$WORK/out" >/dev/null || fail "is not one JSON value"
	jq -e "$1" "$WORK/out" >/dev/null || fail "not so: $1"
}

bound() {
	vfio-mig dev bind "$1" "${2:-edu_vfio_pci}" >/dev/null ||
		fail "cannot bind $1"
}

properties_on() {
	local device
	for device in "$A" "$B"; do
		vfio-mig dev set "$device" dma-pending on >/dev/null ||
			fail "$device: cannot switch dma-pending on"
	done
}

# ---- streams made by hand ----

NIBBLE=(0x00000000 0x105ec76f 0x20bd8ede 0x30e349b1
	0x417b1dbc 0x5125dad3 0x61c69362 0x7198540d
	0x82f63b78 0x92a8fc17 0xa24bb5a6 0xb21572c9
	0xc38d26c4 0xd3d3e1ab 0xe330a81a 0xf36e6f75)

# le BYTES NUMBER: little-endian hexadecimal digits.
le() {
	local i out='' value=$2
	for ((i = 0; i < $1; i++)); do
		printf -v out '%s%02x' "$out" $((value >> 8 * i & 255))
	done
	echo "$out"
}

crc() {
	local i byte crc=$((0xffffffff))
	for ((i = 0; i < ${#1}; i += 2)); do
		byte=$((16#${1:i:2}))
		crc=$(((crc >> 4) ^ NIBBLE[(crc ^ byte) & 15]))
		crc=$(((crc >> 4) ^ NIBBLE[(crc ^ byte >> 4) & 15]))
	done
	le 4 $((crc ^ 0xffffffff))
}

# header [DEVICE] [MASK] [REQUIRED] [OPTIONAL]
header() {
	local hex
	hex=$(printf 'VFIOMIG\n' | od -An -v -tx1 | tr -d ' \n')
	hex+=$(le 2 1)$(le 2 80)$(le 2 0x1234)$(le 2 "${1:-0x11e8}")
	hex+=$(le 2 0x1af4)$(le 2 0x1100)$(le 1 0x10)000000
	hex+=$(le 8 "${2:-0xfffffff}")$(le 8 4096)$(le 8 0)$(le 8 0)
	hex+=$(le 8 "${3:-0}")$(le 8 "${4:-1}")$(le 4 0)
	echo "$hex$(crc "$hex")"
}

# frame ID FLAGS OFFSET PAYLOAD
frame() {
	local hex
	hex=$(le 4 "$1")$(le 4 "$2")$(le 4 $((${#4} / 2)))$(crc "$4")
	hex+=$(le 8 "$3")$(le 4 0)
	echo "$hex$(crc "$hex")$4"
}

# stream FILE HEADER FRAME…: with its END.
stream() {
	local file=$1 hex frames
	shift
	frames=$(($# - 1))
	hex=$(printf '%s' "$@")
	hex+=$(frame 0 1 0 "$(le 8 $((${#hex} / 2)))$(le 4 "$frames")$(le 4 0)")
	unhex "$hex" >"$file"
}

unhex() {
	local i out=''
	for ((i = 0; i < ${#1}; i += 2)); do
		out+="\\x${1:i:2}"
	done
	# shellcheck disable=SC2059
	printf "$out"
}

REGISTERS=0x65640001 BUFFER=0x65640002 DMA=0x65640003

# registers FACTORIAL STATUS COMMAND: the payload.
registers() {
	echo "$(le 4 0)$(le 4 "$1")$(le 4 "$2")$(le 4 0)$(le 24 0)$(le 8 "$3")"
}

# damaged FILE OFFSET: a copy with one byte changed.
damaged() {
	local byte
	cp "$1" "$WORK/damaged"
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $((byte ^ 0x40)))" |
		dd of="$WORK/damaged" bs=1 seek="$2" conv=notrunc status=none
}

# ---- the command line ----

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
		restore migrate reset "stream show" "stream verify" \
		"stream diff" compat; do
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
		"state get" save restore reset "dev descriptor"; do
		# shellcheck disable=SC2086
		run 1 $command ffff:00:00.0
		complains ffff:00:00.0
	done
	run 1 dev set ffff:00:00.0 dma-pending off
	run 1 compat ffff:00:00.0 "$B"
	run 1 migrate ffff:00:00.0 "$B"
}

# ---- devices ----

test_dev_bind_and_unbind() {
	run 0 dev unbind "$A"
	says "$A: bound to no driver"
	run 1 dev unbind "$A"
	run 1 state get "$A"
	complains "vfio-mig dev bind $A"
	run 1 dev bind "$A" no-such-driver
	run 0 dev bind "$A"
	says "$A: bound to edu_vfio_pci"
	run 0 -j dev bind "$A"
	json ".device == \"$A\" and .driver == \"edu_vfio_pci\""
}

test_dev_show() {
	run 0 dev show
	says "$A"
	says "$B"
	says edu_vfio_pci
	fits_80
	run 0 -j dev show
	json '.devices | map(select(.driver == "edu_vfio_pci")) | length >= 2'
	run 0 dev show "${A#0000:}"
	says "properties: dma-pending on"
	run 0 -j dev show "$A"
	json '.devices | length == 1'
	json '.devices[0].properties["dma-pending"] == true'
	json '.devices[0].properties.p2p == true'
	json '.devices[0].migration | index("STOP_COPY")'
}

test_dev_set() {
	run 0 dev set "$A" dma-pending off
	says "$A: dma-pending is off"
	run 0 -j dev show "$A"
	json '.devices[0].properties["dma-pending"] == false'
	run 0 -j dev set "$A" dma-pending on
	json '.property == "dma-pending" and .on'
	run 0 dev set "$A" p2p off
	run 0 -j dev show "$A"
	json '.devices[0].migration | index("P2P") == null'
	run 0 dev set "$A" p2p on
	run 1 dev set "$A" nonsense on
	complains "there are: dma-pending"
	run 1 dev set "$A" ../remove on
}

# In RESUMING, until the pipe is closed.
test_dev_set_says_who_has_it_open() {
	local holder tries=0
	mkfifo "$WORK/pipe"
	vfio-mig restore "$A" <"$WORK/pipe" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$WORK/pipe"
	until vfio-mig -j dev show "$A" | jq -e '.devices[0].busy' >/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "nobody opens it"
		sleep 0.1
	done
	run 1 dev set "$A" dma-pending off
	complains "vfio-mig (pid $holder) has it open"
	run 1 state get "$A"
	run 0 dev show "$A"
	says "busy: vfio-mig (pid $holder)"
	says "dma-pending on"
	exec 9>&-
	wait "$holder" || :
}

test_arcs_show() {
	run 0 arcs show "$A"
	says STOP_COPY
	fits_80
	run 0 -j arcs show "$A"
	json '.source == "driver" and (.arcs | length == 64)'
	run 0 arcs show "$A" running stop-copy
	says "combination: RUNNING -> "
	run 0 -j arcs show "$A" STOP STOP
	json '.verdict == "stays"'
	run 4 arcs show "$A" STOP ERROR
	complains "does not support STOP -> ERROR"
}

test_state_get_and_set() {
	run 0 state get "$A"
	says RUNNING
	run 0 -j state get "$A"
	json '.state == "RUNNING"'
	run 0 state set "$A" stop
	run 0 -j state set "$A" STOP_COPY
	json '.from == "RUNNING" and .to == "STOP_COPY" and .ns > 0'
	run 4 state set "$A" ERROR
}

test_walk() {
	run 0 walk "$A" STOP_COPY RESUMING RUNNING
	fits_80
	run 0 -j walk "$A" STOP_COPY RESUMING RUNNING
	json '.steps | length >= 5 and all(.ns >= 0)'
	run 0 -j walk --whole "$A" STOP_COPY RUNNING
	json '.steps | length == 2'
	run 4 walk "$A" STOP ERROR
	run 1 walk "$A" RESUMING RUNNING
	complains "not complete"
}

test_save_and_restore() {
	run 0 save "$A"
	cp "$WORK/out" "$WORK/saved"
	run 0 stream verify "$WORK/saved"
	says "right: 1 section"
	vfio-mig restore "$B" <"$WORK/saved" >"$WORK/out" 2>"$WORK/err" ||
		fail "cannot restore"
	says "$B: took $(stat -c %s "$WORK/saved") bytes"
	vfio-mig -j restore "$B" <"$GOLDEN/edu-2-dma-pending" >"$WORK/out" ||
		fail "cannot restore"
	json ".device == \"$B\" and .bytes > 4096"
}

test_restore_names_the_section_it_refuses() {
	local status=0
	damaged "$GOLDEN/edu-1-no-dma" 300
	vfio-mig restore "$A" <"$WORK/damaged" >"$WORK/out" 2>"$WORK/err" ||
		status=$?
	[ "$status" = 1 ] || fail "status $status"
	complains "section buffer: checksum is wrong"
}

test_migrate() {
	run 0 migrate "$A" "$B"
	says downtime
	fits_80
	run 0 -j migrate "$A" "$B"
	json '.downtime_ns > 0 and .bytes > 0 and (.steps | length > 5)'
	run 0 -j migrate --no-precopy "$A" "$B"
	json '.precopy_bytes == null'
	run 1 migrate "$A" "$A"
}

test_reset() {
	run 0 reset "$A"
	run 0 -j reset "$A"
	json ".device == \"$A\""
	run 0 reset --bus "$A"
}

test_other_drivers_are_status_4() {
	bound "$A" vfio-pci
	run 4 state get "$A"
	complains "vfio-mig dev bind $A edu_vfio_pci"
	run 4 arcs show "$A"
	run 4 save "$A"
	run 4 walk "$A" STOP
	run 4 dev descriptor "$A"
	complains "vfio-mig dev bind $A edu_vfio_pci"
	run 4 dev set "$A" dma-pending off
	complains "its driver vfio-pci has no properties"
	run 4 compat "$A" "$B"
	run 4 compat "$B" "$A"
	run 4 compat --descriptor "$GOLDEN/edu-1-idle" "$A"
	run 4 migrate "$A" "$B"
	run 4 migrate "$B" "$A"
	run 0 dev show "$A"
	says "no migration"
	says_not properties
	bound "$A"
}

# ---- streams ----

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

test_stream_verify_takes_what_is_right() {
	local file
	for file in "$GOLDEN"/*; do
		run 0 stream verify "$file"
		says "right: "
		run 0 -j stream verify "$file"
		json '.valid and .device_known and .unchecked == []'
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
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 "$(registers 7 0 0)")"
	refused "section registers: 7 is no factorial modulo 2^32"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 aabb)"
	refused "section registers: 2 bytes instead of 48"
	stream "$WORK/x" "$head" "$(frame "$DMA" 1 0 "$(le 4 5)$(le 4 0)")"
	refused "section registers: missing"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 1 0 "$(registers 1 0 1)")"
	refused "section dma: missing, and a command is pending"
	stream "$WORK/x" "$head" "$good" \
		"$(frame "$DMA" 1 0 "$(le 4 5)$(le 4 0)")"
	refused "section dma: present, and no command is pending"
	stream "$WORK/x" "$head" \
		"$(frame "$REGISTERS" 1 0 "$(registers 1 0 1)")" \
		"$(frame "$DMA" 1 0 "$(le 4 100001)$(le 4 0)")"
	refused "section dma: 100001 us are left of 100000"
	stream "$WORK/x" "$head" "$good" "$good"
	refused "section registers: comes twice"
	stream "$WORK/x" "$head" "$good" "$(frame 0x65640099 1 0 aabb)"
	refused "section 0x65640099: required, and not known here"
	stream "$WORK/x" "$head" "$(frame "$REGISTERS" 5 0 "$(registers 1 0 0)")"
	refused "section registers: comes in pieces"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 5 4095 aabb)"
	refused "section buffer: longer than 4096 bytes"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 5 -2 aabb)"
	refused "section buffer: a piece beyond any end"
	stream "$WORK/x" "$head" "$good" "$(frame "$BUFFER" 0x81 0 aabb)"
	refused "section buffer: unknown frame flags"
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

# ---- would it fit? ----

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
	for file in "$GOLDEN"/*; do
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

# ---- all of them ----

mapfile -t tests < <(sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' "$0")
echo "KTAP version 1"
[ -n "$B" ] || { echo "1..0 # SKIP needs two edu devices"; exit 4; }
(bound "$A" && bound "$B" && properties_on) || exit 1
echo "1..${#tests[@]}"
status=0 number=0
for name in "${tests[@]}"; do
	number=$((number + 1))
	: >"$WORK/out"
	: >"$WORK/err"
	if ("$name"); then
		echo "ok $number ${name#test_}"
	else
		echo "not ok $number ${name#test_}"
		status=1
	fi
	# Whatever a test left behind.
	(bound "$A" && bound "$B" && properties_on) || exit 1
done
exit "$status"
