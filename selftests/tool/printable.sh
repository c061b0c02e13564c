#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bytes of somebody else are shown as text: a terminal obeys none of them, JSON is
# JSON, and a line of error is a line.  The name of a process is in selftests/vm/tool.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

STREAM=$VFIO_MIG_SOURCE/selftests/golden/edu-1-idle

# What a terminal obeys, in each of the ways to write it; what is no UTF-8: a byte by
# itself, too long a form, half of a character of UTF-16, beyond the last, cut off; an
# end of a line; and what turns the direction.
EVIL=$'\e[31m\a\x7f\xc2\x9b31m\x9b\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82_\n\xe2\x80\xae'
SHOWN='?[31m???31m???????_??'

# What is said has it as it has to be shown, and nothing that is not text.
is_text() {
	LC_ALL=C.UTF-8 grep -qF -- "$SHOWN" "$1" || fail "does not say $SHOWN"
	! LC_ALL=C grep -q '[^ -~]' "$1" || fail "says what is no text"
}

test_the_name_of_a_file() {
	mkdir "$WORK/$EVIL"
	cp "$STREAM" "$WORK/$EVIL/stream"
	run 0 stream verify "$WORK/$EVIL/stream"
	is_text "$WORK/out"
	# And one that says that nobody here knows the device.
	[ "$(wc -l <"$WORK/out")" = 2 ] || fail "not one line"
	run 0 -j stream show "$WORK/$EVIL/stream"
	is_text "$WORK/out"
	json "(.file | endswith(\"/$SHOWN/stream\")) and .complete"
	run 1 stream diff "$STREAM" "$WORK/$EVIL"
	is_text "$WORK/err"
	run 1 compat --descriptor "$STREAM" --descriptor "$WORK/$EVIL"
	is_text "$WORK/err"
	run 1 -b "$WORK/$EVIL"
	is_text "$WORK/err"
	echo "stream verify /nowhere" >"$WORK/$EVIL/batch"
	run 1 -b "$WORK/$EVIL/batch"
	is_text "$WORK/err"
	complains "/batch:1: /nowhere: "
}

# Whatever stands there: it may come out of a list that somebody else has made.
test_what_was_typed() {
	local words
	for words in "$EVIL" "dev:$EVIL" "dev:show:$EVIL" "dev:bind:$EVIL" \
		"dev:set:0000:00:00.0:p2p:$EVIL" "dev:show:--$EVIL" "--$EVIL" \
		"--iommu:$EVIL:dev:show" "--color=$EVIL" "-$EVIL" "state:get:$EVIL" \
		"state:set:0000:00:00.0:$EVIL" "walk:0000:00:00.0:$EVIL" \
		"save:$EVIL" "fault:set:$EVIL:short_save:1" "call:0000:00:00.0:$EVIL" \
		"verify:0000:00:00.0:--only:$EVIL" "replay:$EVIL:0000:00:00.0" \
		"bench:0000:00:00.0:--rounds:$EVIL" "stream:show:$EVIL" \
		"monitor:$EVIL"; do
		said "${words//0000:00:00.0/0000_00_00.0}"
	done
}

# said WORDS: with a : between each, and _ for : in an address.
said() {
	local words=() word
	while IFS= read -r -d : word; do
		words+=("${word//0000_00_00.0/0000:00:00.0}")
	done <<<"$1:"
	vfio-mig "${words[@]}" >"$WORK/out" 2>"$WORK/err" </dev/null &&
		fail "${words[*]}: succeeds"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "${words[*]}: not one line"
	! LC_ALL=C grep -q '[^ -~]' "$WORK/err" || fail "says what is no text"
	[ ! -s "$WORK/out" ] || fail "says it on stdout"
}

test_text_stays_text() {
	local name='grün-緑-🟢'
	cp "$STREAM" "$WORK/$name"
	export LC_ALL=C.UTF-8
	run 0 stream verify "$WORK/$name"
	says "$WORK/$name: right"
	run 1 stream verify "$WORK/$name/"
	complains "$WORK/$name/: "
	export LC_ALL=C
	run 0 stream verify "$WORK/$name"
	says "$WORK/gr?n-?-?: right"
	run 1 stream verify "$WORK/$name/"
	complains "$WORK/gr?n-?-?/: "
	# JSON is UTF-8 wherever it goes.
	run 0 -j stream verify "$WORK/$name"
	json ".file == \"$WORK/$name\""
}

run_tests "$0"
