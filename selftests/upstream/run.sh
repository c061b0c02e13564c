#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh PROGRAM edu|bochs|igb|mtty: one of the kernel's own tests of VFIO, or the one of
# migration that is in their way, on the first of those devices, or two if it moves them;
# with this project's driver, or with vfio-pci where it has none.  What needs iommufd is
# left out where the kernel has none.
set -eu

program=$1
driver=$2_vfio_pci
sriov=/sys/module/vfio_pci/parameters/enable_sriov
mtty=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create

two_mtty() {
	modprobe mdev
	insmod ../upstream-mtty/mtty.ko
	devices=(83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 83b8f4f2-509f-382f-3c1e-e6bfe0fa1002)
	for device in "${devices[@]}"; do
		echo "$device" >$mtty
	done
}

no_mtty() {
	for device in "${devices[@]}"; do
		echo 1 >"/sys/bus/mdev/devices/$device/remove"
	done
	rmmod mtty
}

case $2 in
edu) read -ra devices <<<"$VFIO_MIG_EDU" ;;
bochs) read -ra devices <<<"$VFIO_MIG_BOCHS" ;;
igb) read -ra devices <<<"$VFIO_MIG_OTHERS"; driver=vfio-pci ;;
mtty) two_mtty ;;
esac
[ "$program" = vfio_pci_migration_test ] || devices=("${devices[0]}")
for device in "${devices[@]}"; do
	[ "$2" = mtty ] || [ "/sys/bus/pci/devices/$device/driver" -ef \
		"/sys/bus/pci/drivers/$driver" ] ||
		vfio-mig dev bind "$device" "$driver" >&2
done
[ ! -e $sriov ] || echo 1 >$sriov
[ ! -e /proc/sys/vm/nr_hugepages ] || echo 8 >/proc/sys/vm/nr_hugepages

# The first option that fits a test decides, and where some choose, no other runs.
options=()
modprobe -q iommufd 2>/dev/null || true
if [ ! -e /dev/iommu ]; then
	if grep -q '/dev/iommu' "$program" && grep -q 'vfio_cdev' "$program"; then
		echo "1..0 # SKIP the kernel has no iommufd"
		exit
	fi
	export VFIO_MODE=vfio_type1v2_iommu
	for variant in $("./$program" -l "${devices[@]}" 2>&1 | grep -ow 'iommufd[a-z0-9_]*'); do
		options+=(-V "$variant")
	done
fi
# With each kind of container it takes some seconds, most of them for resets.
case $program-${VFIO_MIG_FULL:-} in
vfio_pci_migration_test-) options+=(-V vfio_type1_iommu) ;;
esac
# What the kernel's sample does not do, as Documentation/findings.md says.
[ "$program-$2" != vfio_pci_migration_test-mtty ] ||
	options+=(-T pre_copy_ends_for_now -T opened_again_it_is_running)
# Of a mapping beyond the last address the container of 6.x says EINVAL.
case $program:$(uname -r) in
vfio_dma_mapping_test:6.*)
	limit=vfio_dma_map_limit_test
	options+=(-r "$limit.iommufd.overflow"
		-r "$limit.iommufd_compat_type1.overflow"
		-r "$limit.iommufd_compat_type1v2.overflow"
		-T overflow -f "$limit" -f vfio_dma_mapping_test)
	;;
esac
status=0
"./$program" "${options[@]}" "${devices[@]}" || status=$?
[ "$2" != mtty ] || no_mtty
exit $status
