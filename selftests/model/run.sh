#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh MODEL BREAK…: checks the model, then the model with each BREAK, and
# reports that as KTAP.  What spin says of the last stays in $O.

model=$1
shift
cd "$O" || exit

# verify [BREAK]: spin's C program looks at all states that can be reached.
verify()
{
	rm -f pan* ./*.trail
	spin ${1:+"-D$1"} -a "$model" >spin.log 2>&1 &&
		${CC:-cc} -O2 -DSAFETY -DCOLLAPSE -w -o pan pan.c &&
		timeout 300 ./pan -m100000 >pan.log 2>&1 &&
		grep -q 'errors: ' pan.log
}

errors()
{
	! grep -q 'errors: 0$' pan.log
}

# Steps of a process that no order leads to are no part of what was checked.  What
# comes before the first process is shared, and not all of it happens in each.
unreached()
{
	first=$(grep -n -m1 '^active' "$model" | cut -d: -f1)
	sed -n 's/.*reset\.pml:\([0-9]*\), state .*, \("[^-].*\)/\1 \2/p' pan.log |
		awk -v first="$first" '$1 >= first'
}

failed=0
verdict()
{
	if [ "$1" = 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		failed=1
	fi
}

echo "KTAP version 1"
echo "1..$(($# + 2))"

verify && ! errors && ! grep -q 'search depth too small' pan.log
status=$?
sed -n 's/^ *\([0-9]*\) states, stored.*/# \1 states/p' pan.log
[ $status = 0 ] || cat spin.log pan.log | sed 's/^/# /'
verdict $status "1 every claim holds"

number=2
steps=$(unreached)
[ -z "$steps" ] || echo "$steps" | sed 's/^/# /'
[ -z "$steps" ]
verdict $? "2 every step is taken"

for broken; do
	number=$((number + 1))
	verify "$broken" && errors
	status=$?
	sed -n 's/^pan:1: /# /p' pan.log
	verdict $status "$number a claim fails with $broken"
done
exit $failed
