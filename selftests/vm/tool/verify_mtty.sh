#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The conformance checks on a driver that this project did not write, the
# kernel's sample mtty: they find what findings.md says, and nothing else.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR/../../tool
. "${0%/*}/commands.sh"

MODULE=${VFIO_MIG_BUILD:-}/test-modules-$(uname -r)/selftests/modules/mtty/mtty.ko
TYPE=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2
ONE=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
TWO=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002

if [ ! -e "$MODULE" ]; then
	echo "KTAP version 1"
	echo "1..0 # SKIP there is no mtty for this kernel"
	exit 4
fi

# Can this kernel report what was logged?  That takes code of iommufd's.
reports() {
	if grep -q ' iova_bitmap_alloc\b' /proc/kallsyms; then
		echo "with reports"
	else
		echo "without reports"
	fi
}

# In the order in which they are run.
documented() {
	sed -nE "s/^\| $1( $(reports))? \| \`([a-z0-9_]+)\` .*/\2/p" \
		"${0%/*}/findings.md"
}

finds_what_is_documented() {
	vfio-mig verify "$ONE" --peer "$TWO" --profile "$1" --destructive \
		>"$WORK/out" 2>"$WORK/err"
	[ $? = 1 ] || fail "another status than 1"
	grep -q '^# pass ' "$WORK/out" || fail "it did not come to its end"
	documented "$1" >"$WORK/documented"
	[ -s "$WORK/documented" ] || fail "nothing is documented"
	sed -nE 's/^not ok [0-9]+ //p' "$WORK/out" >"$WORK/found"
	diff "$WORK/documented" "$WORK/found" >"$WORK/diff" ||
		fail "documented < and found >: $(xargs <"$WORK/diff")"
	scripts_show_it
}

# The script of each check that fails says the same when it is run.  mtty keeps
# its state when it is closed, and scripts begin in RUNNING.
scripts_show_it() {
	local check
	while read -r check; do
		sed -n "/^not ok [0-9]* $check$/,/^\(not \)\?ok/s/^#     //p" \
			"$WORK/out" >"$WORK/script"
		[ -s "$WORK/script" ] || fail "$check: there is no script"
		vfio-mig reset "$ONE" >/dev/null && vfio-mig reset "$TWO" >/dev/null
		vfio-mig -b "$WORK/script" >"$WORK/again" 2>"$WORK/err" ||
			fail "$check: its script fails"
		diff "$WORK/script" "$WORK/again" >"$WORK/diff" ||
			fail "$check: its script < and run again >:
$(sed 's/^/# /' "$WORK/diff")"
	done <"$WORK/found"
}

test_its_long_name_is_shown_in_80_columns() {
	run 0 dev show
	says "$ONE"
	says "$TWO"
	fits_80
}

test_uapi() {
	finds_what_is_documented uapi
}

test_qemu() {
	finds_what_is_documented qemu
}

test_cloud_hypervisor() {
	finds_what_is_documented cloud-hypervisor
}

modprobe -a vfio vfio_iommu_type1 mdev vfio-pci &&
	insmod "$MODULE" &&
	echo $ONE >$TYPE/create && echo $TWO >$TYPE/create || exit

(run_tests "$0")
status=$?
for uuid in $ONE $TWO; do
	echo 1 >"/sys/bus/mdev/devices/$uuid/remove"
done
rmmod mtty || status=1
exit $status
