# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash source-path=SCRIPTDIR source-path=SCRIPTDIR/../../tool
#
# What the tests of edus in software share: they create them, and leave none.
. "${0%/*}/commands.sh"

MDEVS=/sys/bus/mdev/devices
# shellcheck disable=SC2034
TYPE=/sys/class/mdev_bus/edu_mdev/mdev_supported_types/edu_mdev-edu

delete_all() {
	local device
	for device in "$MDEVS"/*; do
		[ ! -e "$device" ] || echo 1 >"$device/remove"
	done
}

# need_mdev: or there is nothing to be tested.
need_mdev() {
	[ -d /sys/module/edu_mdev ] && return
	echo "KTAP version 1"
	echo "1..0 # SKIP edu_mdev is not loaded"
	exit 4
}

# load [PARAMETER]: in a VM it is not installed.
load() {
	if [ -n "${VFIO_MIG_MODULES:-}" ]; then
		insmod "$VFIO_MIG_MODULES/edu_mdev.ko" "$@"
	else
		modprobe edu_mdev "$@"
	fi
}

# three_edus: those that other tests' programs find, the third for those that take one on
# the root bus.  Sets $devices.
three_edus() {
	mapfile -t devices < <(vfio-mig dev create edu 3)
	[ "${#devices[@]}" = 3 ] || fail "cannot create three"
	trap 'delete_all; rm -rf "$WORK"' EXIT
	export VFIO_MIG_EDU="${devices[0]} ${devices[1]}" VFIO_MIG_EDU_ROOT=${devices[2]}
	export VFIO_MIG_BOCHS=
}

# passes PROGRAM [ARGUMENT…]: another test's, with the devices that the environment says.
# On a host of one's own there may be no other room.
passes() {
	[ -n "${VFIO_MIG_BUILD:-}" ] || [ -x "${0%/*}/$1" ] || skip "$1 is not built"
	"${0%/*}/$1" "${@:2}" >"$WORK/out" 2>&1
	case $? in
	0) grep -q '^ok ' "$WORK/out" || fail "$1 has no test" ;;
	4) skip "$(sed -n 's/.*SKIP //p' "$WORK/out" | tail -1)" ;;
	*)
		sed -n '/^# .*\.c:/p; /^not ok/p' "$WORK/out" >"$WORK/err"
		: >"$WORK/out"
		fail "$1 does not pass"
		;;
	esac
}
