# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group in-kernel: the core and its drivers in the source of the newest of our
# kernels, where its own configuration says what is built of them.

IN_KERNEL=7.3

# What they depend on, or have code for, beyond `make tinyconfig`.
IN_KERNEL_CONFIG="64BIT SMP MODULES PRINTK BUG MULTIUSER PROC_FS SYSFS DEBUG_KERNEL
	PCI PCI_MSI ACPI PM NET FTRACE ENABLE_DEFAULT_TRACERS IOMMU_SUPPORT DEBUG_FS"

# As a part of the kernel with all that there is, and as modules with as little as there
# can be.
test_in_kernel() {
	local tree=$BUILD/in-kernel switch
	prepare_root
	root_need_more kernel-tools python
	host_lock "$tree.lock"
	step_about "Unpacking linux-source-$IN_KERNEL" 60 in_kernel_unpack "$tree"
	root_run /vfio-mig/src/tools/into-kernel /vfio-mig/build/in-kernel
	# Once more changes nothing.
	cp -a "$tree/drivers/vfio" "$tree.once"
	root_run /vfio-mig/src/tools/into-kernel /vfio-mig/build/in-kernel
	echo 1..3
	test_silent 1 "once more changes nothing" \
		"$(diff -r "$tree.once" "$tree/drivers/vfio" || true)"
	for switch in y n; do
		attempt in_kernel_build "$tree" "$switch" >"$tree.log" 2>&1
		[ "$rc" = 0 ] || echo "error: status $rc" >>"$tree.log"
		! grep -iE -B1 -A8 "$BUILD_WARNED" "$tree.log" | sed 's/^/# /' || printf 'not '
		[ "$switch" = y ] && echo "ok 2 built in, with all" ||
			echo "ok 3 modules, without netlink and faults"
	done
	rm -rf "$tree" "$tree.once" "$tree.prepared"
	host_unlock
}

# in_kernel_unpack TREE
in_kernel_unpack() {
	rm -rf "$1" "$1.once" "$1.deb"
	mkdir "$1"
	host_with_lock "$CACHE/lock" in_kernel_fetch "$1.deb"
	kernel_unpack_source "linux-source-$IN_KERNEL" "$1.deb" /vfio-mig/build/in-kernel
	rm -rf "$1.deb"
}

in_kernel_fetch() {
	apt_refresh
	apt_fetch "$1" "linux-source-$IN_KERNEL"
}

# in_kernel_config TREE y|n: a line for each symbol that is set.
in_kernel_config() {
	local how=m bus name symbol
	[ "$2" = n ] || how=y
	for symbol in $IN_KERNEL_CONFIG; do
		echo "CONFIG_$symbol=y"
	done
	for symbol in IOMMUFD VFIO VFIO_MIG; do
		echo "CONFIG_$symbol=$how"
	done
	while IFS=/ read -r bus name; do
		[ "$bus" = pci ] && bus=VFIO_PCI
		echo "CONFIG_${name^^}_${bus^^}=$how"
	done < <(in_kernel_drivers)
	for name in NETLINK FAULTS; do
		[ "$2" = y ] && echo "CONFIG_VFIO_MIG_$name=y" ||
			echo "# CONFIG_VFIO_MIG_$name is not set"
	done
}

# A line for each, as BUS/NAME.
in_kernel_drivers() {
	sed -n 's,^obj-m += drivers/vfio/\(.*/.*\)/$,\1,p' "$PROJECT/Kbuild"
}

# in_kernel_build TREE y|n: what is said of the files that are this project's, and what is
# not as it was asked for.
in_kernel_build() {
	local dirs dir line
	local make=(root_run make -s -C /vfio-mig/build/in-kernel -j"$(nproc)" W=1)
	mapfile -t dirs < <(in_kernel_drivers | sed 's,.*,drivers/vfio/&/,')
	dirs+=(drivers/vfio/mig/)
	in_kernel_config "$1" "$2" >"$1/kernel/configs/vfio-mig.config"
	"${make[@]}" tinyconfig vfio-mig.config prepare >"$1.prepared" 2>&1 || {
		echo "error: the kernel's own part of it is not built"
		tail -n 20 "$1.prepared"
		return 1
	}
	while read -r line; do
		grep -qxF "$line" "$1/.config" || echo "error: there is no $line"
	done <"$1/kernel/configs/vfio-mig.config"
	"${make[@]}" "${dirs[@]}"
	for dir in "${dirs[@]}"; do
		[ -s "$1/${dir}main.o" ] || echo "error: there is no ${dir}main.o"
	done
	[ "$2" = y ] || in_kernel_left_out "$1"
}

# What is left out is called by nobody.
in_kernel_left_out() {
	[ -s "$1/drivers/vfio/mig/vfio_mig.o" ] || echo "error: there is no vfio_mig.o"
	root_run nm -u /vfio-mig/build/in-kernel/drivers/vfio/mig/vfio_mig.o |
		sed -n 's/.* \(_*vfio_mig_.*\)/error: there is no \1/p'
}
