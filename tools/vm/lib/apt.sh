# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's packages: which mirror this machine uses, and an apt of our own
# beside the machine's, that knows Debian 12, 13 and 13's backports.

# The settings of the machine's apt that matter to reach its mirror.
apt_carry() {
	apt-config dump |
		grep -iE '^Acquire::(https?|ftp|Check-Valid-Until|Check-Date|ForceIPv4|ForceIPv6|Retries|By-Hash|Queue-Mode)' |
		grep -v ' "";$' || true
}

# $1: main or security.  Cloud images name a list of mirrors, not a mirror.
apt_mirror() {
	local uri suite want='^(bookworm|trixie|stable|oldstable)$'
	local fallback=http://deb.debian.org/debian
	if [ "$1" = security ]; then
		want='-security$'
		fallback=http://deb.debian.org/debian-security
	fi
	[ "$1" = security ] || [ -z "${VFIO_MIG_MIRROR:-}" ] || {
		echo "$VFIO_MIG_MIRROR"
		return
	}
	# shellcheck disable=SC2016
	while read -r uri suite; do
		[[ $suite =~ $want ]] || continue
		case $uri in
		http://* | https://*) ;;
		mirror+file:*) uri=$(apt_mirror_list "${uri#mirror+file:}") ;;
		*) continue ;;
		esac
		[ -z "$uri" ] || { echo "${uri%/}"; return; }
	done < <(apt-get indextargets --format '$(SITE) $(RELEASE)' \
		'Created-By: Packages' 'Component: main' 2>/dev/null)
	echo "$fallback"
}

apt_mirror_list() {
	local file=${1%/}
	[ ! -r "$file" ] || grep -m1 -oE '^https?://[^[:space:]]+' "$file" || true
}

# Of which architecture the packages are.  Each has lists of its own, so that
# the other's need not be fetched where nobody wants them.
apt_arch=amd64

apt_dir() {
	echo "$CACHE/apt${apt_arch#amd64}"
}

# The apt beside the machine's.  Its lists are refreshed once a run at most,
# and only when something has to be fetched.
our_apt() {
	local tool=$1 dir
	dir=$(apt_dir)
	shift
	"$tool" -q -o Dir::Etc::SourceList="$dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::State="$dir" \
		-o Dir::State::status="$dir/status" -o Dir::Cache="$dir" \
		-o Dir::Cache::pkgcache=packages.bin \
		-o Dir::Cache::srcpkgcache=sources.bin \
		-o APT::Architecture=$apt_arch -o APT::Architectures=$apt_arch \
		-o Acquire::Languages=none \
		-o APT::Sandbox::User=root -o APT::Get::AllowUnauthenticated=0 \
		"$@"
}

apt_refresh() {
	host_with_lock "$(apt_dir).lock" apt_refresh_locked "$(apt_dir)"
}

# apt_refresh_locked DIR
apt_refresh_locked() {
	local dir=$1 main sec by
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	[ -z "$(find "$dir/fresh" -mmin -60 2>/dev/null)" ] || return 0
	main=$(apt_mirror main)
	sec=$(apt_mirror security)
	by='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
	: >"$dir/status"
	cat >"$dir/sources.list" <<EOF
deb $by $main trixie main
deb $by $main trixie-backports main
deb $by $main bookworm main
deb $by $sec trixie-security main
EOF
	# A mirror may lack one of the suites: the others still serve.
	our_apt apt-get update
	: >"$dir/fresh"
}

# apt_fetch DIR PACKAGE…: the .deb files of just these into the empty DIR.
apt_fetch() {
	local dir=$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir"
	(cd "$dir" && our_apt apt-get download "$@")
}
