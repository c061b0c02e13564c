# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups: what they are, and how each is run.

# Name, is it part of `test --quick`, of `--full` alone or only done if it is asked
# for, what it runs as (lib/queue.sh), seconds that it takes where it never ran, the
# function that runs it, what it is.  Of kind `plan` and `parts` are those that are jobs
# of their own: batches that are made once their programs are built, or parts by name.
TEST_GROUPS="
unit		quick	host	30	test_make	user-space unit tests
tool		quick	host	75	test_make	what belongs to vfio-mig, without a device
proof		-	host	140	test_make	proofs with cbmc
model		-	host	45	test_make	how resets meet everything else, with spin
big-endian	-	host	10	test_make	the codec on a big-endian machine (s390x)
fuzz		-	host	65	test_make	the codec fuzzed with libFuzzer
build-6.1	-	host	40	test_kbuild	the modules for kernel 6.1, W=1, and sparse
build-6.12	quick	host	35	test_kbuild	the modules for kernel 6.12, W=1, and sparse
build-7.2	full	host	45	test_kbuild	the modules for kernel 7.2, W=1, and sparse
build-7.3	-	host	45	test_kbuild	the modules for kernel 7.3, W=1, and sparse
clang		full	host	45	test_clang	the modules by clang, W=1, for each kernel
arm64		full	host	60	test_arm64	the modules for arm64, W=1, for each kernel
in-kernel	full	host	240	test_in_kernel	the modules within the source of kernel 7.3, by its configuration
coccinelle	-	host	120	test_coccinelle	the kernel's semantic patches
style		quick	host	200	test_style	checkpatch --strict and shellcheck
vm		quick	plan	0	test_plan_vm	kernel tests in the VM
upstream	-	vm	60	test_upstream	the kernel's own tests of VFIO, on our drivers
qemu-newest	full	plan	0	test_plan_vm	Debian's newest QEMU moves a guest
hosts		-	guests	90	test_hosts	a guest of QEMU moves between two VMs
ci-kit		-	vm	40	test_kit	what vm ci-kit makes, outside of this tree
functional	full	vm	90	test_functional	a test as QEMU has them, with what vm ci-kit makes
runner		-	vm	40	test_runner	ci.md's lines, without an IOMMU and without an edu
package		full	vm	150	test_package	the Debian packages: made, installed, removed
commands	-	parts	0	test_queue_commands	each command of vm, in its smallest form
debug		-	plan	0	test_plan_debug	faults, races and fuzzing, on the debug kernel
detectors	full	vm	120	test_detectors	does the debug kernel see what it is there for?
coverage	asked	host	60	test_coverage	which lines did the tests with --coverage run?
"

# The packages beyond the plain root that a group needs, by set (lib/root.sh).
test_group_sets() {
	case $1 in
	model) echo spin ;;
	big-endian | fuzz | clang) echo compilers ;;
	build-*) echo sparse ;;
	arm64) echo arm64 ;;
	coccinelle) echo coccinelle ;;
	style) echo python ;;
	upstream) echo upstream ;;
	functional) echo functional ;;
	package) echo packaging ;;
	debug | detectors | coverage) echo kernel-tools ;;
	in-kernel) printf '%s\n' kernel-tools python ;;
	vm) [[ -n ${programs:-} && $programs != *libvirt* ]] || printf '%s\n' libvirt mdevctl ;;
	esac
}

# The kernels that a group builds for.
test_group_kernels() {
	case $1 in
	build-*) echo "${1#build-}" ;;
	in-kernel) echo "$IN_KERNEL" ;;
	clang | arm64) test_modules_for ;;
	tool | package) echo "$vm_kernel" ;;
	upstream) test_upstream_kernel ;;
	esac
}

# test_listed NAME: is it the first word of a line?
test_listed() {
	awk -v name="$1" '$1 == name { found = 1 } END { exit !found }'
}

# Sorts NAME… of the command line into groups, parts of group commands, and programs of
# group vm, or of qemu-newest if just that is named.
test_sort_names() {
	local name
	for name; do
		if test_listed "$name" <<<"$TEST_GROUPS"; then
			groups+=" $name"
		elif test_listed "$name" < <(commands_names); then
			commands_named+=" $name"
		else
			programs+=" $name"
		fi
	done
	[ -z "$commands_named" ] || test_sort_parts
	[ -n "$programs" ] || return 0
	[[ " $groups " =~ " vm "|" qemu-newest " ]] || groups+=" vm"
	prepare_root
	test_build_selftests
	for name in $programs; do
		test_run_list | test_listed "$name" ||
			die "no test '$name'; the groups: $(test_names), of commands: $(commands_names | xargs), the programs: $(test_run_list | awk '!seen[$1]++ { print $1 }' | xargs)"
	done
}

# If the whole group is named as well, that is what is run.
test_sort_parts() {
	if [[ " $groups " == *" commands "* ]]; then
		commands_named=''
	else
		groups+=" commands"
	fi
}

test_names() {
	awk 'NF { print $1 }' <<<"$TEST_GROUPS" | xargs
}

# Sets what cmd_test has; what is left is names.
test_options() {
	while [[ ${1:-} == -* ]]; do
		case $1 in
		--quick) quick=quick ;;
		--full) full=yes; export VFIO_MIG_FULL=1 ;;
		--again) again=yes ;;
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
		--coverage)
			vm_coverage=yes vm_kernel=debug one_kernel=yes
			[ $# != 1 ] || groups=" vm coverage"
			;;
		--newest-qemu)
			vm_newest_qemu=yes
			[ $# != 1 ] || groups=" vm"
			;;
		*) die "no option '$1' of test; there are --quick, --full, --again, --kernel, --iommu, --newest-qemu, --sanitize, --coverage, --jobs" ;;
		esac
		shift
	done
	names=("$@")
}

cmd_test() {
	local groups='' programs='' quick='' names=() one_kernel='' full='' vm_jobs=''
	local plans='' commands_named=''
	boot_defaults
	test_options "$@"
	if [ "${#names[@]}" = 0 ] && test_wanted debug -; then
		prepare_host
		kernel_ahead
	fi
	test_sort_names "${names[@]}"
	prepare_root
	times_before "all of 'test' from nothing takes 20 to 35 minutes on two processors" "$@"
	queue_begin
	queue_vms=$(test_vms_at_once) queue_sleepers=$(test_sleepers_at_once)
	unchanged_forget
	test_queue
	queue_run
	times_keep "$@"
	times_table
	ktap_summary || exit 1
}

# A VM for each processor and one more, for each waits for a third of its time; if there are
# 3 GB of memory for it, and four at most.  With more of them, guests in them have the
# processor for their clock's interrupts and no more.
test_vms_at_once() {
	echo "${vm_jobs:-$(printf '%s\n' $(($(nproc) + 1)) "$(test_vms_with_memory)" 4 |
		sort -n | head -1)}"
}

test_vms_with_memory() {
	awk '/^MemAvailable:/ { n = int($2 / 3 / 1024 ^ 2); print n ? n : 1 }' /proc/meminfo
}

# Two at most of VMs whose programs mostly wait, beside those.
test_sleepers_at_once() {
	local spare=$(($(test_vms_with_memory) - queue_vms))
	[ -z "$vm_jobs" ] || spare=0
	echo $((spare < 0 ? 0 : spare < 2 ? spare : 2))
}

# test_wanted GROUP WHEN: by the command line.
test_wanted() {
	if [ -n "$groups" ]; then
		[[ " $groups " == *" $1 "* ]]
	elif [ -n "$quick" ]; then
		[ "$2" = quick ]
	else
		[[ $2 != asked && ( -n $full || $2 != full ) ]]
	fi
}

# Jobs for all groups that are wanted, and for what they need.
test_queue() {
	local name when kind seconds function text wanted=() needs
	while read -r name when kind seconds function text; do
		[ -n "$name" ] || continue
		test_wanted "$name" "$when" || continue
		wanted+=("$name")
		[ "$kind" != plan ] || plans+=" $name"
	done <<<"$TEST_GROUPS"
	test_queue_needs "${wanted[@]}"
	for name in "${wanted[@]}"; do
		read -r _ _ kind seconds function text < <(
			awk -v name="$name" '$1 == name' <<<"$TEST_GROUPS")
		case $kind in
		plan) continue ;;
		parts) "$function"; continue ;;
		esac
		needs=packages,fetch
		case $name in
		proof) needs=- ;;
		package) needs+=,programs,programs-6.1,programs-7.3,programs-debug,debug-kernel,libvirt ;;
		detectors) needs+=,debug-kernel ;;
		hosts | ci-kit | runner | functional | upstream) needs+=,programs ;;
		esac
		queue_add "$name" "$kind" "$(times_guess "$name" "$seconds")" \
			"$needs" test_group "$name" "$function"
	done
}

# What is fetched and built first.  The debug kernel takes longest, so it has what it
# needs before anything else.
test_queue_needs() {
	local name sets=()
	for name; do
		mapfile -t -O "${#sets[@]}" sets < <(test_group_sets "$name")
	done
	if [ "$vm_kernel" = debug ] || grep -qwE "debug|detectors|coverage" <<<"$*" ||
		[[ " $* " == *" commands "* && $(commands_parts) == *$'\n'coverage* ]]; then
		root_need_more kernel-tools
		queue_add debug-kernel prepare 2000 - test_need_debug
	fi
	[ -z "$(root_lacks "${sets[@]}")" ] ||
		queue_add packages prepare 1000 - root_need_more "${sets[@]}"
	queue_add fetch prepare 900 - test_fetch "$@"
	[ -z "$plans" ] || {
		queue_add programs prepare 800 "$([ "$vm_kernel" = debug ] && echo debug-kernel || echo -)" \
			test_need_programs
		queue_after[programs]="test_plan_vm $plans"
		queue_add libvirt prepare 700 packages,programs test_need_libvirt
	}
	[[ " $* " != *' debug '* ]] || {
		queue_add programs-debug prepare 800 programs,debug-kernel \
			test_need_programs_debug
		queue_after["programs-debug"]=test_plan_debug
	}
}

# test_fetch GROUP…: kernels, headers and sources from Debian.
test_fetch() {
	local name k
	prepare_root
	kernel_need_source
	for name; do
		for k in $(test_group_kernels "$name"); do
			kernel_need_headers "$k"
			[ "$name" != arm64 ] || kernel_need_headers_arm64 "$k"
		done
		case $name in
		coccinelle) kernel_need_newest ;;
		qemu-newest | commands) qemu_need_newest ;;
		functional) functional_need ;;
		upstream) kernel_need_newest; kernel_need_image "$(test_upstream_kernel)" ;;
		esac
	done
}

test_need_debug() {
	prepare_root
	kernel_need_image debug
}

# test_unchanged JOB: has its group been done with all that it reads as it is?
test_unchanged() {
	local name=${queue_name[$1]// /-} key
	[ "${queue_kind[$1]}" != prepare ] || return 1
	key=$(unchanged_group "$name")
	[ -n "$key" ] || return 1
	echo "$key $name" >"$QUEUE/$1.keys"
	unchanged_since "$key" || return 1
	printf '\n'
	unchanged_count "$name" "$key"
}

# test_group GROUP FUNCTION [TEXT]: with the marks that ktap_read looks for.
test_group() {
	printf '# %s: %s\n' "$1" "${3:-$(awk -v name="$1" \
		'$1 == name { $1 = $2 = $3 = $4 = $5 = ""; sub(/^ */, ""); print }' \
		<<<"$TEST_GROUPS")}"
	# It marks its programs.
	[ "$1" = upstream ] || echo "##begin $1"
	attempt "$2" "$1" </dev/null
	[ "$1" = upstream ] || { echo "##end $1 $rc"; return; }
	[ "$rc" = 0 ] || printf '##begin %s\n##end %s %s\n' "$1" "$1" "$rc"
}

test_none() {
	printf '1..1\nnot ok 1 there is no %s\n' "$1"
}

# test_make NAME: `make -C selftests/NAME run`, in the root.
test_make() {
	local dir=$BUILD/test-$1 kdir='' fuzz modules=()
	fuzz=${VFIO_MIG_FUZZ_SECONDS:-$([ -n "$full" ] && echo 60 || echo 10)}
	[ -e "$PROJECT/selftests/$1/Makefile" ] || {
		test_none "selftests/$1"
		return 0
	}
	prepare_root
	# shellcheck disable=SC2046
	root_need_more $(test_group_sets "$1")
	kernel_need_source
	if [ "$1" = tool ]; then
		kernel_need_headers "$vm_kernel"
		kdir=/usr/src/linux-headers-$(kernel_release "$vm_kernel")
		build_need_modules "$vm_kernel"
		modules=("MODULES=/vfio-mig/build/$(build_modules_dir "$vm_kernel")"
			"MODULES_WITH=W=1 ${BUILD_MODULES[*]}")
		build_need_tool
		build_need_tool_sanitized
	fi
	mkdir -p "$dir"
	host_lock "$dir.lock"
	# It gets what VMs and other groups leave of the processors.
	root_run timeout -k 5 3600 make -s -j"$(nproc)" -Otarget \
		-C "/vfio-mig/src/selftests/$1" O="/vfio-mig/build/test-$1" \
		KSELFTEST_DIR=$KSELFTEST_DIR FUZZ_SECONDS="$fuzz" FULL="${full:+1}" \
		KDIR="$kdir" MADE=/vfio-mig/build "${modules[@]}" run 2>&1
	host_unlock
}

# test_silent N NAME SAID: a line of KTAP; what has something to say failed.
test_silent() {
	if [ -z "$3" ]; then
		echo "ok $1 $2"
	else
		echo "# ${3//$'\n'/$'\n'# }"
		echo "not ok $1 $2"
	fi
}

# Each with the edus, or the VF, of a guest that moves between them.
test_hosts() {
	prepare
	test_build_selftests
	vm_timeout=$((900 * $(boot_patience))) vm_igb=1 vm_igb_vfs=1
	boot_hosts_with_qemu selftests qemu_hosts
}

# In a VM that has nothing of this project but the kit.
test_kit() {
	local kit=$BUILD/ci-kit
	kit_need
	rm -rf "$kit"
	kit_fill "$kit"
	prepare
	vm_modules=no vm_scratch=$kit
	boot_run env VFIO_MIG_TOOL=/scratch/vfio-mig bash selftests/kit/kit.sh
}

# A machine of a cloud, but for who made it.
test_runner() {
	local kit=$BUILD/runner-kit
	kit_need
	rm -rf "$kit"
	kit_fill "$kit"
	prepare
	vm_modules=no vm_scratch=$kit vm_iommu=no vm_edu=0
	boot_run env VFIO_MIG_TOOL=/scratch/vfio-mig bash selftests/kit/runner.sh
}

# They are made, read, installed and removed here; what that gave is then used in
# a VM that has nothing else of this project.
test_package() {
	prepare_root
	package_need
	vm_modules=no
	prepare
	echo 1..5
	test_silent 1 "lintian has nothing to say" \
		"$(cat "$BUILD/package/lintian")"
	test_silent 2 "DKMS builds the modules when they are installed" \
		"$(grep -qF ", $(kernel_release "$vm_kernel"), x86_64: installed" \
			"$BUILD/package/dkms" || echo "dkms: $(cat "$BUILD/package/dkms")")"
	test_silent 3 "removal leaves nothing" \
		"$(cat "$BUILD/package/left")"
	test_silent 4 "DKMS passes over kernels that cannot have the modules" \
		"$(package_others_expected | diff "$BUILD/package/others" - || true)"
	test_silent 5 "a driver in a tree of its own is built with what was installed" \
		"$(cat "$BUILD/package/foreign")"
	boot_run bash selftests/package/package.sh
}
