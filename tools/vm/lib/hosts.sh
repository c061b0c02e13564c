# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two VMs at once, joined by a network of their own: host 1 is 10.11.0.1, host 2
# is 10.11.0.2.  Between the QEMUs it is a socket in the folder of builds, which
# both of them have.

# The card of this host.  Host 2 comes again until host 1 is there.
boot_network() {
	local side="server=on"
	[ "$vm_host" = 1 ] || side="server=off,reconnect-ms=100"
	qemu+=(-netdev "stream,id=net,$side,addr.type=unix,addr.path=/vfio-mig/build/$vm_link/net"
		-device "virtio-net-pci,netdev=net,mac=52:54:00:00:00:0$vm_host,romfile=")
}

# Between the igb cards of both, likewise.
boot_wire() {
	local side="server=on"
	[ "$vm_host" = 1 ] || side="server=off,reconnect-ms=100"
	qemu+=(-netdev "stream,id=wire,$side,addr.type=unix,addr.path=/vfio-mig/build/$vm_link/wire"
		-netdev "hubport,id=wire-end,hubid=0,netdev=wire")
}

# boot_hosts COMMAND…: in both, where VFIO_MIG_HOST tells them apart.  Ends when
# both have ended, or one badly.  Input is that of host 1.
boot_hosts() {
	local pid ended='' status=0 pids=()
	vm_link=$(basename "$(mktemp -d --suffix=".${THIS_RUN##*/}" \
		"$BUILD/link.XXXXXX")")
	trap 'rm -rf "${BUILD:?}/$vm_link"' EXIT
	boot_host 2 "$@" </dev/null \
		> >(sed -u 's/^/host 2: /') 2> >(sed -u 's/^/host 2: /' >&2) &
	pids+=($!)
	boot_host 1 "$@" <&0 &
	pids+=($!)
	trap 'kill "${pids[@]}" 2>/dev/null; wait; exit 130' INT TERM HUP
	wait -n -p ended "${pids[@]}" || status=$?
	[ "$status" = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	for pid in "${pids[@]}"; do
		[ "$pid" = "$ended" ] || wait "$pid" || boot_worst $?
	done
	exit "$status"
}

# The first bad status is that of all.
boot_worst() {
	[ "$status" != 0 ] || status=$1
}

# boot_host HOST COMMAND…: the first speaks for both.
boot_host() {
	vm_host=$1
	shift
	[ "$vm_host" = 1 ] || quiet=yes
	boot_run "$@"
}

# boot_hosts_with_qemu FOLDER PROGRAM: host 2 has QEMUs for PROGRAM at host 1;
# both are in FOLDER of what was built.
boot_hosts_with_qemu() {
	boot_hosts sh -c "cd /vfio-mig/build/$1 || exit
		[ \$VFIO_MIG_HOST = 1 ] || exec ./qemu_remote
		./$2
		status=\$?
		./qemu_remote end && exit \$status"
}
