# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the test libvirt needs of the root: its packages, and what it knows of QEMU.
# Before it uses a QEMU for the first time it asks it for all its devices and
# processors: five seconds here, and minutes in an emulated machine.

# The answers are good as long as libvirt and QEMU are the same files.
libvirt_need() {
	local key
	root_need_more libvirt
	key=$(stat -c '%n %Z' "$ROOT"/usr/sbin/libvirtd \
		"$ROOT"/usr/bin/qemu-system-* "$ROOT"/usr/lib/*/{qemu,libvirt})
	root_once libvirt-qemu "$key" \
		step_about "Having libvirt ask QEMU what it can do" 5 \
		libvirt_learn "$key"
}

libvirt_learn() {
	root_run bash -euc "$(declare -f libvirt_ask); libvirt_ask"
	root_set_stamp libvirt-qemu "$1"
}

# In the root and its mount name space; all that stays is /var/cache/libvirt.  The
# VM has no KVM, so none is to be seen.
libvirt_ask() {
	mount -t tmpfs run /run
	mount -t tmpfs lib /var/lib/libvirt
	mount -t tmpfs log /var/log
	mkdir -p /var/log/libvirt
	[ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm
	libvirtd -d -p /run/libvirtd.pid
	pid=$(</run/libvirtd.pid)
	# It would keep the cache's lock, too.
	trap 'kill "$pid"; tail --pid="$pid" -f /dev/null' EXIT
	timeout 300 virsh -q capabilities
}
