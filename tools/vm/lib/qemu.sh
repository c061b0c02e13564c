# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The newest QEMU in Debian's archive, to be run in the VM.  The VM itself, and
# what the VM runs unless it is asked, is the root's.

# Without what would be the same: its libraries are the root's.
NEWEST_QEMU_PACKAGES="qemu-system-x86 qemu-system-common qemu-system-data seabios"

# A layer over the VM's /usr; seen from the inside of the root.
NEWEST_QEMU=/vfio-mig/qemu-newest

qemu_need_newest() {
	root_once qemu-newest "$NEWEST_QEMU_PACKAGES" \
		step_about "Fetching the newest QEMU" 10 qemu_fetch_newest
}

qemu_fetch_newest() {
	local debs=$CACHE/apt/qemu new=$ROOT$NEWEST_QEMU.new packages deb
	read -ra packages <<<"$NEWEST_QEMU_PACKAGES"
	apt_refresh
	apt_fetch "$debs" -t trixie-backports "${packages[@]}"
	rm -rf "$new"
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$new"
	done
	basename -a "$debs"/qemu-system-x86_*.deb |
		sed 's/.*_\(.*\)_.*/\1/; s/^[0-9]*%3a//' >"$new/version"
	rm -rf "$debs"
	root_replace qemu-newest "$NEWEST_QEMU"
	root_set_stamp qemu-newest "$NEWEST_QEMU_PACKAGES"
}

qemu_newest_version() {
	cat "$ROOT$NEWEST_QEMU/version"
}
