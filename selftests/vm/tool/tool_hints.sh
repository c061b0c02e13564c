#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What vfio-mig says beyond an errno: what is wrong, and what to do about it.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"

# nobody ARGUMENT…: run by somebody who may nothing; it has to fail.
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups vfio-mig "$@" \
		>"$WORK/out" 2>"$WORK/err" </dev/null && fail "$*: succeeds"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "$*: not one line"
}

test_without_permission() {
	local node
	node=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$A/iommu_group")")
	[ "${VFIO_MIG_IOMMU:-}" != iommufd ] || node=/dev/iommu
	nobody state get "$A"
	complains "cannot open $node: Permission denied"
	complains "run as root, or get access to $node"
	nobody dev unbind "$A"
	complains "run as root"
	nobody dev bind "$A" vfio-pci
	complains "run as root"
	nobody dev set "$A" dma-pending off
	complains "run as root"
}

test_not_bound() {
	run 0 dev unbind "$A"
	run 1 migrate "$A" "$B"
	complains "$A: not bound to a VFIO driver"
	complains "vfio-mig dev bind $A"
}

test_busy_and_by_whom() {
	local holder
	mkfifo "$WORK/pipe"
	vfio-mig restore "$A" <"$WORK/pipe" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$WORK/pipe"
	until_open "$holder"
	run 1 save "$A"
	complains "it is open in vfio-mig (pid $holder)"
	run 1 dev unbind "$A"
	complains "in use by vfio-mig (pid $holder); end that process first"
	run 1 dev bind --dry-run "$A" vfio-pci
	complains "pid $holder"
	exec 9>&-
	wait "$holder" || :
}

test_what_this_kernel_lacks() {
	if [ -e /dev/vfio/devices ]; then
		run 0 --iommu iommufd state get "$A"
		return
	fi
	run 4 --iommu iommufd state get "$A"
	complains "it has no VFIO character device"
	if [[ $(uname -r) == 6.1.* ]]; then
		complains "since Linux 6.6; use --iommu group"
	else
		complains "lacks CONFIG_VFIO_DEVICE_CDEV; use --iommu group"
	fi
	run 1 state get /dev/vfio/devices/vfio0
	complains "CONFIG_VFIO_DEVICE_CDEV, since Linux 6.6"
}

# without WHAT…: state get, where these folders are empty.
without() {
	local status=0
	# shellcheck disable=SC2016
	A=$A unshare -m bash -c 'for folder; do
			mount -t tmpfs tmpfs "$folder" || exit 99
		done
		exec vfio-mig --iommu group state get "$A"' - "$@" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 1 ] || fail "status $status"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "not one line"
	complains "No such file or directory"
}

test_without_an_iommu() {
	without /dev/vfio /sys/kernel/iommu_groups
	complains "there is no IOMMU that is on: see the firmware's settings"
	without /dev/vfio
	complains "load the vfio modules: modprobe vfio-pci"
}

test_what_is_no_device() {
	run 1 state get /dev/vfio/vfio
	complains "it is a group or a container; give the device's address"
	run 1 state get nonsense
	complains "give a PCI address, an mdev UUID, or a /dev/vfio path"
	run 1 state get 00000000-0000-0000-0000-000000000000
	complains "list what there is with: vfio-mig dev show"
}

test_another_driver_would_do() {
	bound "$A" vfio-pci
	run 4 save "$A"
	complains "its driver vfio-pci cannot migrate it"
	complains "bind it to edu_vfio_pci with: vfio-mig dev bind $A edu_vfio_pci"
}

run_tests "$0"
