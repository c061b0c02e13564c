# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The newest kernel source that Debian has, of which three things are taken: the
# semantic patches that its developers check their code with, its own tests of VFIO, and
# its sample of a device that migrates.  They stay in the cache.

# Seen from the inside of the root.
NEWEST_DIR=/vfio-mig/newest
# Below the package's folder.  The programs need headers that the tests of a
# driver of their own look up in the kernel's.
NEWEST_FILES="scripts/coccinelle/* scripts/subarch.include
	tools/testing/selftests/vfio/* tools/testing/selftests/*.mk
	tools/testing/selftests/kselftest* tools/include/* tools/arch/x86/*
	samples/vfio-mdev/mtty.c include/linux/pci_ids.h drivers/dma/*.h
	drivers/net/ethernet/intel/igb/*.h"

kernel_need_newest() {
	root_once newest "$NEWEST_FILES" \
		step_about "Taking tests and checks from Debian's newest kernel source" \
		40 kernel_get_newest
}

# The headers for programs are made from the same source, by another package.
kernel_get_newest() {
	local package version file names=() debs=$CACHE/debs new=$ROOT$NEWEST_DIR.new
	apt_refresh
	package=$(our_apt apt-cache pkgnames linux-source- |
		grep -xE 'linux-source-[0-9]+\.[0-9]+' | sort -V | tail -n 1)
	version=$(our_apt apt-cache show --no-all-versions "$package" |
		sed -n 's/^Version: //p')
	echo "taking $package $version"
	apt_fetch "$debs" "$package=$version" "linux-libc-dev=$version"
	rm -rf "$new"
	mkdir -p "$new"
	dpkg-deb --fsys-tarfile "$debs/$package"_*.deb |
		tar -xO "./usr/src/$package.tar.xz" >"$BUILD/newest.tar.xz"
	dpkg-deb -x "$debs"/linux-libc-dev_*.deb "$new/libc-dev"
	rm -rf "$debs" "$new/libc-dev/usr/share"
	set -f
	for file in $NEWEST_FILES; do
		names+=("$package/$file")
	done
	set +f
	root_run tar -xJf /vfio-mig/build/newest.tar.xz -C "$NEWEST_DIR.new" \
		--strip-components=1 --wildcards "${names[@]}"
	rm "$BUILD/newest.tar.xz"
	echo "$package $version" >"$new/package"
	root_replace newest "$NEWEST_DIR"
	root_set_stamp newest "$NEWEST_FILES"
}

# Name and version of the package.
kernel_newest() {
	cat "$ROOT$NEWEST_DIR/package"
}
