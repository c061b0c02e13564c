#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/ABI has each file that the modules make in sysfs and debugfs, in the
# kernel's form, and no other.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

ABI=$VFIO_MIG_SOURCE/Documentation/ABI/testing

# What they are called in the source: knobs, properties, and files by themselves.
made() {
	(
		cd "$VFIO_MIG_SOURCE/drivers/vfio/mig" || exit
		sed -n 's/^\t\.name = "\([a-z_]*\)",$/\1/p' fault_*.c
		sed -n 's/^\t{ "\([a-z0-9-]*\)", VFIO_MIG_HAS_.*/\1/p' property.c
		sed -n -e 's/.*debugfs_create_file("\([a-z_]*\)".*/\1/p' \
			-e 's/.*attr\.name = "\([a-z_]*\)".*/\1/p' \
			-e 's/.*\(DRIVER\|DEVICE\)_ATTR_RO(\([a-z_]*\)).*/\2/p' -- *.c pci/*.c soft/*.c
	) | LC_ALL=C sort -u
}

# A behaviour is called as its driver likes.  What is on two buses is told of twice.
told() {
	sed -n 's,^What:.*/,,p' "$ABI"/* | grep -vxE '<(behaviour|property)>' |
		LC_ALL=C sort -u
}

test_each_file_is_told_of() {
	made >"$WORK/made"
	told | diff "$WORK/made" - >"$WORK/out" || fail "they differ (< is made, > is told)"
	[ "$(wc -l <"$WORK/made")" -ge 14 ] || fail "hardly a file is found in the source"
}

# What one or more times, and the others once, in this order; then the next.
test_each_entry_has_its_form() {
	awk -F: '
		/^(What|Date|KernelVersion|Contact|Description):/ {
			order = order (order ~ /What $/ && $1 == "What" ? "" : $1 " ")
		}
		!/^([A-Z][A-Za-z]*:\t.|Description:$|\t\t.|$)/ {
			print FILENAME ": " $0
		}
		END {
			gsub("What Date KernelVersion Contact Description ", "", order)
			if (order != "")
				print "out of order: " order
		}' "$ABI"/* >"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "it is another form"
	! grep '^What:' "$ABI"/* | grep -v ':	*/sys/' >"$WORK/out" ||
		fail "what is no file of sysfs or debugfs"
}

run_tests "$0"
