# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the person sees: one line a step with its seconds, and errors that
# name the next step.  All of it goes to stderr; stdout is the command's.

# Are there others that speak at the same time?  Then a line comes when it is whole.
quiet= line_whole=

say() {
	[ -n "$quiet" ] || printf 'vm: %s\n' "$*" >&2
}

die() {
	printf 'vm: %s\n' "$*" >&2
	exit 2
}

# No command may end this without a word.
say_error() {
	[[ $- != *e* ]] || printf 'vm: status %s from %s line %s: %s\n' "$1" \
		"${BASH_SOURCE[1]##*/}" "${BASH_LINENO[0]}" "${BASH_COMMAND::99}" >&2
}
set -E
trap 'say_error $?' ERR

# Starts a line, and on a terminal keeps counting its seconds.
line_begin() {
	line_text=$1
	line_start=$SECONDS
	line_pid=
	[ -z "$quiet$line_whole" ] || return 0
	printf 'vm: %s …' "$line_text" >&2
	[ -t 2 ] || return 0
	(
		trap - INT TERM
		while sleep 1; do
			printf '\rvm: %s … %d s' "$line_text" \
				$((SECONDS - line_start)) >&2
		done
	) &
	line_pid=$!
}

line_end() {
	if [ -n "$line_pid" ]; then
		kill "$line_pid" 2>/dev/null || true
		wait "$line_pid" 2>/dev/null || true
		printf '\rvm: %s …' "$line_text" >&2
	fi
	local took=${1:-$((SECONDS - line_start)) s}
	times_step "$line_text" "$((SECONDS - line_start))"
	if [ -n "$quiet" ]; then
		:
	elif [ -n "$line_whole" ]; then
		printf 'vm: %s … %s\n' "$line_text" "$took" >&2
	else
		printf ' %s\n' "$took" >&2
	fi
}

# attempt COMMAND…: the status of COMMAND goes to $rc, and `set -e` stays
# alive inside of it, which it would not in an `if` or before an `||`.
attempt() {
	set +e
	(
		set -e
		"$@"
	)
	rc=$?
	set -e
}

# step TEXT FUNCTION [ARG…]: runs it with its output in a log, of which the
# end is shown when it fails.
step() {
	local text=$1 log=$CACHE/log/$2.log
	shift
	line_begin "$text"
	attempt step_quietly "$@" >"$log" 2>&1 </dev/null
	if [ "$rc" != 0 ]; then
		line_end "failed"
		printf 'vm: the end of %s:\n' "$log" >&2
		tail -n 25 "$log" | sed 's/^/  /' >&2
		exit 1
	fi
	line_end
}

step_quietly() {
	trap - ERR
	"$@"
}

# step_about TEXT SECONDS FUNCTION: a step that is told about beforehand how
# long it takes.
step_about() {
	local text="$1 (about $2 s)"
	shift 2
	step "$text" "$@"
}
