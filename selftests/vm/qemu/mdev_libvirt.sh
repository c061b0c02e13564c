#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An edu in software with mdevctl and libvirt: it is defined and started, a domain that is
# defined has it as a <hostdev> of type mdev, is saved and restored, on another one too, and
# moves to another libvirtd of this host while it runs.
#
# By KVM where there is one.
#
# The tests are called by their names, which are read from this file; each goes
# on where the one before has left the domain.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../lib
. "${0%/*}/mdev_lib.sh"
. "${0%/*}/libvirt_lib.sh"
need_mdev

A=83b8f4f2-509f-382f-3c1e-e6bfe0fa4001
B=83b8f4f2-509f-382f-3c1e-e6bfe0fa4002
IMAGE=$WORK/image
OTHER=$WORK/other
OTHER_URI="qemu+unix:///system?socket=$OTHER/libvirt-sock"

does() {
	"$@" >"$WORK/out" 2>"$WORK/err" || fail "$*"
}

hostdev() {
	cat <<-EOF
		<hostdev mode='subsystem' type='mdev' model='vfio-pci'>
		<source><address uuid='$1'/></source>
		<address type='pci' domain='0' bus='0' slot='4' function='0'/>
		</hostdev>
	EOF
}

is_free() {
	[ "$(<"$MDEVS/$1/vfio_mig_in_use")" = 0 ] || fail "$1 is in use"
}

is_used() {
	[ "$(<"$MDEVS/$1/vfio_mig_in_use")" = 1 ] || fail "$1 is not in use"
}

# A libvirtd of another host, as far as it and the first can tell: its name, its sockets,
# and what it keeps of domains.
# shellcheck disable=SC2016
OTHER_BEGIN='
echo other >/proc/sys/kernel/hostname
for dir in /run/libvirt /var/lib/libvirt /var/log/libvirt /etc/libvirt/qemu; do
	mkdir -p "$dir"
	mount -t tmpfs other "$dir"
done
mkdir /var/log/libvirt/qemu
libvirtd -d -f "$1/libvirtd.conf" -p "$1/libvirtd.pid"
'

other_begin() {
	mkdir "$OTHER"
	cat >"$OTHER/libvirtd.conf" <<-EOF
		auth_unix_rw = "none"
		unix_sock_dir = "$OTHER"
		host_uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa5000"
		log_outputs = "3:file:$WORK/libvirtd.log"
	EOF
	does unshare --mount --uts bash -euc "$OTHER_BEGIN" other "$OTHER"
}

end() {
	if [ -s "$OTHER/libvirtd.pid" ]; then
		virsh -c "$OTHER_URI" destroy edu >/dev/null 2>&1
		daemon_end "$OTHER/libvirtd.pid"
	fi
	libvirtd_end
	delete_all
	rm -rf "$WORK"
}

test_mdevctl_defines_and_starts_it() {
	command -v mdevctl >/dev/null || skip "there is no mdevctl"
	does mdevctl define --uuid "$A" --parent edu_mdev --type edu_mdev-edu
	does mdevctl start --uuid "$A"
	does mdevctl list
	says "$A edu_mdev edu_mdev-edu"
	run 0 dev show "$A"
	says "STOP_COPY P2P PRE_COPY"
}

test_a_domain_that_is_defined_has_it() {
	[ -e "$MDEVS/$A" ] || echo "$A" >"$TYPE/create"
	echo "$B" >"$TYPE/create"
	domain "$KIND" "$(hostdev "$A")" >"$WORK/edu.xml"
	virsh_does define "$WORK/edu.xml"
	virsh_does start edu
	is_used "$A"
	guest_goes_on
}

test_save_and_restore_keep_the_state() {
	virsh_does save edu "$IMAGE"
	is_free "$A"
	virsh_does restore "$IMAGE"
	is_used "$A"
	guest_goes_on
}

test_restore_on_another_keeps_the_state() {
	virsh_does save edu "$IMAGE"
	virsh_does save-image-dumpxml "$IMAGE"
	sed "s/$A/$B/" "$WORK/out" >"$WORK/other.xml"
	virsh_does restore "$IMAGE" --xml "$WORK/other.xml"
	is_free "$A"
	is_used "$B"
	guest_goes_on
}

test_guest_moves_to_another_libvirtd_while_it_runs() {
	other_begin
	virsh_does dumpxml --migratable edu
	sed "s/$B/$A/" "$WORK/out" >"$WORK/other.xml"
	virsh_does migrate --live --xml "$WORK/other.xml" \
		--migrateuri "unix://$OTHER/guest" edu "$OTHER_URI"
	virsh_does -c "$OTHER_URI" domstate edu
	says running
	is_free "$B"
	is_used "$A"
	guest_goes_on
}

test_destroy_frees_it() {
	virsh_does -c "$OTHER_URI" destroy edu
	is_free "$A"
}

test_mdevctl_stops_and_undefines_it() {
	command -v mdevctl >/dev/null || skip "there is no mdevctl"
	does mdevctl stop --uuid "$A"
	[ ! -e "$MDEVS/$A" ] || fail "it is still there"
	does mdevctl undefine --uuid "$A"
	does mdevctl list --defined
	[ ! -s "$WORK/out" ] || fail "it is still defined"
}

trap end EXIT
load_kvm
KIND=$([ -e /dev/kvm ] && echo kvm || echo qemu)
libvirtd_begin || exit 1
run_tests "$0"
