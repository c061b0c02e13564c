# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups: what they are, and how each is run.

# Name, is it part of `test --quick` or of neither that nor `test` unless it is
# asked for, the function that runs it, what it is.
TEST_GROUPS="
unit		quick	test_make	user-space unit tests
tool		quick	test_make	what belongs to vfio-mig, without a device
proof		-	test_make	proofs with cbmc
model		-	test_model	how resets meet everything else, with spin
big-endian	-	test_compilers	the codec on a big-endian machine (s390x)
fuzz		-	test_compilers	the codec fuzzed with libFuzzer
build-6.1	-	test_kbuild	the modules for kernel 6.1, W=1, and sparse
build-6.12	quick	test_kbuild	the modules for kernel 6.12, W=1, and sparse
build-7.2	-	test_kbuild	the modules for kernel 7.2, W=1, and sparse
clang		-	test_clang	the modules by clang, W=1; --full: for each kernel
arm64		-	test_arm64	the modules for arm64, W=1; --full: for each kernel
coccinelle	-	test_coccinelle	the kernel's semantic patches
style		quick	test_style	checkpatch --strict and shellcheck
vm		quick	test_vm		kernel tests in the VM
upstream	-	test_upstream	the kernel's own tests of VFIO, on our drivers
qemu-newest	-	test_vm		Debian's newest QEMU moves a guest
hosts		-	test_hosts	a guest of QEMU moves between two VMs
ci-kit		-	test_kit	what vm ci-kit makes, outside of this tree
package		-	test_package	the Debian packages: made, installed, removed
detectors	asked	test_detectors	does the debug kernel see what it is there for?
"

# Where what runs in the VM is built, and with which sanitizers.
tests_in=selftests
sanitize=

# What checkpatch says that has no meaning outside of the kernel's tree, and
# what has none in programs: there the kernel's macros are not at hand, and a
# message that must not be split can be long; stdint.h is there instead, and
# the test harness makes macros that evaluate twice and end in a block.
STYLE_IGNORE="FILE_PATH_CHANGES LINUX_VERSION_CODE"
STYLE_IGNORE_PROGRAMS="$STYLE_IGNORE BIT_MACRO LONG_LINE_STRING"
STYLE_IGNORE_PROGRAMS+=" PREFER_DEFINED_ATTRIBUTE_MACRO PREFER_KERNEL_TYPES"
STYLE_IGNORE_PROGRAMS+=" MACRO_ARG_REUSE COMPLEX_MACRO"

# test_listed NAME: is it the first word of a line?
test_listed() {
	awk -v name="$1" '$1 == name { found = 1 } END { exit !found }'
}

# Sorts NAME… of the command line into groups and programs of group vm, or of
# qemu-newest if just that is named.
test_sort_names() {
	local name
	for name; do
		if test_listed "$name" <<<"$TEST_GROUPS"; then
			groups+=" $name"
		else
			programs+=" $name"
		fi
	done
	[ -n "$programs" ] || return 0
	[[ " $groups " =~ " vm "|" qemu-newest " ]] || groups+=" vm"
	prepare_root
	test_build_selftests
	host_unlock
	for name in $programs; do
		test_run_list | test_listed "$name" ||
			die "no test '$name'; the groups: $(test_names), the programs: $(test_run_list | cut -d' ' -f1 | xargs)"
	done
}

test_names() {
	awk 'NF { print $1 }' <<<"$TEST_GROUPS" | xargs
}

cmd_test() {
	local name flag function text groups='' programs='' quick='' start
	local one_kernel='' full='' vm_jobs=''
	boot_defaults
	while [[ ${1:-} == -* ]]; do
		case $1 in
		--quick) quick=quick ;;
		--full) full=yes ;;
		--kernel)
			shift
			kernel_is_known "${1:-}"
			vm_kernel=$1 one_kernel=yes
			;;
		--sanitize)
			tests_in=selftests-sanitized
			sanitize=address,undefined
			;;
		--iommu) shift; boot_way "${1:-}"; vm_way=$1 ;;
		--jobs) shift; boot_number --jobs "${1:-}" 64; vm_jobs=$1 ;;
		--newest-qemu)
			vm_newest_qemu=yes
			[ $# != 1 ] || groups=" vm"
			;;
		*) die "no option '$1' of test; see: $ME help" ;;
		esac
		shift
	done
	test_sort_names "$@"
	trap 'host_end_all $$; exit 130' INT TERM HUP
	while read -r name flag function text <&3; do
		[ -n "$name" ] || continue
		[[ -z $groups || " $groups " == *" $name "* ]] || continue
		[[ $flag != asked || -n $groups ]] || continue
		[[ -z $quick || $flag = quick || -n $groups ]] || continue
		start=$SECONDS
		printf '\n# %s: %s\n' "$name" "$text"
		ktap_read "$name" < <(test_group "$name" "$function" 3<&-)
		printf '# %s: %d s\n' "$name" $((SECONDS - start))
	done 3<<<"$TEST_GROUPS"
	ktap_summary || exit 1
}

test_group() {
	local name=$1
	case $name in
	vm | upstream | qemu-newest) ;;
	*)
		echo "##begin $name"
		attempt "$2" "$name" </dev/null
		echo "##end $name $rc"
		return
		;;
	esac
	# These mark their programs.
	attempt "$2" "$name" </dev/null
	[ "$rc" = 0 ] || printf '##begin %s\n##end %s %s\n' "$name" "$name" "$rc"
}

test_none() {
	printf '1..1\nnot ok 1 there is no %s\n' "$1"
}

# test_make NAME: `make -C selftests/NAME run`, in the root.
test_make() {
	local dir=$BUILD/$1 fuzz=${VFIO_MIG_FUZZ_SECONDS:-60} kdir=
	[ -e "$PROJECT/selftests/$1/Makefile" ] || {
		test_none "selftests/$1"
		return 0
	}
	prepare_root
	kernel_need_source
	if [ "$1" = tool ]; then
		kernel_need_headers "$vm_kernel"
		kdir=/usr/src/linux-headers-$(kernel_release "$vm_kernel")
	fi
	host_unlock
	mkdir -p "$dir"
	host_lock "$dir.lock"
	root_run timeout -k 5 $((1500 + fuzz)) make -s -j"$(nproc)" -Otarget \
		-C "/vfio-mig/src/selftests/$1" O="/vfio-mig/build/$1" \
		KSELFTEST_DIR=$KSELFTEST_DIR FUZZ_SECONDS="$fuzz" KDIR="$kdir" run 2>&1
	host_unlock
}

# test_compilers NAME: the same, with compilers that the others do not need.
test_compilers() {
	prepare_root
	root_need_compilers
	test_make "$1"
}

test_model() {
	prepare_root
	root_need_spin
	test_make "$1"
}

test_style() {
	local files programs n=0 out
	prepare_root
	root_need_python
	kernel_need_source
	host_unlock
	cd "$PROJECT"
	mapfile -t files < <(test_style_files drivers include)
	mapfile -t programs < <(test_style_files tools selftests)
	echo "1..$((${#files[@]} + ${#programs[@]} + 7))"
	out=$(test_checkpatch "$STYLE_IGNORE" "${files[@]}"
		test_checkpatch "$STYLE_IGNORE_PROGRAMS" "${programs[@]}")
	for file in "${files[@]}" "${programs[@]}"; do
		n=$((n + 1))
		test_style_result "$n" "$file" \
			"$(grep -F "$file:" <<<"$out" || true)"
	done
	test_style_result $((n + 1)) "shellcheck tools/vm" \
		"$(root_run env -C /vfio-mig/src/tools/vm sh -c \
			'shellcheck -a -x -f gcc vm guest/* kit/*' 2>&1 || true)"
	test_style_result $((n + 2)) "shellcheck tests and completion" \
		"$(root_run env -C /vfio-mig/src sh -c 'shellcheck -x -f gcc \
			selftests/*/*.sh tools/vfio-mig/completion/*' 2>&1 || true)"
	test_style_result $((n + 3)) "the picture of the state machine" \
		"$(root_run make -s -C /vfio-mig/src/tools/diagram \
			O=/vfio-mig/build/diagram check 2>&1 || true)"
	test_style_result $((n + 4)) "what is generated for netlink" \
		"$(root_run make -s -C /vfio-mig/src/tools/netlink check \
			LINUX="$LINUX_DIR" O=/vfio-mig/build/netlink 2>&1 || true)"
	test_style_result $((n + 5)) "differences between kernels" \
		"$(test_compat)"
	test_style_result $((n + 6)) "the tests that ci.md names" \
		"$(test_named_in ci.md 'Which path')"
	test_style_result $((n + 7)) "the tests that isolation.md names" \
		"$(test_named_in isolation.md 'Who may')"
}

# test_named_in FILE HEADING: in the last column of the tables that follow.
test_named_in() {
	local name what='(VARIANT_ADD|TEST_F|TEST_F_TIMEOUT)\([a-z]+,'
	while read -r name; do
		grep -rqE "$what ${name}[,)]|^test_${name}\(\) " selftests/vm ||
			echo "there is no test $name"
	done < <(sed -n "/^## $2/,/^## [^W]/p" "Documentation/$1" |
		awk -F'|' 'NF == 5 && $4 != " test " { print $4 }' |
		grep -oE '[a-z0-9_]+')
}

# They stay in one short header, found by probing headers and not by version.
test_compat() {
	local lines
	lines=$(wc -l <include/compat.h)
	[ "$lines" -le 120 ] ||
		echo "include/compat.h has $lines lines, more than 120"
	grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION|<linux/version\.h>' \
		Kbuild drivers include selftests/modules || true
	grep -rn 'DVFIO_MIG_HAVE_' --include=Kbuild . || true
}

test_style_files() {
	find "$@" -name '*.[ch]' 2>/dev/null | LC_ALL=C sort
}

# test_checkpatch IGNORE FILE…
test_checkpatch() {
	local ignore=${1// /,}
	shift
	[ $# = 0 ] || root_run env -C /vfio-mig/src "$CHECKPATCH" --strict \
		--no-tree --no-summary --terse --show-types \
		--ignore="$ignore" -f "$@" 2>&1 || true
}

test_style_result() {
	if [ -z "$3" ]; then
		echo "ok $1 $2"
	else
		echo "# ${3//$'\n'/$'\n'# }"
		echo "not ok $1 $2"
	fi
}

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
	local kernel list batches=$BUILD/batches.$BASHPID
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
	[ -z "$one_kernel" ] || list=$(awk '$2 !~ /@/' <<<"$list")
	[ -z "${programs:-}" ] || list=$(awk -v names=" $programs " \
		'index(names, " " $1 " ")' <<<"$list")
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

# test_batches FOLDER: a file for each part of the list on stdin that one VM is
# booted for.  What may take longest comes first, so that all end together.
test_batches() {
	awk -v dir="$1" -v most=1200 '
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

# Each with the edus of a guest that moves between them.
test_hosts() {
	prepare
	test_build_selftests
	host_unlock
	vm_timeout=$((900 * $(boot_patience)))
	boot_hosts_with_qemu selftests qemu_hosts
}

# In a VM that has nothing of this project but the kit.
test_kit() {
	local kit=$BUILD/ci-kit
	kit_need
	rm -rf "$kit"
	kit_fill "$kit"
	prepare
	host_unlock
	vm_modules=no vm_scratch=$kit
	boot_run env VFIO_MIG_TOOL=/scratch/vfio-mig bash selftests/kit/kit.sh
}

# They are made, read, installed and removed here; what that gave is then used in
# a VM that has nothing else of this project.
test_package() {
	prepare_root
	package_need
	vm_modules=no
	prepare
	host_unlock
	echo 1..3
	test_style_result 1 "lintian has nothing to say" \
		"$(cat "$BUILD/package/lintian")"
	test_style_result 2 "DKMS builds the modules when they are installed" \
		"$(grep -qF ", $(kernel_release "$vm_kernel"), x86_64: installed" \
			"$BUILD/package/dkms" || echo "dkms: $(cat "$BUILD/package/dkms")")"
	test_style_result 3 "removal leaves nothing" \
		"$(cat "$BUILD/package/left")"
	boot_run bash selftests/package/package.sh
}

test_boot_run() {
	trap - ERR
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
	attempt test_boot_run "$out" <<<"$2"
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
