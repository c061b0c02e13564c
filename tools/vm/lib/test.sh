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
debug		-	test_debug	faults, races and fuzzing, on the debug kernel
detectors	asked	test_detectors	does the debug kernel see what it is there for?
coverage	asked	test_coverage	which lines did the tests with --coverage run?
"

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
			die "no test '$name'; the groups: $(test_names), the programs: $(test_run_list | awk '!seen[$1]++ { print $1 }' | xargs)"
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
		--coverage)
			vm_coverage=yes vm_kernel=debug one_kernel=yes
			[ $# != 1 ] || groups=" vm coverage"
			;;
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
	trap 'host_end_all $$' EXIT
	[ -n "$quick$groups" ] || test_debug_ahead
	while read -r name flag function text <&3; do
		[ -n "$name" ] || continue
		test_wanted "$name" "$flag" || continue
		start=$SECONDS
		printf '\n# %s: %s\n' "$name" "$text"
		ktap_read "$name" < <(test_group "$name" "$function" 3<&-)
		printf '# %s: %d s\n' "$name" $((SECONDS - start))
	done 3<<<"$TEST_GROUPS"
	ktap_summary || exit 1
}

# test_wanted GROUP FLAG: by the command line's $groups and $quick.
test_wanted() {
	if [ -n "$groups" ]; then
		[[ " $groups " == *" $1 "* ]]
	else
		[[ $2 != asked && ( -z $quick || $2 = quick ) ]]
	fi
}

test_group() {
	local name=$1
	case $name in
	vm | debug | upstream | qemu-newest) ;;
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

# test_silent N NAME SAID: a line of KTAP; what has something to say failed.
test_silent() {
	if [ -z "$3" ]; then
		echo "ok $1 $2"
	else
		echo "# ${3//$'\n'/$'\n'# }"
		echo "not ok $1 $2"
	fi
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
	test_silent 1 "lintian has nothing to say" \
		"$(cat "$BUILD/package/lintian")"
	test_silent 2 "DKMS builds the modules when they are installed" \
		"$(grep -qF ", $(kernel_release "$vm_kernel"), x86_64: installed" \
			"$BUILD/package/dkms" || echo "dkms: $(cat "$BUILD/package/dkms")")"
	test_silent 3 "removal leaves nothing" \
		"$(cat "$BUILD/package/left")"
	boot_run bash selftests/package/package.sh
}
