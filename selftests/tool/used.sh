#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each command and each option that help names, and so the manual, is used by a test
# of this project; this looks for that in their text.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

# What the tests do, a file for each of theirs: lines that were broken are whole, and
# those are not in it that are about what is refused, offered or said.
uses() {
	local file
	mkdir "$WORK/uses"
	while read -r file; do
		sed -E ':more; /\\$/ { N; s/\\\n[[:space:]]*/ /; b more }' "$file" |
			grep -vE '^[[:space:]]*(#|\*|//|(run|batch) 2 |offers|says|complains)' \
			>"$WORK/uses/${file//\//.}" || true
	done < <(find "$VFIO_MIG_SOURCE/selftests" -name '*.sh' -o -name '*.c')
}

# used COMMAND [OPTION]: is there a file that has both?  A line of a batch begins with
# the command.
used() {
	local files before='(run [014]|vfio-mig|^)[[:space:]]+'
	before+='((--?[a-z]+(=[a-z]+)?|group|iommufd)[[:space:]]+)*'
	mapfile -t files < <(grep -rlE -- "$before$1([[:space:]\"]|$)" "$WORK/uses")
	[ "${#files[@]}" != 0 ] || return
	[ -z "${2:-}" ] ||
		grep -qE -- "(^|[[:space:]])$2([[:space:]=\")]|$)" "${files[@]}"
}

test_each_command_is_used() {
	local words unused=
	while read -r words; do
		used "$words" || unused+=", $words"
	done < <(commands)
	[ -z "$unused" ] || fail "no test uses ${unused#, }"
}

test_each_option_is_used() {
	local words option unused=
	while read -r words; do
		# shellcheck disable=SC2086
		while read -r option _; do
			used "$words" "$option" || unused+=", $words $option"
		done < <(vfio-mig help $words | options)
	done < <(commands)
	[ -z "$unused" ] || fail "no test uses ${unused#, }"
}

# Those of `vfio-mig call`, as it lists them itself.
test_each_call_is_made() {
	local call unused=
	run 2 call 0000:00:00.0 dance
	while read -r call; do
		grep -rqE "call [^ ]+ $call( |\"|$)" "$WORK/uses" || unused+=", $call"
	done < <(sed 's/.*there are: //; s/,//g' "$WORK/err" | tr ' ' '\n' | grep .)
	[ -z "$unused" ] || fail "no test makes the call ${unused#, }"
}

# By its name, or by its letter.
test_each_option_of_all_commands_is_used() {
	local letter option unused=
	while read -r letter option _; do
		grep -rqE -- "(run [014]|batch [014]|vfio-mig) ([^|#]* )?($letter|$option)([ =\"]|$)" \
			"$WORK/uses" || unused+=", $option"
	done < <(vfio-mig help | sed -nE \
		's/^ +(-[a-zA-Z],)? *(--[a-z]+).*/\1 \2/p' | sed 's/^ /- /; s/,//')
	[ -z "$unused" ] || fail "no test uses ${unused#, }"
}

uses
run_tests "$0"
