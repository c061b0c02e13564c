# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests with libvirt share: a libvirtd of their own, and a domain.  Its guest is
# that of qemu/guest.c, which complains of any state that it does not find as it was.

ROUNDS=$WORK/rounds
PATIENCE=$((300 * ${VFIO_MIG_PATIENCE:-1}))
# Seconds in which a guest says something, also while it boots.
SILENCE=$((180 * ${VFIO_MIG_PATIENCE:-1}))

# The host's own is put back by libvirtd_end.
configure_libvirtd() {
	[ ! -e /etc/libvirt/qemu.conf ] || cp /etc/libvirt/qemu.conf "$WORK/qemu.conf"
	cat >"$WORK/libvirtd.conf" <<-EOF
		auth_unix_rw = "none"
		log_outputs = "3:file:$WORK/libvirtd.log"
	EOF
	cat >/etc/libvirt/qemu.conf <<-EOF
		user = "root"
		group = "root"
		security_driver = "none"
		namespaces = []
		cgroup_controllers = []
		stdio_handler = "file"
	EOF
}

# It answers from the moment on at which this is back.
libvirtd_begin() {
	configure_libvirtd
	libvirtd -d -f "$WORK/libvirtd.conf" -p "$WORK/libvirtd.pid"
}

# What it knows of the domain it would tell the next libvirtd of this VM, so it forgets that
# first; when this is back it is gone.
libvirtd_end() {
	virsh destroy edu >/dev/null 2>&1
	virsh undefine edu >/dev/null 2>&1
	daemon_end "$WORK/libvirtd.pid"
	[ -e "$WORK/libvirtd.conf" ] || return 0
	cp "$WORK/qemu.conf" /etc/libvirt/qemu.conf 2>/dev/null || rm -f /etc/libvirt/qemu.conf
}

# daemon_end FILE: the one whose number that has, if there is one; it is gone then.
daemon_end() {
	local pid
	[ -s "$1" ] || return 0
	pid=$(<"$1")
	kill "$pid"
	tail --pid="$pid" -s 0.1 -f /dev/null
}

# As selftests/vm/lib/qemu/accel.c.
load_kvm() {
	[ ! -e /dev/kvm ] || return 0
	! grep -qsw svm /proc/cpuinfo || modprobe -q kvm_amd nested=0
	! grep -qsw vmx /proc/cpuinfo || modprobe -q kvm_intel nested=0
}

# domain TYPE HOSTDEV: of type kvm, or qemu, which is without; the device is an element
# <hostdev>.
domain() {
	local kernel cpu=''
	[ "$1" = qemu ] || cpu="<cpu mode='host-passthrough'/>"
	kernel=$(readlink -f "${0%/*}")/guest.elf
	cat <<-EOF
		<domain type='$1'>
		<name>edu</name>
		<memory unit='MiB'>32</memory>
		<os>
		<type arch='x86_64' machine='q35'>hvm</type>
		<kernel>$kernel</kernel>
		</os>
		$cpu
		<devices>
		<controller type='usb' model='none'/>
		<memballoon model='none'/>
		<serial type='file'>
		<source path='$ROUNDS' append='on'/>
		<target type='isa-debug'><model name='isa-debugcon'/></target>
		<address type='isa' iobase='0xe9'/>
		</serial>
		$2
		</devices>
		<override xmlns='http://libvirt.org/schemas/domain/qemu/1.0'>
		<device alias='hostdev0'>
		<frontend>
		<property name='enable-migration' type='string' value='on'/>
		<property name='x-no-kvm-intx' type='bool' value='true'/>
		</frontend>
		</device>
		</override>
		</domain>
	EOF
}

# virsh_does COMMAND…
virsh_does() {
	timeout "$PATIENCE" virsh -q "$@" >"$WORK/out" 2>"$WORK/err" || {
		tail -n 5 "$WORK/libvirtd.log" >>"$WORK/err"
		fail "virsh $*"
	}
}

rounds() {
	grep -c '^round' "$ROUNDS"
}

# Two more rounds, which are right.  However long they take, but it may not stand still.
guest_goes_on() {
	local after=$(($(rounds) + 2)) word number next=0 me=$BASHPID
	while [ "$next" -lt "$after" ] && read -r -t "$SILENCE" word number; do
		# Each once and in order: it was never started anew.
		[ "$word $number" = "round $next" ] ||
			fail "the guest says '$word $number' instead of round $next"
		next=$((next + 1))
	done < <(tail --pid="$me" -s 0.1 -n +1 -f "$ROUNDS")
	kill $!
	[ "$next" -ge "$after" ] ||
		fail "the guest stands still: no word for $SILENCE s after $next rounds"
}
