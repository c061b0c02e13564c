#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh MODEL BREAK…: checks the model, then the model with each BREAK, and
# reports that as KTAP.  What spin says of the last stays in $O.
#
# A search that ran out of memory or was cut at some depth ends with status 0 and
# "errors: 0" too: how many errors there are says something only of a whole one.

model=$1
shift
cd "$O" || exit

# More than there are in any order.
STEPS=100000

# build [BREAK]: spin makes a C program of the model.
build()
{
	rm -f pan* ./*.trail
	spin ${1:+"-D$1"} -a "$model" >spin.log 2>&1 &&
		${CC:-cc} -O2 -DSAFETY -DCOLLAPSE -w -o pan pan.c >>spin.log 2>&1
}

# search STEPS [COMMAND…]: which, run by COMMAND, looks at all states that can be
# reached in so many steps.
search()
{
	steps=$1
	shift
	timeout 1800 "$@" ./pan "-m$steps" >pan.log 2>&1 &&
		grep -q 'errors: ' pan.log
}

# Were those all that there are?  It gives up a part by an approximation as well.
whole()
{
	grep -q '^Full statespace search for:' pan.log &&
		! grep -qE 'Search not completed|search depth too small' pan.log
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
echo "1..$(($# + 4))"

build && search $STEPS && whole && ! errors
status=$?
sed -n 's/^ *\([0-9]*\) states, stored.*/# \1 states/p' pan.log
[ $status = 0 ] || cat spin.log pan.log | sed 's/^/# /'
verdict $status "1 every claim holds"

# Of a part, or of nothing, this says nothing.
left=$(unreached)
[ -z "$left" ] || echo "$left" | sed 's/^/# /'
[ $status = 0 ] && [ -z "$left" ]
verdict $? "2 every step is taken"

search 10 && ! errors && ! whole
verdict $? "3 a search that is cut is not taken for whole"

search $STEPS prlimit --as=100000000 && ! errors && ! whole
verdict $? "4 a search that is out of memory is not taken for whole"

number=4
for broken; do
	number=$((number + 1))
	build "$broken" && search $STEPS && errors
	status=$?
	sed -n 's/^pan:1: /# /p' pan.log
	verdict $status "$number a claim fails with $broken"
done
exit $failed
