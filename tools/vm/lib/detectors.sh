# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Do the debug kernel's detectors see what they are there for, and does a run
# fail for each?  Module splat makes the mistakes, in one boot: whatever is found
# in the console after a mistake's name is about that one.

# A mistake, and what the kernel says of it.  Once lockdep has reported, or KASAN
# has, it looks no further; leaks are listed when the VM ends.
DETECTORS="
shift-too-far		UBSAN: shift-out-of-bounds
sleep-in-atomic		BUG: sleeping function called from invalid context
free-active-timer	WARNING: .*debug_print_object
two-orders		WARNING: possible circular locking dependency
use-after-free		BUG: KASAN: slab-use-after-free
leak			unreferenced object
"

test_detectors() {
	local mistakes log=$THIS_RUN/detectors.$BASHPID console
	mapfile -t mistakes < <(awk 'NF { print $1 }' <<<"$DETECTORS")
	vm_kernel=debug vm_modules=no vm_edu=0 vm_edu_root=0
	vm_timeout=$((120 * $(boot_patience)))
	prepare
	build_need_test_modules debug
	attempt detectors_boot nothing "${mistakes[@]}" </dev/null >"$log" 2>&1
	console=$(sed -n 's/^vm: all of it is in //p' "$log")
	detectors_check "$rc" "${console:-/dev/null}"
	[ -n "$console" ] || sed 's/^/# /' "$log"
	rm -f "$log"
}

detectors_boot() {
	trap - ERR
	boot_run bash tools/vm/guest/provoke "$@"
}

# detectors_check STATUS CONSOLE
detectors_check() {
	local mistake words n=2
	echo "1..$((${#mistakes[@]} + 2))"
	detectors_result 1 "run fails" [ "$1" = 1 ]
	detectors_result 2 "nothing is said of no mistake" \
		detectors_silent nothing "$2"
	while read -r mistake words; do
		[ -n "$mistake" ] || continue
		n=$((n + 1))
		detectors_result "$n" "run fails for $mistake" \
			detectors_said "$mistake" "$words" "$2"
	done <<<"$DETECTORS"
}

# What the console has between this mistake and the next.
detectors_part() {
	awk -v name="splat: $1" '/splat: / { on = index($0, name) } on' "$2" |
		tr -d '\r'
}

detectors_silent() {
	detectors_part "$1" "$2" | grep -q . &&
		! detectors_part "$1" "$2" | grep -E "$CONSOLE_BAD"
}

# In the words that make a run fail, too.
detectors_said() {
	detectors_part "$1" "$3" | grep -E "$2" | grep -E "$CONSOLE_BAD"
}

# detectors_result N NAME COMMAND…
detectors_result() {
	local n=$1 name=$2
	shift 2
	if "$@" >/dev/null; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
	fi
}
