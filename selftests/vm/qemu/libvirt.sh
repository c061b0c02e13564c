#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# libvirt with a managed <hostdev>: it finds the variant driver by itself, saves
# a domain with its device and restores it, on the same device and on another,
# and gives the devices back.
#
# By KVM where there is one, and at the end without.
#
# The tests are called by their names, which are read from this file; each goes
# on where the one before has left the domain.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"
. "${0%/*}/libvirt_lib.sh"

ALIASES=/lib/modules/$(uname -r)/modules.alias
IMAGE=$WORK/image

# What depmod writes for a module that is installed.
list_aliases() {
	local module
	for module in edu_vfio_pci bochs_vfio_pci; do
		modinfo -F alias "/vfio-mig/run/modules/$module.ko" |
			sed "s/.*/alias & $module/"
	done >>"$ALIASES"
}

begin() {
	cp "$ALIASES" "$WORK/modules.alias"
	list_aliases
	libvirtd_begin
}

end() {
	libvirtd_end
	cp "$WORK/modules.alias" "$ALIASES"
	rm -rf "$WORK"
}

# Of the first edu; libvirt binds it, and gives it back.
hostdev() {
	local domain bus slot function
	read -r domain bus slot function <<<"${A//[:.]/ }"
	cat <<-EOF
		<hostdev mode='subsystem' type='pci' managed='yes'>
		<source><address domain='0x$domain' bus='0x$bus' slot='0x$slot' function='0x$function'/></source>
		<address type='pci' domain='0' bus='0' slot='4' function='0'/>
		</hostdev>
	EOF
}

driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}

has_driver() {
	[ "$(driver_of "$1")" = "$2" ] ||
		fail "$1 is bound to '$(driver_of "$1")' and not to '$2'"
}

# As it was before libvirt took it: no driver, and none that it is kept for.
is_given_back() {
	has_driver "$1" ''
	[ "$(cat "/sys/bus/pci/devices/$1/driver_override")" = "(null)" ] ||
		fail "$1 is still kept for a driver"
}

# All memory counts as written for as long as the device is there, so QEMU would go
# on saving it, unless the guest may stand still for as long as that takes.
may_stand_still() {
	virsh_does migrate-setmaxdowntime edu 60000
}

test_the_variant_driver_is_found_by_its_alias() {
	is_given_back "$A"
	domain "$KIND" "$(hostdev)" >"$WORK/edu.xml"
	virsh_does create "$WORK/edu.xml"
	has_driver "$A" edu_vfio_pci
	guest_goes_on
}

# It is stopped before it is saved.
test_save_that_fails_leaves_the_guest_at_work() {
	local status=0
	may_stand_still
	run 0 fault set "$A" fail_arc STOP STOP_COPY ENOMEM
	timeout "$PATIENCE" virsh -q save edu "$IMAGE" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 1 ] || fail "virsh save: status $status instead of 1"
	complains "Cannot allocate memory"
	run 0 fault clear "$A"
	guest_goes_on
}

test_save_gives_the_device_back() {
	virsh_does save edu "$IMAGE"
	is_given_back "$A"
}

test_restore_keeps_the_state() {
	virsh_does restore "$IMAGE"
	has_driver "$A" edu_vfio_pci
	guest_goes_on
}

test_restore_on_another_device_keeps_the_state() {
	may_stand_still
	virsh_does save edu "$IMAGE"
	virsh_does save-image-dumpxml "$IMAGE"
	sed "/<source>/,/<\/source>/s/bus='0x${A:5:2}'/bus='0x${B:5:2}'/" \
		"$WORK/out" >"$WORK/other.xml"
	virsh_does restore "$IMAGE" --xml "$WORK/other.xml"
	is_given_back "$A"
	has_driver "$B" edu_vfio_pci
	guest_goes_on
}

test_destroy_gives_the_device_back() {
	virsh_does destroy edu
	is_given_back "$B"
}

test_without_kvm_restore_keeps_the_state() {
	[ "$KIND" = kvm ] || skip "here all of it was without"
	: >"$ROUNDS"
	domain qemu "$(hostdev)" >"$WORK/edu.xml"
	virsh_does create "$WORK/edu.xml"
	guest_goes_on
	may_stand_still
	virsh_does save edu "$IMAGE"
	virsh_does restore "$IMAGE"
	guest_goes_on
	virsh_does destroy edu
	is_given_back "$A"
}

# The devices stay as libvirt has left them.
between_tests() {
	:
}

trap end EXIT
vfio-mig dev unbind "$A" >/dev/null 2>&1
vfio-mig dev unbind "$B" >/dev/null 2>&1
load_kvm
KIND=$([ -e /dev/kvm ] && echo kvm || echo qemu)
begin || exit 1
run_tests "$0"
