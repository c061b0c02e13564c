#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh PROGRAM edu|bochs|igb: one of the kernel's own tests of VFIO, on the first of
# those devices, with this project's driver, or with vfio-pci where it has none.  What
# needs iommufd is left out where the kernel has none.
set -eu

program=$1
driver=$2_vfio_pci
sriov=/sys/module/vfio_pci/parameters/enable_sriov
case $2 in
edu) read -r device _ <<<"$VFIO_MIG_EDU" ;;
bochs) read -r device _ <<<"$VFIO_MIG_BOCHS" ;;
igb) read -r device _ <<<"$VFIO_MIG_OTHERS"; driver=vfio-pci ;;
esac
[ "$(basename "$(readlink "/sys/bus/pci/devices/$device/driver")")" = "$driver" ] ||
	vfio-mig dev bind "$device" "$driver" >&2
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
	for variant in $("./$program" -l "$device" 2>&1 | grep -ow 'iommufd[a-z0-9_]*'); do
		options+=(-V "$variant")
	done
fi
# It takes a minute with each kind of container, most of it waiting for a link.
if [ "$program-$2" = vfio_pci_driver_test-igb ] && [ -z "${VFIO_MIG_FULL:-}" ]; then
	options+=(-V vfio_type1_iommu)
fi
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
exec "./$program" "${options[@]}" "$device"
