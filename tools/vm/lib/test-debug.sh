# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group debug: what finds most on the debug kernel, on each run.  That all
# of group vm runs there is for `test --kernel debug vm`, which takes hours.

# Programs of group vm, and for how many seconds if they can be told.
DEBUG_PROGRAMS="
fail_nth		-
fail_nth_device		-
fail_nth_display	-
hammer			60
ioctl_fuzz		120
"

# The kernel is built while other groups run, with what they leave of the processors;
# the group itself waits for that, and says so if it fails.
test_debug_ahead() {
	prepare_root
	host_unlock
	(
		trap - ERR EXIT
		renice -n 19 "$BASHPID"
		quiet=yes
		prepare_root
		kernel_need_image debug
	) >"$CACHE/log/debug-ahead.log" 2>&1 &
}

test_debug() {
	local list
	vm_kernel=debug one_kernel=yes
	prepare
	test_build_selftests
	build_need_test_modules debug
	list=$(awk 'FNR == NR { seconds[$1] = $2; next }
		$1 in seconds {
			if (seconds[$1] != "-")
				$4 = "env VFIO_MIG_SECONDS=" seconds[$1] " " $4
			print
		}' <(grep . <<<"$DEBUG_PROGRAMS") <(test_run_list))
	test_run_programs "$list"
}
