# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group style: how the source reads, and what must be up to date.

# What checkpatch says that has no meaning outside of the kernel's tree, and
# what has none in programs: there the kernel's macros are not at hand, and a
# message that must not be split can be long; stdint.h is there instead, and
# the test harness makes macros that evaluate twice and end in a block.
STYLE_IGNORE="FILE_PATH_CHANGES LINUX_VERSION_CODE"
STYLE_IGNORE_PROGRAMS="$STYLE_IGNORE BIT_MACRO LONG_LINE_STRING"
STYLE_IGNORE_PROGRAMS+=" PREFER_DEFINED_ATTRIBUTE_MACRO PREFER_KERNEL_TYPES"
STYLE_IGNORE_PROGRAMS+=" MACRO_ARG_REUSE COMPLEX_MACRO"

test_style() {
	local files programs n=0 out
	prepare_root
	root_need_more python
	kernel_need_source
	cd "$PROJECT"
	mapfile -t files < <(test_style_files drivers include)
	mapfile -t programs < <(test_style_files tools selftests | test_style_changed)
	echo "1..$((${#files[@]} + ${#programs[@]} + 7 + DOCUMENTED_RESULTS))"
	out=$(test_checkpatch "$STYLE_IGNORE" "${files[@]}"
		test_checkpatch "$STYLE_IGNORE_PROGRAMS" "${programs[@]}")
	for file in "${files[@]}" "${programs[@]}"; do
		n=$((n + 1))
		test_silent "$n" "$file" \
			"$(grep -F "$file:" <<<"$out" || true)"
	done
	test_silent $((n + 1)) "shellcheck tools/vm" \
		"$(root_run env -C /vfio-mig/src/tools/vm sh -c \
			'shellcheck -a -x -f gcc vm lib/cc-precompiled guest/* kit/*' 2>&1 || true)"
	test_silent $((n + 2)) "shellcheck tests, completion and into-kernel" \
		"$(root_run env -C /vfio-mig/src sh -c 'shellcheck -x -f gcc \
			selftests/*/*.sh selftests/*/*/*.sh tools/vfio-mig/completion/* \
			tools/into-kernel' 2>&1 || true)"
	test_silent $((n + 3)) "the picture of the state machine" \
		"$(root_run make -s -C /vfio-mig/src/tools/diagram \
			O=/vfio-mig/build/diagram check 2>&1 || true)"
	test_silent $((n + 4)) "what is generated for netlink" \
		"$(root_run make -s -C /vfio-mig/src/tools/netlink check \
			LINUX="$LINUX_DIR" O=/vfio-mig/build/netlink 2>&1 || true)"
	test_silent $((n + 5)) "differences between kernels" \
		"$(test_compat)"
	test_silent $((n + 6)) "the tests that ci.md names" \
		"$(test_named_in ci.md 'Which path')"
	test_silent $((n + 7)) "the tests that isolation.md names" \
		"$(test_named_in isolation.md 'Who may')"
	documented_results $((n + 8))
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

# They stay in one short header, but for a file that a Kbuild takes instead of
# another, and are found by probing headers and not by version.
test_compat() {
	local lines
	lines=$(wc -l <include/compat.h)
	[ "$lines" -le 120 ] ||
		echo "include/compat.h has $lines lines, more than 120"
	grep -rnE 'LINUX_VERSION_|KERNEL_VERSION|KERNELVERSION|PATCHLEVEL|<(linux|generated/uapi/linux)/version\.h>' \
		Kbuild drivers include selftests/modules || true
	grep -rn 'VFIO_MIG_HAVE_' Kbuild drivers include/linux include/uapi \
		selftests/modules || true
}

test_style_files() {
	find "$@" -name '*.[ch]' 2>/dev/null | LC_ALL=C sort
}

# Of programs, named on stdin, those that changed lately; all with --full, if style was
# asked for by name, or without a repository.  There are ten times as many lines of them as
# of modules.
STYLE_COMMITS=25

test_style_changed() {
	local changed
	if [ -n "$full" ] || [[ " $groups " = *' style '* ]] || ! changed=$(git -C "$PROJECT" diff \
		--name-only --relative "HEAD~$STYLE_COMMITS" 2>/dev/null); then
		cat
	else
		grep -xFf <(echo "$changed"
			git -C "$PROJECT" ls-files --others --exclude-standard) || true
	fi
}

# test_checkpatch IGNORE FILE…: what it says of those that have changed since it had
# nothing to say.
test_checkpatch() {
	local ignore=${1// /,} key file said is rc=0
	local -A keys=()
	shift
	is=$(cat "$ROOT$CHECKPATCH" \
		"${ROOT}${CHECKPATCH%/*}"/{spelling.txt,const_structs.checkpatch} | sha256sum)
	while read -r key file; do
		key=checkpatch-$(echo "$key $file $ignore $is" |
			sha256sum | cut -c1-32)
		unchanged_since "$key" || keys[$file]=$key
	done < <(sha256sum "$@")
	[ "${#keys[@]}" != 0 ] || return 0
	# The longest first, some at a time.  xargs says more than 123 if one did not run.
	said=$(wc -l "${!keys[@]}" | sort -rn | awk '$2 != "total" { print $2 }' |
		root_run env -C /vfio-mig/src xargs -n 24 -P "$(nproc)" "$CHECKPATCH" \
			--strict --no-tree --no-summary --terse --show-types \
			--ignore="$ignore" -f 2>&1) || rc=$?
	mkdir -p "$RESULTS"
	for file in "${!keys[@]}"; do
		if [ "$rc" -gt 123 ]; then
			echo "$file: checkpatch did not run: status $rc"
		else
			grep -F "$file:" <<<"$said" || echo >"$RESULTS/${keys[$file]}"
		fi
	done
}
