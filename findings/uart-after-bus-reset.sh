#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A reset of the bus takes a pci-serial's configuration and leaves its UART.
#
# QEMU 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1), -device pci-serial behind a
# pcie-root-port.  The port's Secondary Bus Reset clears the device's BAR and command
# register, as PCI has it.  The 16550 in it is not reset: what was received and not
# read is in the FIFO still, and scratch and modem control registers have their values.
# A reset of the bus is the only one that this device has; a reset of the machine does
# reset the UART too.
#
# Seen:
#   after the bus reset: BAR 00000001, command 0000, SCR 5a, MCR 10, unread 41 42
#   after the machine's: BAR 00000001, command 0000, SCR 00, MCR 08, unread none
#
# No guest runs: registers are read and written by QEMU's qtest protocol.
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

mkfifo "$root/in" "$root/out"
chroot "$root" qemu-system-x86_64 -machine q35 -nodefaults -display none -S \
	-device pcie-root-port,id=rp1,chassis=1,addr=2 -chardev null,id=line \
	-device pci-serial,bus=rp1,chardev=line \
	-qtest stdio -qtest-log none -qmp unix:/qmp,server=on,wait=off \
	<"$root/in" >"$root/out" 2>"$root/said" &
qemu=$!
exec 3>"$root/in" 4<"$root/out"

# ask COMMAND…: sets $value to what comes back as a number, if one does.
ask() {
	local word
	echo "$*" >&3
	while read -r -t 60 word value <&4; do
		[ "$word" != OK ] || return 0
	done
	echo "QEMU does not answer: $*; it said: $(cat "$root/said")" >&2
	exit 2
}

port=$((0x80001000)) device=$((0x80010000))
config() {
	ask outl 0xcf8 $(($2 + ($3 & ~3)))
	ask "$1" $((0xcfc + ($3 & 3))) "${@:4}"
}

# Bus 1 and 4 KiB of I/O ports are behind the port; the UART is at the first of them.
reach_bus() {
	config outl $port 0x18 0x00010100
	config outw $port 0x1c 0xc0c0
	config outw $port 0x04 5
}

reach_device() {
	config outl $device 0x10 0xc000
	config outw $device 0x04 1
}

hex() {
	printf "%0$1x" $((value))
}

look() {
	local bar command scr mcr unread=
	config inl $device 0x10
	bar=$(hex 8)
	config inw $device 0x04
	command=$(hex 4)
	reach_device
	ask inb 0xc007
	scr=$(hex 2)
	ask inb 0xc004
	mcr=$(hex 2)
	while ask inb 0xc005 && [ $((value & 1)) = 1 ]; do
		ask inb 0xc000
		unread+=" $(hex 2)"
	done
	echo "$1: BAR $bar, command $command, SCR $scr, MCR $mcr, unread${unread:- none}"
}

# In loopback what is sent is received.
use() {
	ask outb 0xc002 1
	ask outb 0xc004 0x10
	ask outb 0xc007 0x5a
	ask outb 0xc000 0x41
	ask outb 0xc000 0x42
}

# shellcheck disable=SC2016
reset_machine() {
	printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"system_reset"}' |
		chroot "$root" perl -MIO::Socket::UNIX -e '
			my $qmp = IO::Socket::UNIX->new(Peer => "/qmp") or die "$!";
			print $qmp $_ for <STDIN>;
			while (<$qmp>) { last if /"RESET"/ }'
}

reach_bus
reach_device
use
config outw $port 0x3e 0x40
config outw $port 0x3e 0
seen=$(look "after the bus reset")
use
reset_machine
reach_bus
seen+=$'\n'$(look "after the machine's")

echo "$seen"
diff <(sed -n '/^# Seen:/,/^#$/s/^#   //p' "$0") <(echo "$seen") ||
	{ echo "it has changed"; exit 1; }
