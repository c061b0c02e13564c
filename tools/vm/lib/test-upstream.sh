# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group upstream: the kernel's own tests of VFIO, of the newest source
# that Debian has, with devices that have this project's drivers; and with one that they
# have a driver for.

upstream_need() {
	local key
	root_need_more upstream
	kernel_need_newest
	key="$(kernel_newest) $(build_key selftests/upstream)"
	build_once upstream "$key" \
		step "Building the kernel's tests of VFIO" upstream_build "$key"
}

# Against the headers of the same source.
upstream_build() {
	local libc=$NEWEST_DIR/libc-dev/usr
	rm -rf "$BUILD/upstream.stamp" "$BUILD/upstream"
	mkdir "$BUILD/upstream"
	root_run make -C "$NEWEST_DIR/tools/testing/selftests/vfio" -j"$(nproc)" \
		OUTPUT=/vfio-mig/build/upstream \
		KHDR_INCLUDES="-isystem $libc/include -isystem $libc/lib/linux/uapi/x86" \
		LDLIBS="-luuid /vfio-mig/src/selftests/upstream/mode.c"
	cp "$PROJECT/selftests/upstream/run.sh" "$BUILD/upstream/"
	build_set_stamp upstream "$1"
}

# The newest of our kernels, or the one that is asked for.
test_upstream_kernel() {
	if [ -n "$one_kernel" ]; then
		echo "$vm_kernel"
	else
		echo 7.2
	fi
}

test_upstream() {
	local tests_in=upstream device list
	vm_kernel=$(test_upstream_kernel)
	prepare_root
	upstream_need
	prepare
	vm_others=("igb,romfile=")
	list=$(for device in edu bochs; do
		upstream_list "$device" 120 "$BUILD"/upstream/*_test
	done
	# shellcheck disable=SC2086
	upstream_list igb 300 $UPSTREAM_IGB)
	test_boot 1,0,1 "$list"
}

# What wants more than any device: a driver, virtual functions, interrupts of both kinds.
UPSTREAM_IGB="vfio_pci_driver_test vfio_pci_sriov_uapi_test vfio_pci_device_test"

# upstream_list DEVICE SECONDS PROGRAM…
upstream_list() {
	local program
	for program in "${@:3}"; do
		program=${program##*/}
		echo "$program-$1 1,0,1 $2 ./run.sh $program $1"
	done
}
