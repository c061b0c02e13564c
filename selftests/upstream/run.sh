#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh PROGRAM edu|bochs: one of the kernel's own tests of VFIO, on the first of
# those devices, with this project's driver.  What needs iommufd is left out where
# the kernel has none.
set -eu

program=$1
case $2 in
edu) read -r device _ <<<"$VFIO_MIG_EDU" ;;
bochs) read -r device _ <<<"$VFIO_MIG_BOCHS" ;;
esac
[ "$(basename "$(readlink "/sys/bus/pci/devices/$device/driver")")" = "$2_vfio_pci" ] ||
	vfio-mig dev bind "$device" >&2
[ ! -e /proc/sys/vm/nr_hugepages ] || echo 8 >/proc/sys/vm/nr_hugepages

# The first option that fits a test decides, and where some choose, no other runs.
options=()
modprobe -q iommufd 2>/dev/null || true
if [ ! -e /dev/iommu ]; then
	if grep -q '/dev/iommu' "$program" && grep -q 'vfio_cdev' "$program"; then
		echo "1..0 # SKIP the kernel has no iommufd"
		exit
	fi
	for variant in $("./$program" -l "$device" 2>&1 | grep -ow 'iommufd[a-z0-9_]*'); do
		options+=(-V "$variant")
	done
	export VFIO_MODE=vfio_type1v2_iommu
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
