# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups about the modules' source: built for each kernel, by another
# compiler and for another machine, and read by sparse and coccinelle.

# sparse reads each file that was compiled.  It is older than a word in the headers of
# 7.2 and newer, and these lack the script by which the kernel finds out whether it is
# there.
MODULES_SPARSE=(KBUILD_CHECKSRC=2 CF=-D__typeof_unqual__=__typeof__)

# Debian's kernels are built with gcc, and their headers say so to whoever builds
# a module.  These take back what clang does not know, and what it says of the
# headers themselves.
# shellcheck disable=SC2034
MODULES_CLANG=(CC=clang CONFIG_CC_IS_GCC= CONFIG_CC_IS_CLANG=y
	CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_CC_HAS_UBSAN_BOUNDS_STRICT=
	CONFIG_UBSAN_BOUNDS_STRICT= CONFIG_FTRACE_MCOUNT_USE_CC=
	CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough
	"KCFLAGS=-Wno-unknown-warning-option -Wno-duplicate-decl-specifier")

# shellcheck disable=SC2034
MODULES_ARM64=(CC=aarch64-linux-gnu-gcc CROSS_COMPILE=aarch64-linux-gnu-)

# What coccinelle says that is no mistake, as FILE: MESSAGE.  The codec is a
# program's as well, and a program has no min(); splat makes mistakes on purpose.
COCCINELLE_WRONG="mig/stream_env.h: WARNING opportunity for min()
splat/main.c: ERROR: reference preceded by free"

# test_kbuild build-KERNEL: what was said when the modules were built that are loaded
# in the VM, and what sparse says of them.
test_kbuild() {
	local k=${1#build-} dir log
	prepare_root
	root_need_more sparse
	build_need_modules "$k"
	dir=$(build_modules_dir "$k") log=$BUILD/check-$k.log
	host_lock "$BUILD/$dir.lock"
	cp "$BUILD/$dir.log" "$log"
	# It compiles nothing, so that what was built stays as it is.
	attempt build_kbuild_anyway "$dir" "$k" '' "${BUILD_MODULES[@]}" \
		"${MODULES_SPARSE[@]}" >>"$log" 2>&1
	[ "$rc" = 0 ] || echo "error: make ended with status $rc" >>"$log"
	test_modules_read "$BUILD/$dir" "$log" ||
		echo "error: sparse did not read all of it" >>"$log"
	echo 1..1
	test_modules_log 1 "$k" "$dir" "$log"
	host_unlock
}

test_clang() {
	prepare_root
	root_need_more compilers
	test_modules CLANG "$(test_modules_for)"
}

test_arm64() {
	prepare_root
	root_need_more arm64
	test_modules ARM64 "$(test_modules_for)"
}

# The kernels: all with --full.  The debug kernel has gcc and x86 in its
# configuration; it is 6.12.
test_modules_for() {
	if [ -n "$full" ]; then
		echo 6.1 6.12 7.2 7.3
	elif [ "$vm_kernel" = debug ]; then
		echo 6.12
	else
		echo "$vm_kernel"
	fi
}

# test_modules_read FOLDER LOG: has sparse read each source that there is an object of?
test_modules_read() {
	local source all='' n=0
	while read -r source; do
		[ -e "${source%.c}.o" ] || continue
		n=$((n + 1))
		grep -q "^  CHECK .*${source#"$1"/}\$" "$2" || all=no
	done < <(find "$1/drivers" -name '*.c' ! -name '*.mod.c')
	[ "$n" != 0 ] && [ -z "$all" ]
}

# test_modules CLANG|ARM64 KERNELS
test_modules() {
	local k kernels=() n=0
	for k in $2; do
		if [ "$1" = ARM64 ]; then
			kernel_need_headers_arm64 "$k"
			kernels+=("$k-arm64")
		else
			kernel_need_headers "$k"
			kernels+=("$k")
		fi
	done
	echo "1..${#kernels[@]}"
	for k in "${kernels[@]}"; do
		n=$((n + 1))
		test_modules_built "$n" "$1" "$k"
	done
}

# test_modules_built NUMBER CLANG|ARM64 KERNEL: from nothing.
test_modules_built() {
	local dir=check-$3-${2,,} log
	local -n how=MODULES_$2
	host_lock "$BUILD/$dir.lock"
	log=$BUILD/$dir.log
	rm -rf "${BUILD:?}/$dir"
	attempt build_kbuild "$dir" "$3" '' "${how[@]}" >"$log" 2>&1
	[ "$rc" = 0 ] || echo "error: make ended with status $rc" >>"$log"
	test_modules_log "$1" "$3" "$dir" "$log"
	host_unlock
}

# test_modules_log NUMBER KERNEL FOLDER LOG: any warning is a failure.  Debian's kernels
# for arm64 have no mdev.
test_modules_log() {
	local module config
	config=$ROOT/usr/src/linux-headers-$(kernel_release "$2")/.config
	test_modules_excuse "$4"
	for module in $MODULES; do
		[[ $module != *_mdev ]] || grep -q '^CONFIG_VFIO_MDEV=' "$config" || continue
		find "$BUILD/$3" -name "$module.ko" 2>/dev/null | grep -q . ||
			echo "error: there is no $module.ko" >>"$4"
	done
	if ! grep -iE -B1 -A8 "$BUILD_WARNED" "$4" | sed 's/^/# /'; then
		echo "ok $1 $(kernel_release "$2")"
	else
		echo "not ok $1 $(kernel_release "$2")"
	fi
}

# test_modules_excuse LOG: takes out what is not about the modules.  sparse takes 7.2's
# MODULE_INFO() for wrong, wherever one is used.
test_modules_excuse() {
	local what='error: bad constant expression$' file line
	build_not_about_modules <"$1" >"$1.new"
	mv "$1.new" "$1"
	while IFS=: read -r file line _; do
		! sed -n "${line}p" "$PROJECT/drivers/${file##*drivers/}" |
			grep -qi '^module_' || sed -i "\\#^$file:$line:.*$what#d" "$1"
	done < <(grep "$what" "$1" || true)
}

# Not those that need a compiler for OCaml: one is about batteries, one about how
# a null pointer is spelled, which sparse sees too.
# With --full those about how the kernel's functions are called (api) and about
# spelling (misc) as well.
# shellcheck disable=SC2016
COCCINELLE_RUN='
cd "$1"
one() {
	spatch -D report --no-show-diff --very-quiet --cocci-file "$1" \
		$(sed -n "s,^// Options: ,,p" "$1") -I "$2/include" \
		--dir "$2" 2>&1 || echo "$1: status $?"
}
export -f one
grep -rlE "^virtual +report" $3 |
	xargs grep -LE "(script|initialize):ocaml" | LC_ALL=C sort |
	tee "$2/patches" |
	xargs -P "$(nproc)" -I FILE bash -c "one FILE \"$2\""
'

test_coccinelle() {
	local dir=check-coccinelle out n least=50 of=scripts/coccinelle
	prepare_root
	root_need_more coccinelle
	kernel_need_newest
	host_lock "$BUILD/$dir.lock"
	rm -rf "${BUILD:?}/$dir"
	build_copy_sources "$dir"
	[ -n "$full" ] || least=15 of=$(printf " $of/%s" free iterators locks null tests)
	out=$(root_run bash -c "$COCCINELLE_RUN" sh "$NEWEST_DIR" \
		"/vfio-mig/build/$dir" "$of" |
		grep -vE '^warning: line [0-9]+: should .* be a metavariable\?$' |
		sed -E 's/:[0-9]+:[0-9]+-[0-9]+:/:/' |
		grep -vF "$COCCINELLE_WRONG" || true)
	n=$(wc -l <"$BUILD/$dir/patches")
	[ "$n" -gt "$least" ] || out+="only $n semantic patches were run"
	host_unlock
	echo 1..1
	test_silent 1 "$n semantic patches of $(kernel_newest)" "$out"
}
