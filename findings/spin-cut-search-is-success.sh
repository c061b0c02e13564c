#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A verifier of spin whose search was cut says "errors: 0" and ends with status 0.
#
# spin 6.5.2 (Debian 6.5.2+dfsg-2).  Of a model with 2,000 states in a row, the last of
# which fails an assertion, a search with room for 100 (-m100) never comes there.  What
# it has not done is in one line in the middle; its last line and its status are those
# of a model that is right.  With room enough it says "errors: 1", and its status is 0
# as well.  So who checks a model in a script has to read what it says, both lines.
#
# Seen:
#   -m100: status 0, errors: 0, "error: max search depth too small"
#   -m10000: status 0, errors: 1, "assertion violated"
#
# Needs root and mmdebstrap.

set -euo pipefail
export LC_ALL=C
packages=base-files,dash,spin=6.5.2+dfsg-2,gcc=4:14.2.0-1,libc6-dev

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
	grep -m 1 '/debian/*$')
mmdebstrap --quiet --variant=extract --include="$packages" trixie "$root" "$mirror"

cat >"$root/tmp/long.pml" <<'PML'
int steps;

active proctype walk()
{
	do
	:: steps < 2000 -> steps++
	:: else -> break
	od;
	assert(steps != 2000)
}
PML
chroot "$root" sh -c 'cd /tmp && spin -a long.pml && x86_64-linux-gnu-gcc-14 -w -o pan pan.c'

check() {
	local said status=0
	said=$(chroot "$root" sh -c "cd /tmp && ./pan $1 2>&1") || status=$?
	echo "$1: status $status, $(grep -o 'errors: [0-9]*' <<<"$said"), \
\"$(grep -oE 'error: max search depth too small|assertion violated' <<<"$said" | head -1)\""
}

seen=$(check -m100; check -m10000)
echo "$seen"
diff <(sed -n '/^# Seen:/,/^#$/s/^#   //p' "$0") <(echo "$seen") ||
	{ echo "it has changed"; exit 1; }
