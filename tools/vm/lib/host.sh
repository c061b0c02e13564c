# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The machine this runs on: is it fit, what must be installed on it, and the
# lock that keeps two runs from building in the cache at the same time.

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

# host_lock [FILE]: held while anything in the cache is being built, not
# while a VM runs.
host_lock() {
	mkdir -p "$CACHE" "$CACHE/log" "$CACHE/run" "$CACHE/scratch"
	exec 9>"${1:-$CACHE/lock}"
	host_wait_for 9
}

# host_with_lock FILE COMMAND…: FILE is locked for that, beside what is already.
host_with_lock() {
	exec 8>"$1"
	host_wait_for 8
	"${@:2}"
	exec 8>&-
}

host_wait_for() {
	if ! flock -n "$1"; then
		line_begin "Waiting for another run that is building"
		flock "$1"
		line_end
	fi
}

host_unlock() {
	exec 9>&-
}

# host_end_all PID: its children and theirs; some of them ignore what a terminal
# sends, as they run in the background.
host_end_all() {
	local pid pids
	pids=$(cat /proc/"$1"/task/*/children 2>/dev/null) || true
	for pid in $pids; do
		host_end_all "$pid"
		kill "$pid" 2>/dev/null || true
	done
}
