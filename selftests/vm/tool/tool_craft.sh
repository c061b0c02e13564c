# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Streams made by hand, for the tests of vfio-mig's commands.

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

# shellcheck disable=SC2034
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
