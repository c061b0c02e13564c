# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What all tests of vfio-mig's commands share, with devices or without: how one
# is run, what it must say, and the loop over the tests of a file, which ends in:
# run_tests "$0"
#
# VFIO_MIG_TOOL names another vfio-mig than that of the PATH.
set -u

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

if [ -n "${VFIO_MIG_TOOL:-}" ]; then
	mkdir "$WORK/bin"
	ln -s "$(readlink -f "$VFIO_MIG_TOOL")" "$WORK/bin/vfio-mig"
	PATH=$WORK/bin:$PATH
fi

fail() {
	echo "# $*"
	[ ! -s "$WORK/out" ] || head -c 1000 "$WORK/out" |
		sed -e 's/^/# stdout: /' -e "\$a\\"
	[ ! -s "$WORK/err" ] || sed 's/^/# stderr: /' "$WORK/err"
	exit 1
}

# skip REASON: this test, which cannot be had here.
skip() {
	echo "$*" >"$WORK/skipped"
	exit 0
}

# run STATUS ARGUMENT…: vfio-mig, which must end with that.  In here nothing is started
# but that: in an emulated machine each program takes as long as the tool does.
run() {
	local expected=$1 status=0 lines line
	shift
	vfio-mig "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	[ "$status" = "$expected" ] ||
		fail "vfio-mig $*: status $status instead of $expected"
	[ "$expected" = 0 ] || [ -s "$WORK/err" ] || [ -s "$WORK/out" ] ||
		fail "vfio-mig $*: does not say what is wrong"
	mapfile -t lines <"$WORK/err"
	[ "${#lines[@]}" -le 1 ] ||
		fail "vfio-mig $*: more than one line of error"
	[[ ${lines[*]} != *[[:cntrl:]]* ]] ||
		fail "vfio-mig $*: an error that is no text"
	[[ " $* " = *" -j "* ]] || return 0
	# Each line is a value that has its schema.
	mapfile -t lines <"$WORK/out"
	for line in "${lines[@]}"; do
		json_lines=$((json_lines + 1))
		printf '%s\n' "$line" >"$WORK/json.$number.$BASHPID.$json_lines"
	done
}

# has FILE TEXT: somewhere in it.
has() {
	local all
	IFS= read -rd '' all <"$1"
	[[ $all = *"$2"* ]]
}

says() {
	has "$WORK/out" "$1" || fail "does not say: $1"
}

says_not() {
	! has "$WORK/out" "$1" || fail "says: $1"
}

complains() {
	has "$WORK/err" "$1" || fail "does not complain: $1"
}

# fits_80 of text for people; one-line sentences may be longer.
fits_80() {
	[ "$(awk 'length > m { m = length } END { print m + 0 }' \
		"$WORK/out")" -le 80 ] || fail "lines of more than 80 columns"
}

# json FILTER: what was said is one JSON value, of which that holds.
json() {
	jq -se "length == 1 and (.[0] | $1)" "$WORK/out" >/dev/null ||
		fail "is not one JSON value, or not so: $1"
}

# The objects and commands, a line each, as help has them.
commands() {
	vfio-mig help | sed -nE 's/^  ([a-z][^-].*)/\1/p' |
		sed -E 's/ [^a-z].*//' |
		sed -E 's/^([a-z]+( [a-z]+)?).*/\1/'
}

# "--name" or "--name VALUE" at the begin of a line, with or without a letter.
options() {
	sed -nE 's/^ +(-[a-zA-Z], )?(--[a-z0-9-]+( [A-Z]+)?(\[=[A-Z]+\])?)( .*)?$/\2/p' |
		sort -u
}

# Before the first test and after each: bring back what they begin with.
between_tests() {
	:
}

# Whatever run() was asked for with -j: as Documentation/schema says it is?
test_json_is_as_its_schema_says() {
	local kept=("$WORK"/json.*)
	[ -e "${kept[0]}" ] || return 0
	json_schema "${kept[@]}" || fail "not all of ${#kept[@]} are"
}

json_schema() {
	local schema=${VFIO_MIG_SCHEMA:-${0%/*}/schema}
	if [ -n "${VFIO_MIG_JSON:-}" ]; then
		json_ask "$(realpath "$schema")" "$@"
	else
		perl "${0%/*}/json_schema.pl" "$schema" "$@"
	fi
}

# Where all is emulated, to load what knows schemas takes 1.7 s.  So in a VM one process
# answers all programs, by pipes in the folder $VFIO_MIG_JSON; the first starts it.
json_ask() {
	local line ask answer
	[ -d "$VFIO_MIG_JSON" ] || json_answer
	exec {ask}<>"$VFIO_MIG_JSON/ask" {answer}<>"$VFIO_MIG_JSON/answer"
	printf '%s\n' "$*" >&"$ask"
	while IFS= read -rt 600 -u "$answer" line; do
		case $line in
		right) return 0 ;;
		wrong) return 1 ;;
		esac
		printf '%s\n' "$line"
	done
	echo "# nobody answers what is asked of schemas"
	return 1
}

json_answer() {
	mkdir "$VFIO_MIG_JSON"
	mkfifo "$VFIO_MIG_JSON"/{ask,answer}
	setsid perl "${0%/*}/json_schema.pl" --answer "$VFIO_MIG_JSON" \
		</dev/null >/dev/null 2>&1 &
}

skipped() {
	[ ! -e "$WORK/skipped" ] || echo " # SKIP $(cat "$WORK/skipped")"
}

# run_tests FILE: its functions test_*, in the order in which they stand there.
run_tests() {
	local tests status=0 number=0 json_lines=0 name
	mapfile -t tests < <(sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' "$1")
	tests+=(test_json_is_as_its_schema_says)
	echo "KTAP version 1"
	(between_tests) || exit 1
	echo "1..${#tests[@]}"
	for name in "${tests[@]}"; do
		number=$((number + 1))
		: >"$WORK/out"
		: >"$WORK/err"
		rm -f "$WORK/skipped"
		if ("$name"); then
			echo "ok $number ${name#test_}$(skipped)"
		else
			echo "not ok $number ${name#test_}"
			status=1
		fi
		(between_tests) || exit 1
	done
	exit "$status"
}
