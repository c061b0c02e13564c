# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups vm, debug and qemu-newest: programs in batches, some VMs at a time.

# Where what runs in the VM is built, and with which sanitizers.
tests_in=selftests
sanitize=

# The kernel's test programs and their list:
#   NAME EDU[,EDU-ROOT[,BOCHS[xSIZE[/SIZE…]]]] SECONDS COMMAND…
test_build_selftests() {
	kernel_need_source
	build_need_program "$tests_in" selftests/vm \
		KSELFTEST_DIR=$KSELFTEST_DIR SANITIZE="$sanitize" \
		UAPI=/vfio-mig/src/include/uapi
}

test_run_list() {
	grep -vE '^[[:space:]]*(#|$)' "$BUILD/$tests_in/run-list" || true
}

# test_vm vm|qemu-newest: in batches, each in a VM that has the devices for it,
# some at a time.  With the newest QEMU, what runs one; in a group of its own as
# much as shows whether a change of its order of calls matters.
test_vm() {
	local list
	[ -e "$PROJECT/selftests/vm/Makefile" ] || {
		test_none selftests/vm
		return 0
	}
	[ "$1" = vm ] || {
		vm_newest_qemu=yes
		[ -n "${programs:-}" ] || programs+=" qemu_migration"
	}
	prepare
	test_build_selftests
	build_need_test_modules "$vm_kernel"
	list=$(test_run_list)
	[ "$vm_newest_qemu" = no ] || {
		echo "# QEMU $(qemu_newest_version)"
		list=$(grep '^qemu_' <<<"$list")
	}
	[ -z "$one_kernel" ] || list=$(test_of_one_kernel <<<"$list")
	[ -z "${programs:-}" ] || list=$(awk -v names=" $programs " \
		'index(names, " " $1 " ")' <<<"$list")
	test_run_programs "$list"
}

# test_run_programs LIST: what the VMs need, and then they; gives the lock back.
test_run_programs() {
	local kernel list=$1 batches=$BUILD/batches.$BASHPID
	! test_listed libvirt <<<"$list" || libvirt_need
	host_unlock
	while read -r kernel <&3; do
		(vm_kernel=$kernel prepare)
	done 3< <(awk 'sub(/.*@/, "", $2) { print $2 }' <<<"$list" | sort -u)
	# shellcheck disable=SC2064
	trap "rm -rf '$batches'" EXIT
	mkdir -p "$batches/taken"
	test_batches "$batches" <<<"$list"
	test_run_batches "$batches"
}

# Of the list on stdin what runs on the kernel that was asked for: what names no
# kernel, and what names that one and is not in the list without.
test_of_one_kernel() {
	awk -v kernel="$vm_kernel" '
		{ line[NR] = $0; name[NR] = $1; on[NR] = "" }
		$2 ~ /@/ { on[NR] = $2; sub(/.*@/, "", on[NR]) }
		$2 !~ /@/ { any[$1] }
		END {
			for (i = 1; i <= NR; i++)
				if (on[i] == "" || (on[i] == kernel &&
						    !(name[i] in any)))
					print line[i]
		}'
}

# test_batches FOLDER: a file for each part of the list on stdin that one VM is
# booted for.  What may take longest comes first, so that all end together.
test_batches() {
	awk -v dir="$1" -v most=1800 '
		{
			if (!($2 in batch) || seconds[batch[$2]] + $3 > most)
				batch[$2] = ++n
			seconds[batch[$2]] += $3
			lines[batch[$2]] = lines[batch[$2]] $0 "\n"
		}
		END {
			for (i = 1; i <= n; i++)
				printf "%s", lines[i] > sprintf("%s/%06d.%03d", \
					dir, 999999 - seconds[i], i)
		}'
}

# test_run_batches FOLDER: one VM for each processor of this machine, if there is
# memory for it.  A single batch is seen while it runs.
test_run_batches() {
	local i jobs memory pids=()
	memory=$(awk '/^MemAvailable:/ { print int($2 / 3 / 1024 ^ 2) }' /proc/meminfo)
	jobs=${vm_jobs:-$(printf '%s\n' "$(nproc)" "$memory" 4 | sort -n | head -1)}
	if [ "$jobs" -le 1 ] || [ "$(find "$1" -type f | wc -l)" -le 1 ]; then
		test_worker "$1"
		return
	fi
	line_whole=yes
	for ((i = 0; i < jobs; i++)); do
		(
			trap - ERR
			test_worker "$1" | test_programs "$1/lock"
		) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
}

# test_worker FOLDER: as long as there is a batch that nobody else took.
test_worker() {
	local batch list
	for batch in "$1"/*.*; do
		mv "$batch" "$1/taken/" 2>/dev/null || continue
		list=$(cat "$1/taken/${batch##*/}")
		test_boot "$(awk '{ print $2; exit }' <<<"$list")" "$list"
	done
}

# test_programs LOCK: passes a stream on, a program at a time.
test_programs() {
	local line text=
	exec 8>>"$1"
	while IFS= read -r line || [ -n "$line" ]; do
		text+=$line$'\n'
		[[ $line = '##end '* ]] || continue
		flock 8
		printf '%s' "$text"
		flock -u 8
		text=
	done
	printf '%s' "$text"
}

test_boot_run() {
	trap - ERR
	vm_monitor=yes
	boot_run bash tools/vm/guest/run-tests "$tests_in" "$CONSOLE_BAD" \
		3<&- | tee "$1"
}

# test_devices EDU[,EDU-ROOT[,BOCHS[xSIZE[/SIZE…]]]]: sets vm_*.
test_devices() {
	local bochs
	IFS=, read -r vm_edu vm_edu_root bochs <<<"$1"
	IFS=x read -r vm_bochs vm_bochs_mem <<<"$bochs"
	vm_edu_root=${vm_edu_root:-0} vm_bochs=${vm_bochs:-0}
	vm_bochs_mem=${vm_bochs_mem:-16M}
}

# test_boot DEVICES[@KERNEL] LIST
test_boot() {
	local name rest out=$BUILD/vm-test.$BASHPID vm_kernel=$vm_kernel
	test_devices "${1%@*}"
	[[ $1 != *@* ]] || vm_kernel=${1#*@}
	vm_timeout=$(awk -v times="$(boot_patience)" \
		'{ t += $3 } END { print (t + 120) * times }' <<<"$2")
	coverage_begin
	attempt test_boot_run "$out" <<<"$2"
	coverage_end
	# What the VM did not come to.
	while read -r name rest; do
		grep -q "^##end $name " "$out" ||
			printf '##begin %s\n##end %s lost\n' "$name" "$name"
	done <<<"$2"
	if [ "$rc" != 0 ] && ! grep -q '^##end .* kernel$' "$out"; then
		printf '##begin boot-%s\n##end boot-%s %s\n' "$1" "$1" "$rc"
	fi
	rm -f "$out"
}
