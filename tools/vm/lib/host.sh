# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The machine this runs on: is it fit, what must be installed on it, and how runs
# that use the same cache get along with each other.

# Command, and the Debian package that has it.
HOST_NEEDS="mmdebstrap:mmdebstrap mount:mount unshare:util-linux
	flock:util-linux setpriv:util-linux apt-get:apt dpkg-deb:dpkg
	/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring"

host_check() {
	local os=
	[ "$(id -u)" = 0 ] ||
		die "must be root to mount and chroot; try: sudo $ME $*"
	# shellcheck source=/dev/null
	[ ! -r /etc/os-release ] ||
		os=$(. /etc/os-release && echo "${ID:-} ${VERSION_ID:-}")
	case $os in
	"debian "*) ;;
	*) die "needs Debian 12 or 13, this is '$os'; try a Debian container" ;;
	esac
	[ "$(uname -m)" = x86_64 ] ||
		die "needs an x86-64 machine, this is $(uname -m)"
	case $CACHE in
	/*) ;;
	*) die "XDG_CACHE_HOME must start with a /; unset it or give a full path" ;;
	esac
	case $CACHE$PROJECT in
	*[[:space:],:]*) die "the paths of project and cache must have no space, comma or colon; move them, or set XDG_CACHE_HOME" ;;
	esac
}

host_need() {
	local need missing=()
	for need in $HOST_NEEDS; do
		[ -e "${need%:*}" ] || command -v "${need%:*}" >/dev/null ||
			missing+=("${need#*:}")
	done
	[ "${#missing[@]}" = 0 ] ||
		step "Installing on this machine: ${missing[*]}" \
			host_install "${missing[@]}"
}

host_install() {
	apt-get update
	DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "$@"
}

host_space() {
	local free
	free=$(df -P --block-size=1M "$CACHE" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge 4000 ] ||
		die "$CACHE has only $free MB free, 4000 are needed; set XDG_CACHE_HOME to a larger disk"
}

# A run has a folder, for what is there as long as it is.  All that it starts has
# `owner` in it open, which is how that is found and ended if the run is killed, by
# end-run.sh.
host_begin() {
	local owner folder self=$BASHPID
	host_take 8 "$CACHE/run/lock"
	for folder in "$CACHE"/run/*/; do
		[ ! -e "$folder/owner" ] || ! flock -n "$folder/owner" true ||
			"$BASH" "$VM_DIR/lib/end-run.sh" "${folder%/}"
	done
	THIS_RUN=$(mktemp -d "$CACHE/run/XXXXXXXX")
	exec {owner}>"$THIS_RUN/owner"
	flock "$owner"
	host_says_who >"$THIS_RUN/owner"
	exec 8>&-
	setsid setpriv --pdeathsig TERM "$BASH" "$VM_DIR/lib/end-run.sh" \
		"$THIS_RUN" "$self" </dev/null >/dev/null 2>&1 &
	disown
}

host_says_who() {
	printf '%s %.60s\n' $$ "vm $RUN_COMMAND"
}

# host_with_lock FILE COMMAND…: FILE is locked for that, beside what is already.
host_with_lock() {
	local fd
	exec {fd}>/dev/null
	host_take "$fd" "$1"
	"${@:2}"
	exec {fd}>&-
}

# host_lock FILE: until host_unlock.
host_lock() {
	host_take 9 "$1"
}

# host_take FD FILE: locks it.  The cache may have been removed meanwhile, and the
# file with it.
host_take() {
	local tries=0
	until [ "$((tries++))" = 3 ]; do
		{ mkdir -p "${2%/*}" && eval "exec $1>>\"\$2\""; } || continue
		host_wait_for "$1"
		[ "$2" -ef "/proc/self/fd/$1" ] || continue
		host_says_who >"$2"
		return
	done
	die "cannot lock $2; is there a disk that can be written to?"
}

# host_wait_for FD: locks the file that is open as that, which says who has it.  That
# can be another part of this run, which is nothing to be told.
host_wait_for() {
	local pid='' command=''
	! flock -n "$1" || return 0
	read -r pid command <"/proc/self/fd/$1" || true
	# Its children may have it still.
	[ -d "/proc/${pid:-none}" ] || pid='' command=''
	if [ "$pid" = $$ ]; then
		flock "$1"
	else
		line_begin "Waiting for ${command:-another run}${pid:+, process $pid}"
		flock "$1"
		line_end
	fi
}

host_unlock() {
	exec 9>&-
}

# Locks the cache when no other run is left that uses it; one may have to lock it to
# come to its end, so it is not waited for with the lock.
host_lock_alone() {
	local owner
	while :; do
		host_lock "$CACHE/lock"
		host_take 8 "$CACHE/run/lock"
		owner=$(host_others)
		[ -n "$owner" ] || return 0
		host_unlock
		! { exec 8<"$owner"; } 2>/dev/null || host_wait_for 8
		exec 8>&-
	done
}

# One of the runs that have a folder and have not ended.
host_others() {
	local owner
	for owner in "$CACHE"/run/*/owner; do
		[ ! -e "$owner" ] || flock -n "$owner" true || {
			echo "$owner"
			return
		}
	done
}

# host_remove FOLDER…: each is there with all that is in it, or not at all.
host_remove() {
	local folder
	for folder; do
		rm -rf --one-file-system "$folder.gone"
		[ ! -e "$folder" ] || mv "$folder" "$folder.gone"
		rm -rf --one-file-system "$folder.gone"
	done
}

# Others come in when they have the lock of $CACHE/run, so that is the last to go.
host_remove_cache() {
	local entry
	for entry in "$CACHE"/*; do
		[ "$entry" = "$CACHE/run" ] || host_remove "$entry"
	done
	rm -rf "$CACHE"/run/*/
	rm -f "$CACHE/run/lock"
	# It can be where another disk is, and others can be there already.
	rmdir "$CACHE/run" "$CACHE" 2>/dev/null || true
}

# host_put FILE TEXT: there is all of it, or what was there before.
host_put() {
	echo "$2" >"$1.new"
	mv "$1.new" "$1"
}

# host_end_all PID: its children and theirs; some of them ignore what a terminal
# sends, as they run in the background.  A signal can come in the middle of a `read`
# that splits lines in a way of its own, and that is so in here then.
host_end_all() {
	local pid pids IFS=$' \t\n'
	pids=$(cat /proc/"$1"/task/*/children 2>/dev/null) || true
	for pid in $pids; do
		host_end_all "$pid"
		kill "$pid" 2>/dev/null || true
	done
}
