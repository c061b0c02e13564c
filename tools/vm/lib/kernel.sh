# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Kernels: the image to boot, the headers to build against, and the
# few files of the kernel's source that are in no other package.

# Debian's, and one of our own (kernel-debug.sh).
KERNELS="6.1 6.12 7.2 7.3 debug"

# Where the kernel's source is taken from, and which files of it.
SOURCE_PACKAGE=linux-source-6.12
SOURCE_FILES="scripts/checkpatch.pl scripts/spelling.txt
	scripts/const_structs.checkpatch
	tools/testing/selftests/kselftest.h
	tools/testing/selftests/kselftest_harness.h
	tools/testing/selftests/lib.mk
	tools/testing/selftests/run_kselftest.sh
	tools/testing/selftests/kselftest/runner.sh
	tools/testing/selftests/kselftest/prefix.pl
	tools/net/ynl/ynl-gen-c.py
	tools/net/ynl/lib/__init__.py
	tools/net/ynl/lib/nlspec.py
	tools/net/ynl/lib/ynl.py
	Documentation/netlink/genetlink-legacy.yaml
	samples/vfio-mdev/mtty.c"
# Seen from the inside of the root.
LINUX_DIR=/vfio-mig/linux
KSELFTEST_DIR=$LINUX_DIR/tools/testing/selftests
CHECKPATCH=$LINUX_DIR/scripts/checkpatch.pl

kernel_is_known() {
	case " $KERNELS " in
	*" $1 "*) ;;
	*) die "no kernel '$1'; one of: $KERNELS" ;;
	esac
}

# The release of a kernel, as in `uname -r`, once it has been chosen.
kernel_release() {
	cat "$ROOT/vfio-mig/stamp/release-$1"
}

# What modules have to be built anew for: ours can change without a new release.
kernel_identity() {
	echo "$1 $(kernel_release "$1")"
	[ "$1" != debug ] || cat "$ROOT/vfio-mig/stamp/debug"
}

# The newest release of kernel $1 that is there with all of its parts: a
# mirror can have a release in half.
kernel_choose() {
	local k=${1//./\\.} release packages
	apt_refresh
	for release in $(our_apt apt-cache pkgnames linux-headers- |
		sed -nE "s/^linux-headers-($k\.[0-9.]+([+-][a-z0-9.]+)?-amd64)\$/\1/p" |
		sort -rV); do
		mapfile -t packages < <({ kernel_packages image "$release"
			kernel_packages headers "$release"; } | sort -u)
		[ "$(our_apt apt-cache show --no-all-versions "${packages[@]}" 2>/dev/null |
			grep -c '^Package: ')" = "${#packages[@]}" ] || continue
		echo "taking $release"
		root_set_stamp "release-$1" "$release"
		return
	done
	echo "the mirror has no linux-image-$1*-amd64 with its headers"
	return 1
}

# kernel_packages image|headers RELEASE: in what the one is split up.
kernel_packages() {
	echo "linux-$1-$2"
	our_apt apt-cache depends "linux-$1-$2" |
		sed -nE 's/.* Depends: (linux-(base|binary|modules|headers|kbuild)-[0-9].*)/\1/p'
}

# Modules of devices that no VM has, which are more than half of all: depmod reads each of
# those that are there.
KERNEL_UNUSED=(sound drivers/ata drivers/bluetooth drivers/comedi drivers/hid
	drivers/hwmon drivers/iio drivers/infiniband drivers/media drivers/mtd
	drivers/net/usb drivers/net/wireless drivers/platform drivers/scsi
	drivers/staging drivers/usb)

# Unpacks packages into the root without running their scripts: nobody
# boots the initramfs that those would make.  /lib is a link in the root.
kernel_unpack() {
	local deb new=$CACHE/unpack unused
	mapfile -t unused < <(printf -- '--exclude=*/lib/modules/*/kernel/%s\n' \
		"${KERNEL_UNUSED[@]}")
	apt_fetch "$CACHE/debs" "$@"
	rm -rf "$new"
	mkdir "$new"
	for deb in "$CACHE"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$new" "${unused[@]}"
	done
	rm -rf "$new/usr/share/doc" "$new/usr/share/lintian"
	if [ -d "$new/lib" ]; then
		cp -al "$new/lib" "$new/usr/"
		rm -r "${new:?}/lib"
	fi
	cp -alf "$new/." "$ROOT/"
	rm -rf "$new" "$CACHE/debs"
}

kernel_need_release() {
	[ -s "$ROOT/vfio-mig/stamp/release-$1" ] ||
		host_with_lock "$CACHE/lock" kernel_find_release "$1"
}

kernel_find_release() {
	[ ! -s "$ROOT/vfio-mig/stamp/release-$1" ] || return 0
	case $1 in
	debug) step "Looking for Debian's kernel source" kernel_choose_debug ;;
	*) step "Looking for a Debian kernel $1" kernel_choose "$1" ;;
	esac
}

kernel_need_image() {
	local release key
	kernel_need_release "$1"
	release=$(kernel_release "$1")
	if [ "$1" = debug ]; then
		kernel_need_debug
	else
		kernel_need_debian_image "$1" "$release"
	fi
	key="$(kernel_identity "$1") $(cat "$VM_DIR/guest/init" "$VM_DIR/lib/kernel.sh" | sha256sum)"
	build_once "initramfs-$1" "$key" step "Building its initramfs" \
		kernel_make_initramfs "$1" "$release" "$key"
}

# kernel_open RELEASE NEW FOLDER: what is packed in the kernel goes to the file NEW, for
# where all is emulated, to unpack it takes a good part of a boot.  What does not say where
# it begins then (its note for PVH) stays packed: of ours, the debug kernel.  FOLDER is
# where it is made.
kernel_open() {
	local from=$ROOT/boot/vmlinuz-$1 packed=$3/packed at size tail=4
	# As Documentation/arch/x86/boot.rst of the kernel says: setup_sects,
	# payload_offset, payload_length.  What is packed ends in its length, which
	# belongs to the format with gzip only.
	at=$((($(kernel_number "$from" 0x1f1 1) + 1) * 512 +
		$(kernel_number "$from" 0x248 4)))
	size=$(kernel_number "$from" 0x24c 4)
	case $(od -An -tx1 -j "$at" -N 4 "$from") in
	' 28 b5 2f fd') packed+=.zst ;;
	' fd 37 7a 58') packed+=.xz ;;
	' 1f 8b '*) packed+=.gz tail=0 ;;
	*) packed+=.raw ;;
	esac
	dd if="$from" of="$packed" bs=1M iflag=skip_bytes,count_bytes \
		skip="$at" count=$((size - tail)) status=none
	if ! root_run /usr/lib/apt/apt-helper cat-file \
			"/vfio-mig/build/${3##*/}/${packed##*/}" >"$3/kernel" ||
		! root_run readelf -n "/vfio-mig/build/${3##*/}/kernel" 2>/dev/null |
			grep 0x00000012 >/dev/null; then
		cp "$from" "$3/kernel"
	fi
	mv "$3/kernel" "$2"
}

# kernel_number FILE OFFSET SIZE
kernel_number() {
	od -An -tu"$3" -j $(($2)) -N "$3" "$1" | tr -d ' '
}

kernel_need_debian_image() {
	root_once "image-$1" "$2" step "Fetching kernel $2" \
		kernel_get_image "$1" "$2"
}

kernel_get_image() {
	apt_refresh
	# shellcheck disable=SC2046
	kernel_unpack $(kernel_packages image "$2")
	# Newer packages have the kernel among its modules.
	[ -e "$ROOT/boot/vmlinuz-$2" ] ||
		cp -l "$ROOT/usr/lib/modules/$2/vmlinuz" "$ROOT/boot/vmlinuz-$2"
	root_run depmod "$2"
	root_set_stamp "image-$1" "$2"
}

# The initramfs has just what finds the root: busybox and these modules.  It is this
# checkout's: another that shares the root may have another init.
INITRAMFS_MODULES="virtio_pci 9pnet_virtio 9p overlay virtio_console"

kernel_make_initramfs() {
	local tmp=$BUILD/initramfs-$1
	rm -rf "$tmp"
	mkdir -p "$tmp"
	cp "$VM_DIR/guest/init" "$tmp/init"
	# shellcheck disable=SC2086
	root_run sh -e "/vfio-mig/src/tools/vm/guest/mkinitramfs" \
		"/vfio-mig/build/initramfs-$1" "$2" "/vfio-mig/build/initrd-$1" \
		$INITRAMFS_MODULES
	kernel_open "$2" "$BUILD/kernel-$1" "$tmp"
	rm -rf "$tmp"
	build_set_stamp "initramfs-$1" "$3"
}

kernel_need_headers() {
	local release
	kernel_need_release "$1"
	release=$(kernel_release "$1")
	if [ "$1" = debug ]; then
		kernel_need_debug
		return
	fi
	root_once "headers-$1" "$release" step "Fetching headers $release" \
		kernel_get_headers "$1" "$release"
}

kernel_get_headers() {
	apt_refresh
	# shellcheck disable=SC2046
	kernel_unpack $(kernel_packages headers "$2")
	root_set_stamp "headers-$1" "$2"
}

# Those of arm64 are called KERNEL-arm64.  What is not of a machine is in the
# package that amd64's headers stand on too, so they are of the same release.
kernel_need_headers_arm64() {
	local release
	kernel_need_headers "$1"
	release=$(kernel_release "$1")
	release=${release%-amd64}-arm64
	root_once "headers-$1-arm64" "$release" step "Fetching headers $release" \
		kernel_get_headers_arm64 "$1-arm64" "$release"
}

kernel_get_headers_arm64() {
	local apt_arch=arm64
	apt_refresh
	kernel_unpack "linux-headers-$2"
	# With it there is one more kernel on this machine, for DKMS.
	rm -rf "$ROOT/usr/lib/modules/$2"
	root_set_stamp "release-$1" "$2"
	root_set_stamp "headers-$1" "$2"
}

kernel_need_source() {
	root_once source "$SOURCE_PACKAGE $SOURCE_FILES" \
		step_about "Taking a few files from $SOURCE_PACKAGE" 15 \
		kernel_get_source
}

kernel_get_source() {
	local file names=() tar=usr/src/$SOURCE_PACKAGE.tar.xz
	for file in $SOURCE_FILES; do
		names+=("$SOURCE_PACKAGE/$file")
	done
	root_drop_stamp source
	if kernel_ahead_files "$ROOT$LINUX_DIR"; then
		root_set_stamp source "$SOURCE_PACKAGE $SOURCE_FILES"
		return
	fi
	apt_refresh
	apt_fetch "$CACHE/debs" "$SOURCE_PACKAGE"
	mkdir -p "$ROOT/vfio-mig/linux"
	dpkg-deb --fsys-tarfile "$CACHE"/debs/*.deb |
		tar -xO "./$tar" >"$BUILD/source.tar.xz"
	rm -rf "$CACHE/debs"
	root_run tar -xJf /vfio-mig/build/source.tar.xz -C /vfio-mig/linux \
		--strip-components=1 --occurrence=1 "${names[@]}"
	rm "$BUILD/source.tar.xz"
	root_set_stamp source "$SOURCE_PACKAGE $SOURCE_FILES"
}
