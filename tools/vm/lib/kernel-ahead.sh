# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# To make the root keeps one processor busy, and all else waits for it.  So the source of
# the debug kernel is unpacked meanwhile, by what every Debian has: it is the next thing
# that one processor does for long.

kernel_ahead_lock() {
	echo "$CACHE/ahead.lock"
}

# Of which package, and what of it: whoever wants something else has none of it.
kernel_ahead_is() {
	echo "$DEBUG_PACKAGE $DEBUG_UNREAD $SOURCE_PACKAGE $SOURCE_FILES"
}

# Begins with it, if there is no root yet.  It is no matter if that fails: then it is
# done in its turn.
kernel_ahead() {
	[ ! -d "$ROOT" ] || return 0
	host_with_lock "$(kernel_ahead_lock)" kernel_ahead_unpack \
		>"$CACHE/log/ahead" 2>&1 </dev/null &
}

kernel_ahead_unpack() {
	local tree=$CACHE/ahead tar=$CACHE/ahead.tar.xz
	trap - ERR
	kernel_ahead_forget
	mkdir "$tree" "$tree.files" &&
		apt_refresh &&
		apt_fetch "$tree.deb" "$DEBUG_PACKAGE" &&
		kernel_source_tar "$DEBUG_PACKAGE" "$tree.deb" "$tar" &&
		kernel_ahead_open "$tar" "$tree" &&
		(cd "$tree" && xargs cp --parents -t "$tree.files" <<<"$SOURCE_FILES") &&
		dpkg-deb -f "$tree.deb"/*.deb Version >"$tree.version" &&
		kernel_ahead_is >"$tree.is"
	rm -rf "$tree.deb" "$tar"
}

kernel_ahead_open() {
	/usr/lib/apt/apt-helper cat-file "$1" |
		kernel_source_read "$DEBUG_PACKAGE" tar -x -C "$2"
}

kernel_ahead_forget() {
	rm -f "$CACHE"/ahead.{is,version}
	host_remove "$CACHE"/ahead{,.files}
}

# kernel_ahead_take VERSION DIR: what is there becomes the folder DIR.
kernel_ahead_take() {
	kernel_ahead_then kernel_ahead_tree "$@"
}

# kernel_ahead_then COMMAND…: when that is over, or at once if there is none.  Its status
# is the command's.
kernel_ahead_then() (
	host_take 7 "$(kernel_ahead_lock)"
	"$@"
)

kernel_ahead_tree() {
	local tree=$CACHE/ahead
	kernel_ahead_has && [[ $(<"$tree.version") = "$1"-* && -d $tree ]] || return
	rm -rf "${2:?}"
	mkdir -p "${2%/*}"
	mv "$tree" "$2"
}

# kernel_ahead_files DIR: likewise just $SOURCE_FILES.
kernel_ahead_files() {
	kernel_ahead_then kernel_ahead_copy "$1"
}

kernel_ahead_copy() {
	kernel_ahead_has || return
	mkdir -p "$1"
	cp -r "$CACHE/ahead.files/." "$1/"
}

kernel_ahead_has() {
	[ "$(cat "$CACHE/ahead.is" 2>/dev/null)" = "$(kernel_ahead_is)" ]
}
