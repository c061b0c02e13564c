#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The manual pages are right, and say of commands and options what --help says.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

MAN=$VFIO_MIG_SOURCE/Documentation/man

# Without the way in which a terminal of paper makes letters bold.
unstruck() {
	sed 's/.\x08//g'
}

# page OBJECT: as a terminal shows it, without the breaks of lines.
page() {
	mandoc -T ascii -O width=400 "$MAN/vfio-mig-$1.8" | unstruck
}

# section NAME: of the page on stdin.
section() {
	awk -v name="$1" '/^[A-Z]/ { here = $0 == name; next } here'
}

# same WHAT LEFT RIGHT: two lists, each in a file.
same() {
	diff "$2" "$3" >"$WORK/diff" && return
	sed 's/^/# /' "$WORK/diff"
	fail "$1: help (<) and the manual (>) differ"
}

test_the_pages_are_well_formed() {
	# They are not installed where mandoc looks for them; see below.
	mandoc -T lint "$MAN"/*.8 2>&1 |
		grep -v 'referenced manual not found: Xr vfio-mig' >"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "mandoc complains"
}

test_the_pages_that_are_named_exist() {
	local name
	while read -r name; do
		[ -e "$MAN/$name.8" ] || fail "there is no $name(8)"
	done < <(sed -nE 's/^\.Xr (vfio-mig[a-z-]*) 8.*/\1/p' "$MAN"/*.8 | sort -u)
}

test_there_is_a_page_for_each_object_and_none_else() {
	{ echo vfio-mig; commands | sed 's/ .*//; s/^/vfio-mig-/'; } |
		sort -u >"$WORK/help"
	find "$MAN" -name '*.8' -printf '%f\n' | sed 's/\.8$//' |
		sort >"$WORK/man"
	[ "$(wc -l <"$WORK/help")" -ge 12 ] || fail "help lists too little"
	same objects "$WORK/help" "$WORK/man"
}

test_each_synopsis_is_the_usage() {
	local object
	for object in $(commands | sed 's/ .*//' | sort -u); do
		commands | grep -E "^$object( |$)" | while read -r words; do
			# shellcheck disable=SC2086
			vfio-mig help $words | sed -n '1s/usage: //p'
		done >"$WORK/help"
		page "$object" | section SYNOPSIS | sed -nE 's/^ +//p' |
			grep . >"$WORK/man"
		same "$object" "$WORK/help" "$WORK/man"
	done
}

test_each_option_is_in_both() {
	local object
	for object in $(commands | sed 's/ .*//' | sort -u); do
		commands | grep -E "^$object( |$)" | while read -r words; do
			# shellcheck disable=SC2086
			vfio-mig help $words
		done | options >"$WORK/help"
		page "$object" | section DESCRIPTION | options >"$WORK/man"
		same "$object" "$WORK/help" "$WORK/man"
	done
	vfio-mig help | options >"$WORK/help"
	[ -s "$WORK/help" ] || fail "there are no options"
	mandoc -T ascii -O width=400 "$MAN/vfio-mig.8" | unstruck |
		section DESCRIPTION | options >"$WORK/man"
	same vfio-mig "$WORK/help" "$WORK/man"
}

test_the_first_page_names_all_others() {
	mandoc -T ascii -O width=400 "$MAN/vfio-mig.8" | unstruck |
		section "SEE ALSO" | grep -oE 'vfio-mig-[a-z]+' | sort >"$WORK/man"
	commands | sed 's/ .*//; s/^/vfio-mig-/' | sort -u >"$WORK/help"
	same "SEE ALSO" "$WORK/help" "$WORK/man"
}

test_help_is_there_on_each_level() {
	local words
	run 0 --help
	while read -r words; do
		# shellcheck disable=SC2086
		run 0 ${words% *} --help
		says "usage: vfio-mig [OPTIONS] ${words% *}"
		# shellcheck disable=SC2086
		run 0 $words --help
		says "usage: vfio-mig [OPTIONS] $words"
		fits_80
		cp "$WORK/out" "$WORK/one"
		# shellcheck disable=SC2086
		run 0 help $words
		cmp -s "$WORK/out" "$WORK/one" || fail "help $words differs"
	done < <(commands)
}

run_tests "$0"
