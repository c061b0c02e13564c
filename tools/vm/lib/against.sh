# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The modules of another revision of this project, built beside this one's.  Only they
# are of that revision: what measures them is this one's, for both.

# Who owns the project does not matter to root, who only reads in it.
against_git() {
	git -c safe.directory='*' -C "$PROJECT" "$@"
}

# against_find REVISION: sets $against_commit.
against_find() {
	HOST_NEEDS+=" git:git"
	prepare_host
	# What begins with a - is an option of git's.
	[[ $1 = -* ]] || against_commit=$(against_git rev-parse --verify --quiet \
		"$1^{commit}" 2>/dev/null) || against_commit=''
	[ -n "$against_commit" ] ||
		die "no revision '$1' in $PROJECT; --against takes a commit, a tag or a branch"
}

# against_need KERNEL: of $against_commit, in $BUILD/$against_dir.
against_need() {
	local key
	against_dir=against-${against_commit:0:12}-$1
	kernel_need_headers "$1"
	key="$(kernel_identity "$1") $against_commit $(cat "$ROOT/vfio-mig/stamp/root")"
	build_once "$against_dir" "$key" \
		step "Building the modules of ${against_commit:0:12} for $1" \
		against_build "$1" "$key"
	touch "$BUILD/$against_dir.stamp"
	against_forget
}

# against_build KERNEL KEY
against_build() {
	rm -rf "${BUILD:?}/$against_dir"
	build_make "$against_dir" against_make "$1"
	build_set_stamp "$against_dir" "$2"
}

# Nobody writes to a commit, so nothing is copied twice.
against_make() {
	against_git archive "$against_commit" Kbuild drivers include |
		tar -x -C "$BUILD/$against_dir" &&
		build_kbuild_make "$against_dir" "$1" "" "${BUILD_MODULES[@]}"
}

# Those that nobody has used for two days.
against_forget() {
	local stamp
	while read -r stamp; do
		rm -f "$stamp" "${stamp%.stamp}.lock"
		host_remove "${stamp%.stamp}"
	done < <(find "$BUILD" -maxdepth 1 -name 'against-*.stamp' -mtime +1)
}
