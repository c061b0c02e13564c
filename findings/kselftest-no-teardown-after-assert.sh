#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Of a kernel selftest that ends by a failed ASSERT, nothing is torn down, if it was
# compiled with optimization.
#
# The harness of Linux 6.12 (Debian's linux-source-6.12, 6.12.117-1), gcc 14.2.0.
# FIXTURE_TEARDOWN() is meant to be run after each test whose setup succeeded, after one
# that an ASSERT ends as well.  Whether it was run is in a local variable that is set
# after setjmp() and read when longjmp() has come back; it is not volatile, so what it is
# then is undefined, and from -O1 on gcc takes it for what it was before.  So a device
# or a file that one test leaves makes the next ones fail, or not, by how they were
# compiled.
#
# Seen:
#   -O0: setup test teardown
#   -O1: setup test
#   -O2: setup test
#
# Needs root and mmdebstrap.

set -euo pipefail
export LC_ALL=C
packages=base-files,dash,gcc=4:14.2.0-1,libc6-dev,linux-libc-dev,linux-source-6.12=6.12.117-1

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
	grep -m 1 '/debian/*$')
mmdebstrap --quiet --variant=extract --include="$packages" trixie "$root" "$mirror" \
	"deb $mirror-security trixie-security main"
tar -xJf "$root/usr/src/linux-source-6.12.tar.xz" -C "$root" --strip-components=4 \
	--wildcards '*/tools/testing/selftests/kselftest*.h'

cat >"$root/test.c" <<'C'
#include "kselftest_harness.h"

FIXTURE(thing)
{
	int none;
};

FIXTURE_SETUP(thing)
{
	fprintf(stderr, "said setup\n");
}

FIXTURE_TEARDOWN(thing)
{
	fprintf(stderr, "said teardown\n");
}

TEST_F(thing, ends_by_an_assert)
{
	fprintf(stderr, "said test\n");
	ASSERT_EQ(1, 2);
}

TEST_HARNESS_MAIN
C
seen=
for level in -O0 -O1 -O2; do
	chroot "$root" x86_64-linux-gnu-gcc-14 -D_GNU_SOURCE -w $level -o /test /test.c
	said=$(chroot "$root" /test 2>&1 | sed -n 's/^said //p' | xargs) || true
	seen+="$level: $said"$'\n'
done
printf '%s' "$seen"
diff <(sed -n '/^# Seen:/,/^#$/s/^#   //p' "$0") <(printf '%s' "$seen") ||
	{ echo "it has changed"; exit 1; }
