#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs programs that print KTAP as the subtests of one KTAP report.  What each
# of them printed stays beside it, in PROGRAM.ktap.

echo "KTAP version 1"
echo "1..$#"

number=0
failed=0
for program; do
	number=$((number + 1))
	verdict=ok
	"$program" >"$program.ktap" 2>&1 || {
		verdict="not ok"
		failed=$((failed + 1))
	}
	sed -e 's/^TAP version 13$/KTAP version 1/' -e 's/^/  /' "$program.ktap"
	echo "$verdict $number ${program##*/}"
done

[ "$failed" -eq 0 ]
