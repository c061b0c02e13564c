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
