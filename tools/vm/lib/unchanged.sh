# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What gives the same result as long as what it reads is the same is not done again.
# A result is kept if all of it passed, under a key that is made of all that it
# reads: files of the project by what is in them, packages of the root by version,
# what was built.  `test --again` does it all the same.

RESULTS=$CACHE/results
again=

# What the groups read that need no device.  Each reads what it is made by, too.  Some
# parts of group commands are about `vm` alone: that all else is right is for others.
UNCHANGED_READS="
unit		selftests/unit selftests/lib drivers/vfio/mig drivers/vfio/pci include
tool		selftests/tool selftests/unit/run.sh tools/vfio-mig drivers include Documentation Kbuild Makefile README.md
proof		selftests/proof drivers/vfio/mig include
model		selftests/model
big-endian	selftests/big-endian selftests/unit selftests/golden drivers/vfio/mig include
fuzz		selftests/fuzz selftests/golden drivers/vfio/mig include
build-6.1	Kbuild drivers include tools/vm/lib/test-modules.sh tools/vm/lib/build.sh
build-6.12	Kbuild drivers include tools/vm/lib/test-modules.sh tools/vm/lib/build.sh
build-7.2	Kbuild drivers include tools/vm/lib/test-modules.sh tools/vm/lib/build.sh
build-7.3	Kbuild drivers include tools/vm/lib/test-modules.sh tools/vm/lib/build.sh
clang		Kbuild drivers include tools/vm/lib/test-modules.sh
arm64		Kbuild drivers include tools/vm/lib/test-modules.sh
in-kernel	Kbuild drivers include tools/into-kernel tools/vm/lib/test-in-kernel.sh
coccinelle	Kbuild drivers include selftests/modules tools/vm/lib/test-modules.sh
upstream	Kbuild drivers include tools/vfio-mig tools/vm selftests/upstream
hosts		Kbuild drivers include tools/vfio-mig tools/devices selftests/vm tools/vm
functional	Kbuild drivers include tools/vfio-mig tools/vm selftests/functional
ci-kit		Kbuild drivers include tools/vfio-mig tools/vm selftests/kit Documentation/ci.md LICENSE
runner		Kbuild drivers include tools/vfio-mig tools/vm selftests/kit Documentation/ci.md LICENSE
package		Kbuild Makefile debian drivers include tools/vfio-mig tools/vm selftests/package Documentation/man
commands-plain	tools selftests/vm Documentation/ci.md LICENSE
commands-kselftest	selftests drivers/vfio/mig drivers/vfio/pci/edu include tools/vfio-mig tools/devices
commands-run	Kbuild tools/vm
commands-demo	Kbuild drivers include tools selftests/vm
commands-demo-hosts	Kbuild drivers include tools selftests/vm
commands-bench	Kbuild drivers include tools selftests/bench selftests/vm selftests/modules
commands-bench-table	Kbuild drivers include tools selftests/bench selftests/vm selftests/modules
commands-sanitize	tools selftests/vm/Makefile selftests/vm/lib selftests/vm/qemu
commands-coverage	tools/vm
commands-builds	tools/vm
commands-vms	tools/vm
"

# unchanged_files PATH…: what is in them, without what was built in the tree, and
# without what is for people only.
unchanged_files() {
	(
		cd "$PROJECT" || exit
		find "$@" -type d -name build -path 'tools/*' -prune -o \
			-type f ! -path tools/vm/README.md -print0 2>/dev/null |
			LC_ALL=C sort -z | xargs -0 -r sha256sum
	)
}

# unchanged_group NAME: its key, or nothing if it has none.
unchanged_group() {
	local paths
	paths=$(awk -v name="$1" '$1 == name { $1 = ""; print }' <<<"$UNCHANGED_READS")
	[ -n "$paths" ] || return 0
	[ -z "$sanitize$vm_coverage" ] || return 0
	# shellcheck disable=SC2086
	{
		echo "$1 $full $vm_kernel ${VFIO_MIG_FUZZ_SECONDS:-}"
		test_group_sets "$1"
		unchanged_root_of "$1"
		unchanged_files $paths
	} | sha256sum | cut -c1-32
}

# Of the root what a group uses: it is made once, added to, and never upgraded.
unchanged_root_of() {
	local set k
	cat "$ROOT/vfio-mig/stamp/made"
	for set in $(test_group_sets "$1"); do
		cat "$ROOT/vfio-mig/stamp/more-$set" 2>/dev/null || true
	done
	for k in $(test_group_kernels "$1"); do
		cat "$ROOT/vfio-mig/stamp/release-$k" 2>/dev/null || true
	done
	# Proofs read nothing of the kernel's, and begin before any of it is there.
	[ "$1" = proof ] || cat "$ROOT"/vfio-mig/stamp/{source,newest} 2>/dev/null || true
}

# unchanged_keep KEYS WHAT STREAM: KEYS has a line `KEY WHAT` for each that is to be
# kept.  What is kept is the counts, the day, and all that it said.
unchanged_keep() {
	local key new
	[ -n "$1" ] && [ -s "$1" ] || return 0
	key=$(awk -v what="$2" '{ key = $1; sub(/^[^ ]* /, "") } $0 == what { print key; exit }' "$1")
	[ -n "$key" ] || return 0
	mkdir -p "$RESULTS"
	new=$(mktemp "$RESULTS/new.XXXXXXXX")
	printf '%s %s %s\n%s' "$((ktap_passed - ktap_passed_before))" \
		"$((ktap_skipped - ktap_skipped_before))" "$(date +%F)" "$3" >"$new"
	mv "$new" "$RESULTS/$key"
}

# unchanged_since KEY: is there a result?  Those that were not asked for in thirty
# days are forgotten.
unchanged_since() {
	[ -z "$again" ] && [ -n "$1" ] && [ -s "$RESULTS/$1" ] || return 1
	touch "$RESULTS/$1"
}

# unchanged_count NAME KEY: counts what it gave.
unchanged_count() {
	local passed skipped day
	read -r passed skipped day <"$RESULTS/$2"
	printf '# %s: unchanged since %s, %d passed%s\n' "$1" "$day" "$passed" \
		"$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
	ktap_passed=$((ktap_passed + passed))
	ktap_skipped=$((ktap_skipped + skipped))
}

unchanged_forget() {
	[ ! -d "$RESULTS" ] || find "$RESULTS" -type f -mtime +30 -delete
}

# unchanged_program FOLDER DEVICES NAME COMMAND: the key of a program that is run in
# the VM.  What it reads beside itself are the files of its folder that it names, and
# those that these name; and of the modules, those that its devices are driven by.
unchanged_program() {
	local folder=$1 devices=$2 name=$3 command=$4
	[ -z "$vm_coverage" ] || return 0
	{
		echo "$devices $command $vm_way $sanitize $vm_mem $vm_smp $vm_newest_qemu ${vm_append[*]}"
		echo "${VFIO_MIG_ROUNDS:-} ${VFIO_MIG_SECONDS:-} ${VFIO_MIG_SEED:-} ${VFIO_MIG_FULL:-}"
		unchanged_vm
		unchanged_modules "$devices" "$name"
		(unchanged_named "$folder" "$name")
	} | sha256sum | cut -c1-32
}

# The machine that all programs of one kernel run in; it is asked for often.
unchanged_vm() {
	local is=$QUEUE/machine-$vm_kernel-$vm_newest_qemu
	[ -e "$is" ] || {
		cat "$ROOT/vfio-mig/stamp/made"
		cat "$ROOT/vfio-mig/stamp/more-libvirt" 2>/dev/null || true
		kernel_identity "$vm_kernel"
		unchanged_files tools/vm/guest tools/vm/lib/boot.sh \
			tools/vm/lib/console.sh
		sha256sum "$BUILD/tool/vfio-mig"
		[ "$vm_newest_qemu" = no ] || qemu_newest_version
	} >"$is"
	cat "$is"
}

# unchanged_modules DEVICES NAME: a module with no device does nothing but be loaded.
# Devices in software are created by those that are about them.
unchanged_modules() {
	local dir mdev=no
	dir=$BUILD/$(build_modules_dir "$vm_kernel")
	test_devices "${1%@*}"
	case $2 in
	mdev_*) mdev=yes ;;
	esac
	find "$dir" -name '*.ko' -print0 | LC_ALL=C sort -z |
		while IFS= read -r -d '' file; do
			case ${file##*/}:$((vm_edu + vm_edu_root)):$vm_bochs:$mdev in
			edu_vfio_pci.ko:0:* | bochs_*:*:0:* | *_mdev.ko:*:no) ;;
			*) sha256sum <"$file" ;;
			esac
		done
}

# unchanged_named FOLDER FILE…: these, and all files there that they name.  A program
# names no other test, but a script may run one.  The modules for tests are beside it.
unchanged_named() {
	local file name todo=("${@:2}") seen=' '
	cd "$1"
	unchanged_nameable
	while [ "${#todo[@]}" != 0 ]; do
		file=${todo[0]#./}
		todo=("${todo[@]:1}")
		[[ $seen != *" $file "* && -e $file ]] || continue
		seen+="$file "
		find "$file" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
		[ -f "$file" ] || continue
		while read -r name; do
			todo+=("$name")
		done < <(grep -aoFf "$(unchanged_names_for "$file")" "$file" | sort -u)
		! grep -qaF test-modules "$file" || find \
			"$BUILD/test-modules-$(kernel_release "$vm_kernel")" -name '*.ko' \
			-print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 -r sha256sum
	done
}

# What lies in the folder, found once; and of that, what is no test.
unchanged_nameable() {
	local all=$QUEUE/${PWD##*/}.names
	[ ! -e "$all" ] || return 0
	find . -maxdepth 1 ! -name '.*' ! -name '*.[ado]' ! -name lib -printf '%f\n' |
		LC_ALL=C sort >"$all"
	grep -vxFf <(awk '{ print $1 }' run-list) "$all" >"$all.data" || true
}

unchanged_names_for() {
	local all=$QUEUE/${PWD##*/}.names
	[ "$(head -c 4 "$1" | tail -c 3)" != ELF ] || all+=.data
	echo "$all"
}
