#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs proofs, as many at a time as there are processors, and reports them as
# KTAP in the order given.  What cbmc says stays in $O.
# Its arguments are FILE/PROOF or FILE/PROOF/MACRO.

# Loops have to end within so many rounds; that they do is proved as well.  What is spoilt
# in the codec is seen after two, and what fails then fails.
rounds()
{
	case $1/$2 in
	arcs/*) echo --unwind 17 --unwinding-assertions ;;
	stream/) echo --unwind 6 --unwinding-assertions ;;
	stream/*) echo --unwind 2 --no-unwinding-assertions ;;
	esac
}

# What cbmc checks of every operation.  The codec's counters may wrap; in
# the arcs nothing does.
checks()
{
	case $1/$2 in
	*_is_safe) echo --pointer-overflow-check --enum-range-check ;;
	*) echo --no-standard-checks ;;
	esac
	case $1/$2 in
	arcs/*_is_safe) echo --unsigned-overflow-check --conversion-check ;;
	esac
}

# cbmc's exit status: 10 is a property that does not hold, and any other than
# 0 and 10 is no answer.
prove()
{
	file=${1%%/*}
	proof=${1#*/}
	macro=${proof#*/}
	proof=${proof%%/*}
	expected=0

	[ "$macro" = "$proof" ] && macro=
	[ -z "$macro" ] || expected=10

	# shellcheck disable=SC2046,SC2086
	"$CBMC" "prove_$file.c" $CPPFLAGS -I"$O" \
		--function "prove_$proof" \
		${macro:+-D$macro -DSPOILT --stop-on-fail} \
		$(checks "$file" "$proof") --object-bits 10 \
		$(rounds "$file" "$macro") \
		>"$2.log" 2>&1
	status=$?
	[ "$status" -eq "$expected" ] && echo ok >"$2.verdict"
}

# What failed, or the last words of a cbmc that gave no answer.
why()
{
	if grep -q '^VERIFICATION' "$1"; then
		grep -E 'FAILURE$|^VERIFICATION' "$1"
	else
		tail -n 3 "$1"
	fi
}

at()
{
	echo "$O/$(echo "$1" | tr / .)"
}

if [ "$1" = --one ]; then
	rm -f "$(at "$2").verdict"
	prove "$2" "$(at "$2")"
	exit 0
fi

printf '%s\n' "$@" | xargs -n 1 -P "$(nproc)" sh "$0" --one

echo "KTAP version 1"
echo "1..$#"

number=0
failed=0
for name; do
	number=$((number + 1))
	case $name in
	*/*/*) text="${name%/*} fails with ${name##*/}" ;;
	*) text=$name ;;
	esac
	if [ -e "$(at "$name").verdict" ]; then
		echo "ok $number $text"
	else
		failed=$((failed + 1))
		why "$(at "$name").log" | sed 's/^/# /'
		echo "not ok $number $text"
	fi
done

[ "$failed" -eq 0 ]
