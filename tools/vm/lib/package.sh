# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The Debian packages, made from a copy of the project.  They are in
# $BUILD/package, beside what lintian has to say of them, and what comes of
# installing and of removing them, and of kernels that they are not for.

package_need() {
	local key
	root_need_more packaging
	kernel_need_image "$vm_kernel"
	kernel_need_headers "$vm_kernel"
	key="$(kernel_identity "$vm_kernel") $(build_key debian Documentation \
		README.md Kbuild Makefile drivers include tools/vfio-mig)"
	# A kernel that is built meanwhile would be taken for left behind.
	build_is_fresh package "$key" ||
		host_with_lock "$(kernel_debug_lock)" build_once package "$key" \
			step "Making the Debian packages" package_build "$key"
}

package_build() {
	local dir=/vfio-mig/build/package
	rm -rf "$BUILD/package.stamp" "$BUILD/package"
	mkdir -p "$BUILD/package"
	root_run rsync -a --exclude=/.git --exclude=/tools/vfio-mig/build \
		/vfio-mig/src/ "$dir/src/"
	root_run env -C "$dir/src" dpkg-buildpackage -b -us -uc -j"$(nproc)"
	root_run sh -c "cd $dir && lintian --allow-root --fail-on none *.changes \
		>lintian"
	rm -rf "$BUILD/package/src"
	root_run bash -ec "$PACKAGE_INSTALL" bash "$dir" \
		"$(kernel_release "$vm_kernel")" "$PACKAGE_IN_IT"
	build_set_stamp package "$1"
}

# What DKMS should have said of others (PACKAGE_IN_IT).
package_others_expected() {
	local kernel
	for kernel in 5.19.0-2-amd64 6.0.0-6-amd64; do
		echo "build $kernel  77"
		echo "autoinstall $kernel  0"
	done
	for kernel in 6.1.0-1-amd64 6.12.1+deb13-amd64 7.3.4+deb13-amd64 10.0-rc1-amd64; do
		echo "build $kernel  10"
		echo "build $kernel CONFIG_VFIO_PCI_CORE 77"
		echo "autoinstall $kernel CONFIG_VFIO_PCI_CORE 0"
	done
}

# A compiler takes a quarter of an hour in an emulated machine.  So they are
# installed here, in a copy of the root that goes away with this name space, and
# what that has changed is packed up for the VM.
# shellcheck disable=SC2016
PACKAGE_INSTALL='
new=/mnt/root
mount -t tmpfs package /mnt
mkdir /mnt/changes /mnt/work $new
mount -t overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work overlay $new
mount --rbind /dev $new/dev
mount --rbind /proc $new/proc
mount -t tmpfs tmp $new/tmp
mount --bind "$1" $new/mnt
in_it() {
	chroot $new /usr/bin/env PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive \
		bash -ec "$3" bash "$2" "$4"
}
in_it "$@" install
cd /mnt/changes
find . ! -type c ! -type d ! -path "./tmp/*" -print0 |
	tar -czf "$1/installed.tar.gz" --null -T -
in_it "$@" others
in_it "$@" remove
'

# RELEASE install|others|remove: a host has the kernel that it runs, and this root has
# others too, which DKMS would build for.  Man pages count here.
#
# others: which kernels does DKMS pass over (status 77), and which would it build for
# (10, since here that fails at once)?  And what does that come to for the package
# that a kernel's headers came with?  These kernels are a configuration and no more.
# shellcheck disable=SC2016
PACKAGE_IN_IT='
files() {
	find / -xdev \( -path /vfio-mig -o -path /tmp -o -path /var/log \
		-o -path /var/cache -o -path /var/lib/dpkg -o -name "mok.*" \
		-o -name "modules.*" \) -prune -o -print | LC_ALL=C sort
}
names="vfio-mig vfio-mig-dkms vfio-mig-dkms-dev libvfiomig1 libvfiomig-dev"
if [ "$2" = install ]; then
	for other in /lib/modules/*; do
		[ "${other##*/}" = "$1" ] || rm -r "$other"
	done
	files >/tmp/before
	debs=$(for name in $names; do echo /mnt/"$name"_*.deb; done)
	dpkg --path-include="/usr/share/man/*" --path-include="/usr/share/doc/*" \
		--force-unsafe-io -i $debs
	dkms status >/mnt/dkms
	# A driver that somebody has written, in a folder that was empty.
	mkdir /tmp/foreign
	cp /usr/src/vfio-mig-*/drivers/vfio/pci/serial/main.c /tmp/foreign/
	printf "%s\n" "obj-m := foreign_vfio_pci.o" "foreign_vfio_pci-y := main.o" \
		"include /usr/include/vfio-mig/vfio-mig.mk" >/tmp/foreign/Kbuild
	make -s -C "/lib/modules/$1/build" M=/tmp/foreign CONFIG_DEBUG_INFO_BTF_MODULES= \
		modules >/mnt/foreign 2>&1 || echo "make: status $?" >>/mnt/foreign
	modinfo -F depends /tmp/foreign/foreign_vfio_pci.ko | grep -q vfio_mig ||
		echo "it does not stand on vfio_mig" >>/mnt/foreign
	exit
fi
if [ "$2" = others ]; then
	module=$(dkms status | sed -n "s/,.*//p" | head -n 1)
	echo "MAKE[0]=false" >/etc/dkms/vfio-mig.conf
	# build|autoinstall RELEASE [WITHOUT]
	try() {
		status=0
		mkdir -p "/lib/modules/$2/build/include"
		grep -v "^${3:-nothing}=" "/lib/modules/$kernel/build/.config" \
			>"/lib/modules/$2/build/.config"
		if [ "$1" = build ]; then
			dkms build "$module" -k "$2" >/dev/null 2>&1 || status=$?
		else
			dkms autoinstall -k "$2" >/dev/null 2>&1 || status=$?
		fi
		rm -r "/lib/modules/$2"
		echo "$1 $2 ${3:-} $status"
	}
	kernel=$1
	for old in 5.19.0-2-amd64 6.0.0-6-amd64; do
		try build "$old"
		try autoinstall "$old"
	done >/mnt/others
	for new in 6.1.0-1-amd64 6.12.1+deb13-amd64 7.3.4+deb13-amd64 10.0-rc1-amd64; do
		try build "$new"
		try build "$new" CONFIG_VFIO_PCI_CORE
		try autoinstall "$new" CONFIG_VFIO_PCI_CORE
	done >>/mnt/others
	rm /etc/dkms/vfio-mig.conf
	exit
fi
dpkg --force-unsafe-io --purge $names
files | diff /tmp/before - >/mnt/left || true
'
