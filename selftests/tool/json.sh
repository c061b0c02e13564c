#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# With -j each command writes one object, and one that fails does so too: what it has
# found, or an error-1.  What is in the objects of commands that succeed is seen where
# there are devices.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

STREAM=$VFIO_MIG_SOURCE/selftests/golden/edu-1-idle

# fails ARGUMENT…: vfio-mig, whichever way; STATUS is how.
fails() {
	STATUS=0
	vfio-mig "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || STATUS=$?
	[ "$STATUS" != 0 ] || fail "$*: succeeds"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "$*: not one line of error"
}

# An error is all that there is, and the same as on stderr.
is_error() {
	local text
	[ "$(wc -l <"$WORK/out")" = 1 ] || fail "$*: not one line of JSON"
	cp "$WORK/out" "$(mktemp "$WORK/json.XXXXXX")"
	json ".schema == \"error-1\" and .status == $STATUS"
	text=$(jq -r '"vfio-mig: " + .error + (if .hint then "; " + .hint else "" end)' \
		"$WORK/out")
	[ "$text" = "$(cat "$WORK/err")" ] || fail "$*: stderr says something else"
}

# arguments WORD…: in the place of each that the usage of this command has, something
# that is not there.
arguments() {
	local usage word
	read -ra usage < <(vfio-mig help "$@" |
		sed -n '1s/^usage: vfio-mig \[OPTIONS\] //p')
	for word in "${usage[@]:$#}"; do
		word=${word//[].[]/}
		case $word in
		DEVICE | SOURCE | DESTINATION | PEER) echo ffff:00:00.0 ;;
		FILE | A | B) echo /nowhere ;;
		STATE | FROM | TO) echo STOP ;;
		VMM) echo qemu ;;
		CALL) echo sleep ;;
		on\|off) echo on ;;
		*) echo 1 ;;
		esac
	done
}

# all_commands FUNCTION: called with the words of each.
all_commands() {
	local words count=0
	while read -ru 3 -a words; do
		"$1" "${words[@]}"
		count=$((count + 1))
	done 3< <(commands)
	[ "$count" -ge 25 ] || fail "there are only $count commands"
}

# These have stdout for a stream.
is_raw() {
	[[ $* = save || $* = "stream describe" ]]
}

fails_without_a_device() {
	local arguments
	mapfile -t arguments < <(arguments "$@")
	# Nothing is asked of it that could be missing.
	[ "${#arguments[@]}" != 0 ] || return 0
	fails -j "$@" "${arguments[@]}"
	if is_raw "$@"; then
		[ ! -s "$WORK/out" ] || fail "writes into the stream"
		return
	fi
	is_error "$@"
	json ".command == \"$*\""
	[ "$STATUS" != 2 ] || [[ "$*" == "dev open" || "$*" == "dev close" ]] ||
		fail "$*: wrong usage"
}

test_each_command_that_fails_writes_an_error() {
	all_commands fails_without_a_device
}

fails_by_its_options() {
	fails -j "$@" --nonsense
	[ "$STATUS" = 2 ] || fail "$*: status $STATUS"
	if is_raw "$@"; then
		[ ! -s "$WORK/out" ] || fail "$*: writes into the stream"
	else
		is_error "$@"
	fi
}

test_each_command_that_is_not_understood_writes_one() {
	all_commands fails_by_its_options
}

# Wherever -j stands: what is before it may be wrong.
test_json_that_is_asked_for_too_late_is_written() {
	local words
	for words in "-j" "nonsense -j" "dev -j" "dev nonsense -j" "--nonsense -j" \
		"dev show --nonsense --json" "--iommu nonsense -j dev show" \
		"--color=nonsense dev -vj" "stream show -j" "compat -j" \
		"-b nowhere -j stream" "-j --force stream show $STREAM" \
		"-j -b /nowhere"; do
		read -ra words <<<"$words"
		fails "${words[@]}"
		is_error "${words[@]}"
	done
	fails nonsense -p
	[ "$(wc -l <"$WORK/out")" -gt 1 ] || fail "is not pretty"
	json '.schema == "error-1" and .status == 2 and .command == null'
}

test_without_json_stdout_is_empty() {
	fails nonsense
	[ ! -s "$WORK/out" ] || fail "something on stdout"
	fails stream show /nowhere
	[ ! -s "$WORK/out" ] || fail "something on stdout"
	# It is the value of an option, and none itself.
	fails verify ffff:00:00.0 --only -j
	[ ! -s "$WORK/out" ] || fail "something on stdout"
}

test_errors_have_what_is_known() {
	run 1 -j stream show /nowhere
	json '.errno == 2 and .status == 1 and .command == "stream show" and
		(.error | startswith("/nowhere: "))'
	run 1 -j state get ffff:00:00.0
	json '.hint == "list what there is with: vfio-mig dev show" and .errno == 19'
	run 2 -j dev set ffff:00:00.0 p2p perhaps
	json '.errno == null and .hint == null and .status == 2'
}

# Not so where the modules are: there it is told, or this is another namespace.
test_without_the_family_it_says_what_to_do() {
	[ ! -d /sys/module/vfio_mig ] || skip "vfio_mig is loaded here"
	run 4 -j monitor
	json '.hint | test("vfio-mig monitor --poll")'
	complains "no driver is loaded that tells"
}

# What it has found is its own object, and there is no other.
test_who_has_something_to_tell_writes_that_alone() {
	head -c 200 "$STREAM" >"$WORK/damaged"
	run 1 -j stream verify "$WORK/damaged"
	json '.schema == "stream-verify-1" and .valid == false'
	run 1 -j stream diff "$STREAM" "$VFIO_MIG_SOURCE/selftests/golden/edu-1-no-dma"
	json '.schema == "stream-diff-1"'
}

test_each_line_of_a_batch_writes_one() {
	cat >"$WORK/batch" <<-END
		stream verify $STREAM

		stream verify /nowhere
		save ffff:00:00.0
		dance
		stream verify 'a
		stream verify $STREAM
	END
	run 1 -j -b "$WORK/batch"
	[ "$(jq -r '[.schema, .line] | join(" ")' "$WORK/out" | xargs)" = \
		"stream-verify-1 error-1 3" ] || fail "other objects"
	vfio-mig -j --force -b "$WORK/batch" >"$WORK/out" 2>"$WORK/err" &&
		fail "it succeeds"
	[ "$(jq -r '[.schema, .line] | join(" ")' "$WORK/out" | xargs)" = \
		"stream-verify-1 error-1 3 error-1 5 error-1 6 stream-verify-1" ] ||
		fail "other objects"
	echo "stream verify 'a" >"$WORK/batch"
	run 2 -j -b "$WORK/batch"
	json '.schema == "error-1" and .line == 1'
}

run_tests "$0"
