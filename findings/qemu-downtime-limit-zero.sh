#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# With a downtime limit of 0 QEMU stops a guest sooner than with one of 1 ms.
#
# QEMU 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1), live migration by precopy.  What is left to
# send is looked up only if an estimate is below what can be sent within the limit.  Nothing
# is below 0, so with a limit of 0 nobody looks: when the first pass has ended the estimate is
# that nothing is left, and the guest is stopped, whatever it has written since.  With 1 ms
# it is looked up, and as long as the guest writes faster than that the migration goes on.
# So 0 is no way to keep a migration from ending; what is sent while the guest stands still
# is then as much as it writes during a whole pass.
#
# With a first pass of less than 0.1 s 1 ms made no difference: the limit is used from then on.
#
# A guest without an operating system writes to 128 pages all the time.  At 1 MiB/s these
# take half a second.
#
# Seen:
#   downtime-limit 0: completed, memory was looked through 2 times
#   downtime-limit 1: goes on, memory was looked through 20 times
#
# Needs root and mmdebstrap.

set -euo pipefail
export LC_ALL=C
packages=base-files,perl-base,qemu-system-x86=1:10.0.13+ds-0+deb13u1

root=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
	grep -m 1 '/debian/*$')
mmdebstrap --quiet --variant=extract --include="$packages" trixie "$root" "$mirror" \
	"deb $mirror-security trixie-security main"

# The first sector of a disk.  It says "x" on the debug console; then it adds 1 to one byte
# of each page from 0x10000 to 0x8ffff, again and again.
code='\xb0x\xe6\xe9\xb8\x00\x10\x8e\xc0\x31\xff\x26\xfe\x05\x81\xc7\x00\x10\x75\xf7'
code+='\x05\x00\x10\x3d\x00\x90\x72\xeb\xeb\xe6'
truncate -s 510 "$root/disk"
printf '\x55\xaa' >>"$root/disk"
# shellcheck disable=SC2059
printf "$code" | dd of="$root/disk" conv=notrunc status=none
mkfifo "$root/out"

# shellcheck disable=SC2016
ask='
use IO::Socket::UNIX;
my $qmp = IO::Socket::UNIX->new(Peer => "/qmp") or die "$!";
my ($passes, $what) = (0, "goes on");
alarm 300;
sub ask { print $qmp "{\"execute\":\"$_[0]\",\"arguments\":{$_[1]}}\n" }
ask("qmp_capabilities", "");
ask("migrate-set-capabilities", "\"capabilities\":[{\"capability\":\"events\",\"state\":true}]");
ask("migrate-set-parameters", "\"downtime-limit\":$ARGV[0],\"max-bandwidth\":1048576");
ask("migrate", "\"uri\":\"file:/stream\"");
while ($passes < 20 && defined($_ = <$qmp>)) {
	die $_ if /"error"/ || /"failed"/;
	$passes = $1 if /"MIGRATION_PASS"/ && /"pass": (\d+)/;
	if (/"completed"/) {
		$what = "completed";
		last;
	}
}
print "downtime-limit $ARGV[0]: $what, memory was looked through $passes times\n";
'

seen=
for limit in 0 1; do
	rm -f "$root/qmp"
	chroot "$root" qemu-system-x86_64 -machine pc -m 16 -nodefaults -display none \
		-drive file=/disk,format=raw,if=ide -debugcon file:/out \
		-qmp unix:/qmp,server=on,wait=off >"$root/said" 2>&1 </dev/null &
	qemu=$!
	exec 4<"$root/out"
	read -r -n 1 -t 300 _ <&4 || { cat "$root/said" >&2; exit 2; }
	seen+=${seen:+$'\n'}$(chroot "$root" perl -e "$ask" "$limit")
	kill "$qemu"
	wait "$qemu" || true
	qemu=
	exec 4<&-
done

echo "$seen"
diff <(sed -n '/^# Seen:/,/^#$/s/^#   //p' "$0") <(echo "$seen") ||
	{ echo "it has changed"; exit 1; }
