# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Counts test results in KTAP.  Only results at the beginning of a line
# count; what is indented belongs to a result that follows.  A program that
# does not keep to its plan, or that ends badly with nothing failed, is one
# more failure.
#
# Besides KTAP a stream has `##begin NAME` and `##end NAME STATUS [kernel]`
# around each program.

ktap_passed=0 ktap_failed=0 ktap_skipped=0 ktap_failures=()

ktap_reset() {
	ktap_plan='' ktap_seen=0 ktap_bad=0 ktap_inner=''
}

ktap_fail() {
	ktap_failed=$((ktap_failed + 1))
	ktap_bad=$((ktap_bad + 1))
	ktap_failures+=("$ktap_name: $1")
}

# ktap_result LINE
ktap_result() {
	local line=$1 text
	text=$(sed -E 's/^(not )?ok [0-9]+ *(- )?//' <<<"$line")
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

# ktap_read NAME: reads a stream to its end, and shows it.
ktap_read() {
	local line inside=
	ktap_name=$1
	ktap_reset
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%$'\r'}
		case $line in
		'') continue ;;
		'##begin '*)
			[ "$ktap_name" = "${line#* }" ] || printf '# %s\n' "${line#* }"
			ktap_name=${line#* } inside=yes
			ktap_reset
			continue
			;;
		'##end '*)
			# shellcheck disable=SC2086
			set -- ${line#* * }
			[ -z "$inside" ] || ktap_end "$@"
			inside=
			continue
			;;
		'TAP version '* | 'KTAP version '*)
			ktap_close
			ktap_plan='' ktap_seen=0
			;;
		1..[0-9]*)
			ktap_plan=${line#1..} ktap_plan=${ktap_plan%%[!0-9]*}
			[[ $line != *'# SKIP'* ]] || ktap_skipped=$((ktap_skipped + 1))
			;;
		'ok '[0-9]* | 'not ok '[0-9]*)
			ktap_result "$line"
			;;
		[[:blank:]]*'not ok '[0-9]*)
			# Of a part of the next result: just its name is kept.
			ktap_inner+=" $(awk '{ print $4 == "-" ? $5 : $4 }' <<<"$line")"
			;;
		esac
		printf '%s\n' "$line"
	done
}

# Says it all again, and whether that is good enough.
ktap_summary() {
	if [ "${#ktap_failures[@]}" != 0 ]; then
		printf '\nFailed:\n'
		printf '  %s\n' "${ktap_failures[@]}"
	fi
	[ "$ktap_skipped" = 0 ] || printf '\n%d skipped\n' "$ktap_skipped"
	printf '%d passed, %d failed\n' "$ktap_passed" "$ktap_failed"
	[ "$ktap_failed" = 0 ] && [ "$ktap_passed" != 0 ]
}
