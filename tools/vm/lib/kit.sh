# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A folder with all that a foreign project's CI needs; Documentation/ci.md says
# how it is used.

cmd_ci-kit() {
	boot_defaults
	while [[ ${1:-} == -* ]]; do
		case $1 in
		--kernel) shift; kernel_is_known "${1:-}"; vm_kernel=$1 ;;
		*) die "no option '$1' of ci-kit; there is: --kernel" ;;
		esac
		shift
	done
	[ $# = 1 ] || die "ci-kit needs a folder to fill; see: $ME help"
	mkdir -p "$1" || die "cannot make $1; give ci-kit a writable folder"
	kit_need
	kit_fill "$1"
	say "$1 is for $(kernel_release "$vm_kernel"); next: Documentation/ci.md"
}

# What goes into it; takes the lock.
kit_need() {
	prepare_root
	kernel_need_image "$vm_kernel"
	build_need_modules "$vm_kernel"
	build_need_tool
}

# kit_kernel DIR: what no distribution has, the kernel that is built here.
kit_kernel() {
	local release
	release=$(kernel_release debug)
	mkdir -p "$1/lib/modules"
	cp "$ROOT/boot/vmlinuz-$release" "$1/vmlinuz"
	cp -r "$ROOT/usr/lib/modules/$release" "$1/lib/modules/"
	rm -f "$1/lib/modules/$release/build"
}

# kit_fill DIR: what is not the kit's in it stays.
kit_fill() {
	local module new=$1/.new entry
	rm -rf "$new"
	mkdir -p "$new/modules"
	for module in $MODULES; do
		find "$BUILD/modules-$vm_kernel" -name "$module.ko" \
			-exec cp {} "$new/modules/" \;
	done
	kernel_release "$vm_kernel" >"$new/modules/release"
	cp "$BUILD/tool/vfio-mig-static" "$new/vfio-mig"
	cp "$VM_DIR"/kit/{load-modules,bind-devices,create-devices,job} "$new/"
	cp "$PROJECT/LICENSE" "$new/"
	cp -r "$PROJECT/Documentation" "$new/doc"
	sed 's|](\([^#]\)|](doc/\1|g' "$new/doc/ci.md" >"$new/README.md"
	host_remove "$1/kernel"
	[ "$vm_kernel" != debug ] || kit_kernel "$new/kernel"
	for entry in "$new"/*; do
		host_remove "$1/${entry##*/}"
		mv "$entry" "$1/"
	done
	rmdir "$new"
}
