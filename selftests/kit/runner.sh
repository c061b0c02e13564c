#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What Documentation/ci.md says of a runner without an IOMMU: each of its lines, in a VM
# that has neither that nor an edu.  The modules are those of the folder that `vm ci-kit`
# makes, which is at /scratch.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/../tool/commands.sh"

KIT=/scratch

# The lines that are indented, from the first modprobe to an empty one.
lines() {
	sed -n '/^## On a runner without an IOMMU/,/^## Which/p' "$KIT/README.md" |
		sed -n '/^    modprobe /,/^$/ { s/^    //p }'
}

test_there_is_neither_an_iommu_nor_an_edu() {
	[ -z "$(ls /sys/kernel/iommu_groups)" ] || fail "there is an IOMMU"
	! grep -qx 0x11e8 /sys/bus/pci/devices/*/device || fail "there is an edu"
}

# A kernel without mdev, as far as the tool can tell.
test_what_the_kernel_lacks_is_named() {
	modprobe -r mdev || fail "cannot unload mdev"
	# shellcheck disable=SC2016
	! unshare --mount sh -c 'mount -t tmpfs none /lib/modules && exec "$@"' sh \
		vfio-mig dev create edu >"$WORK/out" 2>"$WORK/err" || fail "one is created"
	complains "no such type"
	complains CONFIG_VFIO_MDEV
}

test_the_module_that_is_missing_is_named() {
	run 1 dev create edu
	complains "no such type"
	complains vfio-mig-dkms
}

# They are one shell's.
test_each_line_is_run() {
	"$KIT/load-modules" vfio_mig edu_mdev || fail "cannot load the modules"
	[ "$(lines | wc -l)" = 5 ] || fail "not five lines"
	lines >"$WORK/lines"
	bash -eux "$WORK/lines" >"$WORK/out" 2>"$WORK/err" </dev/null ||
		fail "a line fails"
	says downtime
	says deleted
	! grep -q '^not ok' "$WORK/out" || fail "verify does not pass"
	[ -z "$(ls /sys/bus/mdev/devices)" ] || fail "a device is left"
}

# It can load one of this project's, but not what a container is made of.
test_without_type1_it_says_what_to_load() {
	local made
	"$KIT/create-devices" 2 >"$WORK/made" || fail "cannot create two"
	mapfile -t made <"$WORK/made"
	rmmod vfio_iommu_type1 || fail "cannot unload it"
	run 4 migrate "${made[@]}"
	complains "modprobe vfio_iommu_type1"
	modprobe vfio_iommu_type1 || fail "cannot load it"
	run 0 migrate "${made[@]}"
	run 0 dev delete "${made[@]}"
}

# What QEMU is given, with that device.
qemu_line() {
	sed -n '/^## On a runner without an IOMMU/,/^## Which/p' "$KIT/README.md" |
		sed -n "s/^    \(-device vfio-pci,.*\)UUID/\1$1/p"
}

test_qemu_takes_one_and_saves_its_guest() {
	local made line
	made=$("$KIT/create-devices" 1) || fail "cannot create one"
	line=$(qemu_line "$made")
	[ -n "$line" ] || fail "there is no line for QEMU"
	# shellcheck disable=SC2086
	printf '%s\n' "migrate file:$WORK/guest" "info migrate" quit |
		timeout 120 qemu-system-x86_64 -M q35 -m 64 -nodefaults -display none -S \
			-monitor stdio $line >"$WORK/out" 2>"$WORK/err" || fail "QEMU fails"
	grep -qi 'status: completed' "$WORK/out" || fail "it does not move"
	[ -s "$WORK/guest" ] || fail "nothing is saved"
	run 0 dev delete "$made"
}

# begin_and_move: from no module to a completed move.
begin_and_move() {
	rmmod edu_mdev vfio_mig || fail "cannot unload them"
	start=$(date +%s%N)
	insmod "$KIT/modules/vfio_mig.ko" || fail "cannot load vfio_mig"
	insmod "$KIT/modules/edu_mdev.ko" || fail "cannot load edu_mdev"
	made=$(vfio-mig dev create edu 2) || fail "cannot create two"
	# shellcheck disable=SC2086
	vfio-mig migrate $made >"$WORK/out" || fail "cannot migrate"
	ms=$((($(date +%s%N) - start) / 1000000))
	# shellcheck disable=SC2086
	run 0 dev delete $made
}

# Others may have the processor meanwhile: once in five times is enough.
test_it_takes_less_than_a_second() {
	local start made ms all=
	for _ in 1 2 3 4 5; do
		begin_and_move
		all+=" $ms"
		[ "$ms" -ge $((1000 * ${VFIO_MIG_PATIENCE:-1})) ] || break
	done
	echo "#$all ms"
	[ "$ms" -lt $((1000 * ${VFIO_MIG_PATIENCE:-1})) ] || fail "it took$all ms"
}

test_a_job_runs_on_devices_in_software() {
	# shellcheck disable=SC2016
	"$KIT/job" sh -c 'echo "mine: $1 $2"' test >"$WORK/out" 2>"$WORK/err" ||
		fail "the job fails"
	[ "$(grep -c '^# pass 5, fail 0, skip 0, blocked 0$' "$WORK/out")" = 2 ] ||
		fail "not both VMMs could migrate"
	grep -qE '^mine: [0-9a-f-]{36} [0-9a-f-]{36}$' "$WORK/out" ||
		fail "not two UUIDs"
}

run_tests "$0"
