# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group debug: what finds most on the debug kernel, on each run.  That all
# of group vm runs there is for `test --kernel debug vm`, which takes hours.

# Programs of group vm, and for how many seconds if they can be told; with --full.
DEBUG_PROGRAMS="
fail_nth		-	-
fail_nth_device		-	-
fail_nth_display	-	-
fail_nth_igbvf		-	-
hammer			8	60
ioctl_fuzz		10	120
mdev_debug		8	60
"

# Once that kernel is built, and the programs are.
test_need_programs_debug() {
	test_need_kernel debug
}

test_plan_debug() {
	local list vm_kernel=debug
	list=$(awk -v full="$full" 'FNR == NR { seconds[$1] = full ? $3 : $2; next }
		$1 in seconds {
			if (seconds[$1] != "-")
				$4 = "env VFIO_MIG_SECONDS=" seconds[$1] " " $4
			print
		}' <(grep . <<<"$DEBUG_PROGRAMS") <(test_run_list))
	test_plan debug "$list"
}
