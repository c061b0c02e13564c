# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group upstream: the kernel's own tests of VFIO, of the newest source
# that Debian has, with devices that have this project's drivers, and with one that they
# have a driver for; and a test of migration in their way, which they lack.

upstream_need() {
	local key
	root_need_more upstream
	kernel_need_newest
	upstream_need_mtty
	key="$(kernel_newest) $(build_key selftests/upstream)"
	build_once upstream "$key" \
		step "Building the kernel's tests of VFIO" upstream_build "$key"
}

# Against the headers of the same source.
upstream_build() {
	local libc=$NEWEST_DIR/libc-dev/usr tests=$NEWEST_DIR/tools/testing/selftests folder
	rm -rf "$BUILD/upstream.stamp" "$BUILD/upstream"
	mkdir "$BUILD/upstream"
	for folder in "$tests/vfio" /vfio-mig/src/selftests/upstream; do
		root_run make -C "$folder" -j"$(nproc)" KSELFTEST="$tests" \
			OUTPUT=/vfio-mig/build/upstream \
			KHDR_INCLUDES="-isystem $libc/include -isystem $libc/lib/linux/uapi/x86" \
			LDLIBS="-luuid /vfio-mig/src/selftests/upstream/mode.c"
	done
	cp "$PROJECT/selftests/upstream/run.sh" "$BUILD/upstream/"
	build_set_stamp upstream "$1"
}

# Of the source that goes with the kernel that is booted, if that is there.
upstream_mtty_source() {
	if [[ $vm_kernel == debug || $SOURCE_PACKAGE == *-"$vm_kernel" ]]; then
		echo "$ROOT$LINUX_DIR"
	elif [[ $(kernel_newest) == "linux-source-$vm_kernel "* ]]; then
		echo "$ROOT$NEWEST_DIR"
	fi
}

upstream_need_mtty() {
	local source key
	source=$(upstream_mtty_source)
	if [ -z "$source" ]; then
		rm -rf "$BUILD/upstream-mtty" "$BUILD/upstream-mtty.stamp"
		return
	fi
	kernel_need_headers "$vm_kernel"
	kernel_need_source
	key="$(kernel_identity "$vm_kernel") $(sha256sum <"$source/samples/vfio-mdev/mtty.c")"
	build_once upstream-mtty "$key" step "Building mtty for $vm_kernel" \
		upstream_build_mtty "$source" "$key"
}

upstream_build_mtty() {
	local dir=$BUILD/upstream-mtty
	rm -rf "$dir" "$dir.stamp"
	mkdir "$dir"
	cp "$1/samples/vfio-mdev/mtty.c" "$dir/"
	echo 'obj-m += mtty.o' >"$dir/Kbuild"
	root_run make -C "/usr/src/linux-headers-$(kernel_release "$vm_kernel")" \
		M=/vfio-mig/build/upstream-mtty CONFIG_DEBUG_INFO_BTF_MODULES= modules
	build_set_stamp upstream-mtty "$2"
}

# The newest of our kernels, or the one that is asked for.
test_upstream_kernel() {
	if [ -n "$one_kernel" ]; then
		echo "$vm_kernel"
	else
		echo 7.3
	fi
}

test_upstream() {
	local tests_in=upstream device list
	vm_kernel=$(test_upstream_kernel)
	prepare_root
	upstream_need
	prepare
	# For what wants more than any device: a driver, virtual functions, interrupts of
	# both kinds.
	vm_others=("igb,romfile=")
	list=$(for device in edu bochs; do
		upstream_list "$device" 120 "$BUILD"/upstream/*_test
	done
	upstream_list igb 120 vfio_pci_sriov_uapi_test vfio_pci_device_test
	# Its driver waits for a link, a minute with each kind of container.
	[ -z "$full" ] || upstream_list igb 300 vfio_pci_driver_test
	[ ! -e "$BUILD/upstream-mtty" ] ||
		upstream_list mtty 120 vfio_pci_migration_test)
	test_boot 2,0,2 "$list"
}

# upstream_list DEVICE SECONDS PROGRAM…
upstream_list() {
	local program
	for program in "${@:3}"; do
		program=${program##*/}
		echo "$program-$1 2,0,2 $2 ./run.sh $program $1"
	done
}
