# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Counts test results in KTAP.  Only results at the beginning of a line
# count; what is indented belongs to a result that follows.  A program that
# does not keep to its plan, or that ends badly with nothing failed, is one
# more failure.
#
# Besides KTAP a stream has `##begin NAME [DEVICES]` and `##end NAME STATUS [kernel]`
# around each program.  The same program may come with several sets of devices.

ktap_passed=0 ktap_failed=0 ktap_skipped=0 ktap_failures=() ktap_why=()

ktap_reset() {
	ktap_plan='' ktap_seen=0 ktap_bad=0 ktap_inner=''
	ktap_passed_before=$ktap_passed ktap_skipped_before=$ktap_skipped
}

ktap_fail() {
	ktap_failed=$((ktap_failed + 1))
	ktap_bad=$((ktap_bad + 1))
	ktap_failures+=("$ktap_name: $1")
}

# ktap_result LINE
ktap_result() {
	local line=$1 text
	[[ $line =~ ^(not )?ok\ [0-9]+\ *(-\ )?(.*)$ ]]
	text=${BASH_REMATCH[3]}
	ktap_seen=$((ktap_seen + 1))
	case $line in
	*'# SKIP'* | *'# skip'*) ktap_skipped=$((ktap_skipped + 1)) ;;
	ok*) ktap_passed=$((ktap_passed + 1)) ;;
	*) ktap_fail "${text:-test $ktap_seen}${ktap_inner:+ (${ktap_inner# })}" ;;
	esac
	ktap_inner=''
}

# One list of results is complete: has it as many as it promised?
ktap_close() {
	[ -z "$ktap_plan" ] || [ "$ktap_plan" = "$ktap_seen" ] ||
		ktap_fail "ended after $ktap_seen of $ktap_plan results"
}

# ktap_end STATUS [kernel]
ktap_end() {
	local status=$1
	ktap_close
	if [ "${2:-}" = kernel ]; then
		ktap_fail "the kernel complained"
	elif [ "$status" = lost ]; then
		ktap_fail "did not end, or did not run at all"
	elif [ "$ktap_bad" != 0 ]; then
		:
	elif [ "$status" = 4 ] && [ "$ktap_seen" = 0 ]; then
		ktap_skipped=$((ktap_skipped + 1))
	elif [ "$status" != 0 ]; then
		ktap_fail "ended with status $status"
	elif [ "$ktap_seen" = 0 ] && [ "$ktap_plan" != 0 ]; then
		ktap_fail "printed no results"
	fi
}

# ktap_inner_failure LINE: of a part of the next result just the name is kept.
ktap_inner_failure() {
	[[ $1 =~ ^[[:blank:]]*not\ ok\ [0-9]+\ (-\ )?([^\ ]*) ]] || return 0
	ktap_inner+=" ${BASH_REMATCH[2]}"
}

# ktap_line LINE
ktap_line() {
	case $1 in
	'TAP version '* | 'KTAP version '*)
		ktap_close
		ktap_plan='' ktap_seen=0
		;;
	1..[0-9]*)
		ktap_plan=${1#1..} ktap_plan=${ktap_plan%%[!0-9]*}
		[[ $1 != *'# SKIP'* ]] || ktap_skipped=$((ktap_skipped + 1))
		;;
	'ok '[0-9]* | 'not ok '[0-9]*) ktap_result "$1" ;;
	[[:blank:]]*'not ok '[0-9]*) ktap_inner_failure "$1" ;;
	'# '*': '*' s') ktap_took "$1" ;;
	esac
}

# `# NAME: SECONDS s` is how long a program took.
ktap_took() {
	[[ $1 =~ ^#\ ([a-zA-Z0-9_.-]+):\ ([0-9]+)\ s$ ]] || return 0
	times_add program "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}"
}

# ktap_read NAME [KEYS]: reads a stream to its end, and shows it.  KEYS is a file
# that has the keys of those whose results are kept (lib/unchanged.sh).
ktap_read() {
	local line inside='' text='' what=$1
	ktap_name=$1
	ktap_reset
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%$'\r'}
		case $line in
		'') continue ;;
		'##begin '*)
			[ "$what" = "${line#* }" ] || printf '# %s\n' "${line#* }"
			what=${line#* } inside=yes text=
			ktap_name=${what%% *}
			ktap_reset
			continue
			;;
		'##end '*)
			# shellcheck disable=SC2086
			set -- "$1" "${2:-}" ${line#* * }
			[ -z "$inside" ] || {
				ktap_end "${@:3}"
				if [ "$ktap_bad" = 0 ]; then
					unchanged_keep "$2" "$what" "$text"
				else
					ktap_why+=("$ktap_name:"$'\n'"$(ktap_first_said <<<"$text")")
				fi
			}
			inside=
			continue
			;;
		esac
		ktap_line "$line"
		text+=$line$'\n'
		printf '%s\n' "$line"
	done
}

# Of what a program printed the first lines that are no results: the last of a long
# run's output is all that some see.
ktap_first_said() {
	grep -E '^[[:blank:]]*# ' |
		grep -vE '^# +(RUN|OK|Starting|PASSED|Totals|kernel:|in [0-9]+ s of)|^# [^ ]+: [0-9]+ s$' |
		head -n 12 || true
}

# Says it all again, and whether that is good enough.
ktap_summary() {
	if [ "${#ktap_failures[@]}" != 0 ]; then
		printf '\nFailed:\n'
		printf '  %s\n' "${ktap_failures[@]}"
		[ "${#ktap_why[@]}" = 0 ] || printf '\n%s\n' "${ktap_why[@]}"
	fi
	[ "$ktap_skipped" = 0 ] || printf '\n%d skipped\n' "$ktap_skipped"
	printf '%d passed, %d failed\n' "$ktap_passed" "$ktap_failed"
	[ "$ktap_failed" = 0 ] && [ "$ktap_passed" != 0 ]
}
