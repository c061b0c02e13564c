# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups vm, debug and qemu-newest: programs in batches, some VMs at a time.

# Where what runs in the VM is built, and with which sanitizers.
tests_in=selftests
sanitize=

# The kernel's test programs and their list:
#   NAME EDU[,EDU-ROOT[,BOCHS[xSIZE[/SIZE…]][,PFSxVFS]]] SECONDS COMMAND…
test_build_selftests() {
	local build=build_need_linked
	[ -z "$sanitize" ] || build=build_need_program
	kernel_need_source
	[ -n "$sanitize" ] || build_need_tool_sanitized
	$build "$tests_in" selftests/vm \
		KSELFTEST_DIR=$KSELFTEST_DIR SANITIZE="$sanitize" \
		UAPI=/vfio-mig/src/include/uapi
}

test_run_list() {
	grep -vE '^[[:space:]]*(#|$)' "$BUILD/$tests_in/run-list" || true
}

# What the programs of group vm need, but for those of another kernel.
test_need_programs() {
	prepare
	test_build_selftests
	build_need_test_modules "$vm_kernel"
	[[ " $plans " != *' qemu-newest '* ]] || qemu_need_newest
}

# None of those is about the modules that only tests have.
test_need_kernel() {
	local vm_kernel=$1
	prepare
}

test_need_libvirt() {
	test_of_command_line | test_with_libvirt || return 0
	root_need_more libvirt mdevctl
	prepare_root
	libvirt_need
}

# Is one of the list on stdin about libvirt?
test_with_libvirt() {
	awk '$1 ~ /libvirt$/ { found = 1 } END { exit !found }'
}

# Programs that are run by --full, or if they are named: what they show is shown in
# each run by others, `tool_sanitized`, group debug, `mdev_qemu` and `libvirt`.
TEST_FULL="tool_move tool_batch tool_fault hammer mdev_debug mdev_libvirt"

# The list, as the command line has it.
test_of_command_line() {
	local list
	list=$(test_run_list)
	[ -n "$full$programs$one_kernel" ] || list=$(awk -v names=" $TEST_FULL " \
		'!index(names, " " $1 " ")' <<<"$list")
	[ -z "$one_kernel" ] || list=$(test_of_one_kernel <<<"$list")
	[ -z "$programs" ] || list=$(awk -v names=" $programs " \
		'index(names, " " $1 " ")' <<<"$list")
	printf '%s\n' "$list"
}

# test_plan_vm GROUP…: once all is built.  With the newest QEMU, what runs one; in a
# group of its own as much as shows whether a change of its order of calls matters.
test_plan_vm() {
	local group list
	for group; do
		case $group in
		vm) list=$(test_of_command_line) ;;
		qemu-newest)
			[ -n "$programs" ] || local programs='qemu_migration qemu_igbvf'
			local vm_newest_qemu=yes
			list=$(test_of_command_line)
			;;
		*) continue ;;
		esac
		[ "$vm_newest_qemu" = no ] || {
			echo "# QEMU $(qemu_newest_version)"
			list=$(grep -E '^(qemu_|mdev_qemu )' <<<"$list")
		}
		test_plan "$group" "$(awk '$2 !~ /@/' <<<"$list")"
		test_queue_kernels "$group" "$list"
	done
}

# test_queue_kernels GROUP LIST: programs of a kernel of their own are planned when that
# is there, and do not hold up the others.
test_queue_kernels() {
	local kernel
	while read -r kernel; do
		queue_add "programs-$kernel" prepare 600 - test_need_kernel "$kernel"
		queue_after["programs-$kernel"]="test_plan_kernel $1 $kernel"
	done < <(awk 'sub(/.*@/, "", $2) { print $2 }' <<<"$2" | sort -u)
}

# test_plan_kernel GROUP KERNEL
test_plan_kernel() {
	test_plan "$1" "$(test_of_command_line |
		awk -v at="@$2" 'substr($2, length($2) - length(at) + 1) == at')"
}

# test_plan GROUP LIST: a job for each part of it that one VM is booted for; what has
# not changed since it passed needs none.
test_plan() {
	local name devices seconds command key said='' left kind limit
	left=$(mktemp "$QUEUE/list.XXXXXX")
	while read -r name devices seconds command; do
		[ -n "$name" ] || continue
		key=$(test_key "$devices" "$name" "$command")
		if unchanged_since "$key"; then
			[ -n "$said" ] || printf '\n# %s\n' "$1"
			said=yes
			unchanged_count "$name" "$key"
			continue
		fi
		# A first guess of how many times as long as it takes it may take.
		kind=works limit=30
		[[ $TEST_SLEEPS != *" $name "* ]] || kind=sleeps limit=8
		[[ $TEST_GUESTS != *" $name "* ]] || kind=guests
		echo "$(times_guess "$name" $((seconds / limit))) ${key:--} $name $devices $seconds $command" \
			>>"$left.$kind"
	done <<<"$2"
	test_plan_batches "$1" "$left.works" vm 360
	test_plan_batches "$1" "$left.guests" guests 360
	test_plan_batches "$1" "$left.sleeps" "$(test_kind_of_sleepers)" 720
}

# Programs that wait for two thirds of their time or more; they leave the processor to
# others, so their VMs come on top of those that there are else, where there is memory.
TEST_SLEEPS=" verify_broken verify mdev_twins edu_isolation edu_state_moves edu_dma"
TEST_SLEEPS+=" edu_interrupts edu_quiesce edu_slow_memory edu_to_and_fro precopy reset"
TEST_SLEEPS+=" igbvf_resets igbvf_moves igbvf_quiet igbvf_granted tool_igbvf "

# Programs that boot guests in the VM.
TEST_GUESTS=" qemu_migration qemu_failures qemu_faults qemu_linux qemu_dirty qemu_display"
TEST_GUESTS+=" qemu_serial qemu_igbvf libvirt mdev_qemu mdev_libvirt "

test_kind_of_sleepers() {
	[ "$queue_sleepers" != 0 ] && echo sleeps || echo vm
}

# test_key DEVICES[@KERNEL] NAME COMMAND
test_key() {
	local vm_kernel=$vm_kernel
	[[ $1 != *@* ]] || vm_kernel=${1#*@}
	unchanged_program "$BUILD/$tests_in" "$@"
}

# Lines with a guess, a key, and the rest of the list: into files $list.N, each for one
# VM of some minutes; and a line about each.  A VM has all that one of its programs asks
# for (guest/run-tests gives each its own); those that ask for the same are together, as
# far as that goes.
# shellcheck disable=SC2016
TEST_BATCHES='
function end_batch(	i, size, sizes, displays, devices) {
	if (!count)
		return
	for (size in most_of)
		for (i = 0; i < most_of[size]; i++) {
			sizes = sizes (sizes == "" ? "" : "/") size
			displays++
		}
	devices = edu + 0 "," root + 0 "," displays + 0 (displays ? "x" sizes : "")
	devices = devices (pfs ? "," pfs "x" vfs : "") kernel
	print file, devices, seconds + 15, count
	edu = root = count = seconds = pfs = vfs = 0
	delete most_of
}
function add(devices,	part, bochs, size, igb, n, i, of) {
	split(devices, part, /[,@]/)
	if (part[1] > edu)
		edu = part[1]
	if (part[2] > root && devices ~ /^[^@]*,/)
		root = part[2]
	if (devices !~ /^[^@]*,[^@]*,/)
		return
	if (devices ~ /^[^@]*,[^@]*,[^@]*,/ && split(part[4], igb, "x") == 2) {
		pfs = igb[1] > pfs ? igb[1] : pfs
		vfs = igb[2] > vfs ? igb[2] : vfs
	}
	n = split(part[3], bochs, "x") > 1 ? split(bochs[2], size, "/") : 0
	for (i = 1; i <= bochs[1]; i++)
		of[i <= n ? size[i] : n ? size[n] : "16M"]++
	for (i in of)
		if (of[i] > most_of[i])
			most_of[i] = of[i]
}
{
	at = match($4, /@/) ? substr($4, RSTART) : ""
	if (count && (at != kernel || seconds + $1 > most))
		end_batch()
	if (!count)
		file = list "." ++batches
	kernel = at
	seconds += $1
	count++
	add($4)
	if ($2 != "-")
		print $2, $3, $4 > (file ".keys")
	sub(/^[^ ]* [^ ]* /, "")
	print > file
}
END { end_batch() }'

# test_plan_batches GROUP LIST KIND SECONDS: of so many at most together.
test_plan_batches() {
	local batch devices guess count needs
	[ -s "$2" ] || return 0
	sort -t ' ' -k 4,4 -k 1,1rn "$2" |
		awk -v list="$2" -v most="$4" "$TEST_BATCHES" >"$2.plan"
	while read -r batch devices guess count; do
		[ ! -e "$batch.keys" ] ||
			mv "$batch.keys" "$QUEUE/${#queue_name[@]}.keys"
		needs=-
		! test_with_libvirt <"$batch" || needs=libvirt
		queue_add "$1 $devices ($count programs)" "$3" "$guess" "$needs" \
			test_batch "$1" "$devices" "$batch"
	done <"$2.plan"
}

# test_batch GROUP DEVICES FILE: what a job of it runs.
test_batch() {
	[ "$1" != qemu-newest ] || vm_newest_qemu=yes
	[ "$1" != debug ] || vm_kernel=debug
	boot_need_accel
	attempt test_boot "$2" "$(cat "$3")"
	[ "$rc" = 0 ] || printf '##begin boot-%s\n##end boot-%s %s\n' "$2" "$2" "$rc"
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

test_boot_run() {
	trap - ERR
	vm_monitor=yes
	boot_run bash tools/vm/guest/run-tests "$tests_in" "$CONSOLE_BAD" \
		3<&- | tee "$1"
}

# test_devices EDU[,EDU-ROOT[,BOCHS[xSIZE[/SIZE…]][,PFSxVFS]]]: sets vm_*.
test_devices() {
	local bochs igb
	IFS=, read -r vm_edu vm_edu_root bochs igb <<<"$1"
	IFS=x read -r vm_bochs vm_bochs_mem <<<"$bochs"
	[ -z "$igb" ] || boot_igb "$igb"
	vm_edu_root=${vm_edu_root:-0} vm_bochs=${vm_bochs:-0}
	vm_bochs_mem=${vm_bochs_mem:-16M}
}

# test_boot DEVICES[@KERNEL] LIST
test_boot() {
	local name rest out=$THIS_RUN/vm-test.$BASHPID vm_kernel=$vm_kernel
	test_devices "${1%@*}"
	[[ $1 != *@* ]] || vm_kernel=${1#*@}
	vm_timeout=$(awk -v times="$(boot_patience)" \
		'{ t += $3 } END { print (t + 120) * times }' <<<"$2")
	coverage_begin
	attempt test_boot_run "$out" <<<"$2"
	coverage_end
	# What the VM did not come to: it takes them in this order.
	while read -r name rest; do
		printf '##begin %s\n##end %s lost\n' "$name" "$name"
	done < <(tail -n "+$(($(grep -c '^##end ' "$out") + 1))" <<<"$2")
	if [ "$rc" != 0 ] && ! grep -q '^##end .* kernel$' "$out"; then
		printf '##begin boot-%s\n##end boot-%s %s\n' "$1" "$1" "$rc"
	fi
	rm -f "$out"
}
