#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh DIR QEMU: each golden stream, read and written on a machine of either
# byte order, in KTAP.

out=$1
qemu=$2
number=0
failed=0

result() {
	number=$((number + 1))
	echo "$1 $number $2"
	[ "$1" = ok ] || failed=1
}

set --
for file in ../golden/*; do
	[ "${file%.md}" != "$file" ] || set -- "$@" "${file##*/}"
done
echo "KTAP version 1"
echo "1..$((3 * $# + 1))"

for name; do
	"$out/rewrite" "../golden/$name" >"$out/$name.here" 2>"$out/order.here" &&
		verdict=ok || verdict="not ok"
	result "$verdict" "$name is written again byte for byte here"
	"$qemu" "$out/rewrite.big" "../golden/$name" >"$out/$name.there" \
		2>"$out/order.there" && verdict=ok || verdict="not ok"
	[ "$verdict" = ok ] || sed 's/^/# /' "$out/$name.there" "$out/order.there"
	result "$verdict" "$name is written again byte for byte there"
	cmp -s "$out/$name.here" "$out/$name.there" && verdict=ok ||
		verdict="not ok"
	[ "$verdict" = ok ] ||
		diff "$out/$name.here" "$out/$name.there" | sed 's/^/# /'
	result "$verdict" "$name says the same in both byte orders"
done

# Or all of this has shown nothing.
[ "$(cat "$out/order.here" "$out/order.there" | xargs)" = \
	"little-endian big-endian" ] && verdict=ok || verdict="not ok"
result "$verdict" "the byte orders are different"
exit $failed
