# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The Debian packages, made from a copy of the project.  They are in
# $BUILD/package, beside what lintian has to say of them, and what DKMS makes of
# the modules' source.

package_need() {
	local key
	root_need_packaging
	kernel_need_image "$vm_kernel"
	kernel_need_headers "$vm_kernel"
	key="$(kernel_identity "$vm_kernel") $(build_key debian Documentation \
		README.md Kbuild drivers include tools/vfio-mig)"
	build_is_fresh package "$key" ||
		step "Making the Debian packages" package_build "$key"
}

package_build() {
	local dir=/vfio-mig/build/package
	rm -rf "$BUILD/package"
	mkdir -p "$BUILD/package"
	root_run rsync -a --exclude=/.git --exclude=/tools/vfio-mig/build \
		/vfio-mig/src/ "$dir/src/"
	root_run env -C "$dir/src" dpkg-buildpackage -b -us -uc -j"$(nproc)"
	root_run sh -c "cd $dir && lintian --allow-root --fail-on none *.changes \
		>lintian"
	rm -rf "$BUILD/package/src"
	root_run sh -ec "$PACKAGE_DKMS" sh "$dir" "$(kernel_release "$vm_kernel")"
	rm -rf "$BUILD/package/unpacked"
	echo "$1" >"$BUILD/package.stamp"
}

# DKMS builds here, from the package, what takes it a quarter of an hour in an
# emulated machine, and packs it up as DKMS does for machines that have no
# compiler.  Its key stays in this name space.
# shellcheck disable=SC2016
PACKAGE_DKMS='
mount -t tmpfs dkms /var/lib/dkms
dpkg-deb -x "$(echo "$1"/vfio-mig-dkms_*.deb)" "$1/unpacked"
mount --bind "$1/unpacked/usr/src" /mnt
set -- "$1" -k "$2" --sourcetree /mnt -m vfio-mig -v "$(cd /mnt && echo vfio-mig-* | cut -d- -f3)"
dir=$1
shift
dkms add "$@"
dkms build "$@" || {
	cat /var/lib/dkms/*/*/build/make.log
	exit 1
}
dkms mktarball "$@" --binaries-only --archive "$dir/built.tar.gz"
'
