# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the VM's kernel had to say: a warning or an oops makes a run fail,
# even if the command was content.

CONSOLE_BAD='WARNING: |BUG: |BUG at |Oops|general protection|Call Trace:'
CONSOLE_BAD+='|UBSAN: |KASAN: |KCSAN: |unable to handle|Kernel panic'
CONSOLE_BAD+='|possible (recursive|circular|irq lock)|suspicious RCU usage'
CONSOLE_BAD+='|blocked for more than|detected stall|soft lockup|hard LOCKUP'
CONSOLE_BAD+='|memory leak|refcount_t:|list_(add|del) corruption'
# Of the debug kernel: a lock that nobody initialized, and kmemleak's list.
CONSOLE_BAD+='|trying to register non-static key|unreferenced object'

# Bits of /proc/sys/kernel/tainted that stand for the same, for the case
# that the console lost it: bad page 5, oops 7, warning 9, lockup 14.
CONSOLE_BAD_TAINT=$((1 << 5 | 1 << 7 | 1 << 9 | 1 << 14))

# console_check CONSOLE STATUS: is all well?  Shows it if not.
console_check() {
	local taint
	if grep -qE "$CONSOLE_BAD" "$1"; then
		console_show "$1" "the VM's kernel complained"
		return 1
	fi
	taint=$(sed -n 's/^taint //p' "$2")
	if ((${taint:-0} & CONSOLE_BAD_TAINT)); then
		console_show "$1" "the VM's kernel is tainted ($taint)"
		return 1
	fi
}

# From the first complaint on, or the end if there is none.
console_show() {
	local all
	all=$CACHE/log/console-$(basename "$RUN")
	cp "$1" "$all"
	printf 'vm: %s; its console:\n' "$2" >&2
	if grep -qE "$CONSOLE_BAD" "$1"; then
		grep -m1 -B2 -A40 -E "$CONSOLE_BAD" "$1"
	else
		tail -n 15 "$1"
	fi | tr -d '\r' | sed 's/^/  /' >&2
	printf 'vm: all of it is in %s\n' "$all" >&2
}
