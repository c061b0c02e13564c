#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages in a VM that has nothing else of this project: what
# installing them changes comes as an archive.  One test needs what the one
# before it did.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/../tool/commands.sh"

INSTALLED=/vfio-mig/build/package/installed.tar.gz
# Where DKMS puts modules.
BUILT=/lib/modules/$(uname -r)/updates/dkms
export PATH=/usr/sbin:/usr/bin
read -ra EDU <<<"$VFIO_MIG_EDU"

test_modules_are_those_that_dkms_built() {
	local module drivers
	tar -C / -xzf "$INSTALLED" || fail "cannot unpack what was installed"
	drivers=$(sed -n -e 's,^obj-m += drivers/vfio/pci/\(.*\)/$,\1_vfio_pci,p' \
		-e 's,^obj-m += drivers/vfio/mdev/\(.*\)/$,\1_mdev,p' \
		/usr/src/vfio-mig-*/Kbuild)
	[ "$(wc -w <<<"$drivers")" -gt 2 ] || fail "there are hardly any drivers"
	for module in vfio_mig $drivers; do
		[ "$(modinfo -n "$module")" = "$(echo "$BUILT/$module".ko*)" ] ||
			fail "$module is not where DKMS puts modules"
		[ -n "$(modinfo -F signer "$module")" ] ||
			fail "$module is not signed"
	done
}

test_the_tool_and_its_library_are_there() {
	local version
	version=$(dpkg-query -Wf '${Version}' vfio-mig)
	run 0 --version
	says "vfio-mig $version"
	ldd /usr/sbin/vfio-mig | grep -q 'libvfiomig.so.1 => /' ||
		fail "it does not use the library"
	[ "$(pkg-config --modversion libvfiomig)" = "$version" ] ||
		fail "pkg-config has another version"
	[ -s /usr/share/man/man8/vfio-mig-dev.8.gz ] || fail "no manual"
	bash -n /usr/share/bash-completion/completions/vfio-mig ||
		fail "no completion"
}

test_bind_loads_the_driver() {
	local edu
	[ ! -d /sys/module/vfio_mig ] || fail "it is loaded already"
	for edu in "${EDU[@]}"; do
		run 0 dev bind "$edu"
		[ "$(basename "$(readlink "/sys/bus/pci/devices/$edu/driver")")" = \
			edu_vfio_pci ] || fail "$edu has another driver"
	done
}

test_verify_passes() {
	run 0 verify "${EDU[0]}"
}

test_modules_are_unloaded() {
	local edu
	for edu in "${EDU[@]}"; do
		run 0 dev unbind "$edu"
	done
	modprobe -r edu_vfio_pci || fail "cannot unload edu_vfio_pci"
	[ ! -d /sys/module/vfio_mig ] || fail "vfio_mig is still loaded"
}

# With nothing of this project loaded, nor mdev.
test_devices_in_software_are_created_and_migrate() {
	local made
	run 0 dev create edu 2
	mapfile -t made <"$WORK/out"
	[ "${#made[@]}" = 2 ] || fail "not two"
	run 0 migrate "${made[@]}"
	run 0 dev delete "${made[@]}"
	modprobe -r edu_mdev || fail "cannot unload edu_mdev"
	[ ! -d /sys/module/vfio_mig ] || fail "vfio_mig is still loaded"
}

run_tests "$0"
