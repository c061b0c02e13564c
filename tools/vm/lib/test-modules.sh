# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups about the modules' source: built for each kernel, by another
# compiler and for another machine, and read by sparse and coccinelle.

# sparse reads what gcc compiles.  It is older than a word in 7.2's headers, and
# these lack the script by which the kernel finds out whether it is there.
# shellcheck disable=SC2034
MODULES_GCC=(KBUILD_CHECKSRC=1 CF=-D__typeof_unqual__=__typeof__)

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
COCCINELLE_WRONG="mig/stream.c: WARNING opportunity for min()
splat/main.c: ERROR: reference preceded by free"

# test_kbuild build-KERNEL
test_kbuild() {
	prepare_root
	root_need_more sparse
	test_modules GCC "${1#build-}"
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
		echo 6.1 6.12 7.2
	elif [ "$vm_kernel" = debug ]; then
		echo 6.12
	else
		echo "$vm_kernel"
	fi
}

# test_modules GCC|CLANG|ARM64 KERNELS
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

# test_modules_built NUMBER GCC|CLANG|ARM64 KERNEL: from nothing, and any warning
# is a failure.
test_modules_built() {
	local dir=check-$3-${2,,} log module
	local -n how=MODULES_$2
	host_lock "$BUILD/$dir.lock"
	log=$BUILD/$dir.log
	rm -rf "${BUILD:?}/$dir"
	attempt build_kbuild "$dir" "$3" '' "${how[@]}" >"$log" 2>&1
	test_modules_excuse "$log"
	[ "$rc" = 0 ] || echo "error: make ended with status $rc" >>"$log"
	for module in $MODULES; do
		find "$BUILD/$dir" -name "$module.ko" 2>/dev/null | grep -q . ||
			echo "error: there is no $module.ko" >>"$log"
	done
	[ "$2" != GCC ] || grep -q '^  CHECK ' "$log" ||
		echo "error: sparse did not run" >>"$log"
	if ! grep -iE -B1 -A8 'warning|error' "$log" | sed 's/^/# /'; then
		echo "ok $1 $(kernel_release "$3")"
	else
		echo "not ok $1 $(kernel_release "$3")"
	fi
	host_unlock
}

# test_modules_excuse LOG: takes out what is not about the modules.  There is no
# pahole; another compiler is meant; and sparse takes 7.2's MODULE_INFO() for
# wrong, wherever one is used.
test_modules_excuse() {
	local what='error: bad constant expression$' file line
	sed -i -e '/pahole version differs/d' \
		-e '/^warning: the compiler differs/d' "$1"
	while IFS=: read -r file line _; do
		! sed -n "${line}p" "$PROJECT/drivers/${file##*drivers/}" |
			grep -qi '^module_' || sed -i "\\#^$file:$line:.*$what#d" "$1"
	done < <(grep "$what" "$1" || true)
}

# Not those that need a compiler for OCaml: one is about batteries, one about how
# a null pointer is spelled, which sparse sees too.
# shellcheck disable=SC2016
COCCINELLE_RUN='
cd "$1"
one() {
	spatch -D report --no-show-diff --very-quiet --cocci-file "$1" \
		$(sed -n "s,^// Options: ,,p" "$1") -I "$2/include" \
		--dir "$2" 2>&1 || echo "$1: status $?"
}
export -f one
grep -rlE "^virtual +report" scripts/coccinelle |
	xargs grep -LE "(script|initialize):ocaml" | LC_ALL=C sort |
	tee "$2/patches" |
	xargs -P "$(nproc)" -I FILE bash -c "one FILE \"$2\""
'

test_coccinelle() {
	local dir=check-coccinelle out n
	prepare_root
	root_need_more coccinelle
	kernel_need_newest
	host_lock "$BUILD/$dir.lock"
	rm -rf "${BUILD:?}/$dir"
	build_copy_sources "$dir"
	out=$(root_run bash -c "$COCCINELLE_RUN" sh "$NEWEST_DIR" \
		"/vfio-mig/build/$dir" |
		grep -vE '^warning: line [0-9]+: should .* be a metavariable\?$' |
		sed -E 's/:[0-9]+:[0-9]+-[0-9]+:/:/' |
		grep -vF "$COCCINELLE_WRONG" || true)
	n=$(wc -l <"$BUILD/$dir/patches")
	[ "$n" -gt 50 ] || out+="only $n semantic patches were run"
	host_unlock
	echo 1..1
	test_silent 1 "$n semantic patches of $(kernel_newest)" "$out"
}
