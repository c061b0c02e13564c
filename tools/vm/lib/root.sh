# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The root file system: plain Debian 13.  It is the place where everything
# is built and where QEMU runs (by chroot), and it is the VM's root as well.

# What the VM, the builds and the tests use, with nothing recommended.
ROOT_PACKAGES="qemu-system-x86
	gcc gcc-12 make libc6-dev linux-libc-dev pkgconf
	libjson-c-dev libnl-3-dev libnl-genl-3-dev libxxhash-dev libpng-dev
	cbmc perl libjson-validator-perl shellcheck mandoc valgrind
	mount kmod cpio rsync xz-utils busybox-static
	pciutils iproute2 procps strace socat jq"

# What only some of it uses is added to the root when that is first run: sets of
# packages, by name.  packaging makes Debian packages, reads them, and builds modules
# as where they are installed: Debian's headers want pahole.  coccinelle looks for
# Python by the name that a linker would.
declare -A ROOT_MORE=(
	[compilers]="clang libclang-rt-19-dev llvm-19
		gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user"
	[python]="python3-yaml python3-jsonschema"
	[spin]="spin"
	[sparse]="sparse"
	[coccinelle]="coccinelle libpython3-dev"
	[arm64]="gcc-aarch64-linux-gnu"
	[packaging]="build-essential debhelper dh-dkms dkms pahole lintian"
	[kernel-tools]="bc bison flex libelf-dev"
	[upstream]="uuid-dev"
	[functional]="python3 python3-pycotap"
	[libvirt]="libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients"
	[mdevctl]="mdevctl"
)

ROOT_OPTIONS=(
	--variant=apt
	--aptopt='APT::Install-Recommends "false"'
	--dpkgopt='path-exclude=/usr/share/man/*'
	--dpkgopt='path-exclude=/usr/share/locale/*'
	--dpkgopt='path-exclude=/usr/share/doc/*'
	--dpkgopt='path-include=/usr/share/doc/*/copyright'
)

# Another list makes another root, beside this one: checkouts that share a
# cache do not take it from under each other's VMs.
ROOT_KEY=$(echo "$ROOT_PACKAGES" "${ROOT_OPTIONS[@]}" | sha256sum | cut -c1-8)
ROOT=$CACHE/root-$ROOT_KEY

# A stamp stands for one finished stage in the root, and holds what the
# stage was made from: another content makes it stale.
root_stamp() {
	[ "$(cat "$ROOT/vfio-mig/stamp/$1" 2>/dev/null)" = "$2" ]
}

root_set_stamp() {
	host_put "$ROOT/vfio-mig/stamp/$1" "$2"
}

# What is made anew is not whole until it is done, for those either who want it as
# it was.
root_drop_stamp() {
	rm -f "$ROOT/vfio-mig/stamp/$1"
}

# root_replace STAMP FOLDER: FOLDER.new, which is whole, takes its place in the root.
root_replace() {
	root_drop_stamp "$1"
	host_remove "$ROOT$2"
	mv "$ROOT$2.new" "$ROOT$2"
}

# root_once STAMP CONTENT COMMAND…: unless the root has that already; one at a time.
root_once() {
	root_stamp "$1" "$2" ||
		host_with_lock "$CACHE/lock" root_once_locked "$@"
}

root_once_locked() {
	root_stamp "$1" "$2" || "${@:3}"
}

root_need() {
	root_once root "$ROOT_KEY" root_make
	touch "$ROOT/vfio-mig/stamp/root"
}

# Roots that nobody has used for three days, and what is left of such.
root_forget() {
	local stamp
	rm -rf --one-file-system "$CACHE"/root*.gone
	for stamp in "$CACHE"/root*/vfio-mig/stamp/root; do
		[ -z "$(find "$stamp" -mtime +2 2>/dev/null)" ] ||
			host_remove "${stamp%/vfio-mig/stamp/root}"
	done
}

root_make() {
	host_space
	step_about "Building a Debian 13 root file system" 45 root_build
}

# A root that is not finished is under another name, and is thrown away.
root_build() {
	local new=$CACHE/root.new opts=() line packages
	while read -r line; do
		opts+=(--aptopt="$line")
	done < <(apt_carry)
	packages=$(echo "$ROOT_PACKAGES" | tr -s '[:space:]' ',')
	rm -rf --one-file-system "$new"
	# It mounts /proc and /sys in there.  In a name space of its own, they are
	# gone with it even if it is killed, and no rm can walk into them.
	unshare -m --propagation private \
		mmdebstrap "${ROOT_OPTIONS[@]}" "${opts[@]}" \
		--architectures=amd64 --include="${packages%,}" \
		trixie "$new" "$(apt_mirror main)"
	mkdir -p "$new/scratch" "$new"/vfio-mig/{src,build,run,root,stamp}
	dpkg-query --admindir="$new/var/lib/dpkg" -W >"$new/vfio-mig/stamp/made"
	echo "$ROOT_KEY" >"$new/vfio-mig/stamp/root"
	host_remove "$ROOT"
	mv "$new" "$ROOT"
	root_forget
}

# root_lacks SET…: those of them that are not there, each once.
root_lacks() {
	local set packages
	for set; do
		packages=$(echo "${ROOT_MORE[$set]}" | xargs)
		root_stamp "$set" "$packages" || echo "$set"
	done | LC_ALL=C sort -u
}

# root_need_more SET…: with a lock of their own, so that others can build meanwhile.
root_need_more() {
	[ -n "$(root_lacks "$@")" ] || return 0
	host_with_lock "$ROOT.packages-lock" root_add_missing "$@"
}

root_add_missing() {
	local sets
	mapfile -t sets < <(root_lacks "$@")
	[ "${#sets[@]}" = 0 ] ||
		step "Adding packages to the root: ${sets[*]}" root_add "${sets[@]}"
}

# root_add SET…: a VM may be running from the root, so this adds to it and replaces
# nothing.  Which versions came of it is kept (lib/unchanged.sh).
root_add() {
	local set words packages=()
	for set; do
		read -rd '' -a words <<<"${ROOT_MORE[$set]}" || true
		packages+=("${words[@]}")
	done
	root_run apt-get -q update
	# One that was interrupted may have left packages in halves.
	root_run env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
	root_run env DEBIAN_FRONTEND=noninteractive apt-get -q install -y -f \
		--no-install-recommends --no-upgrade \
		-o Dpkg::Options::=--force-unsafe-io "${packages[@]}"
	root_run apt-get clean
	for set; do
		# shellcheck disable=SC2086
		root_run dpkg-query -W ${ROOT_MORE[$set]} \
			>"$ROOT/vfio-mig/stamp/more-$set"
		root_set_stamp "$set" "$(echo "${ROOT_MORE[$set]}" | xargs)"
	done
}

# root_exec COMMAND…: becomes a command in the root.  The mounts are in a
# name space of their own, so that none is left behind, whatever happens.
root_exec() {
	ROOT=$ROOT PROJECT=$PROJECT BUILD=$BUILD RUN=${RUN:-} \
		SCRATCH=${vm_scratch:-} \
		exec unshare --mount --propagation private \
		"$BASH" "$VM_DIR/lib/enter-root.sh" "$@"
}

root_run() {
	(root_exec "$@")
}

# What the VM keeps in its memory, of what was there when the root was made.
root_need_near() {
	local key
	key=$(sha256sum <"$VM_DIR/guest/mknear")
	root_once near "$key" step "Gathering what VMs open most" root_make_near "$key"
}

root_make_near() {
	root_run bash /vfio-mig/src/tools/vm/guest/mknear /vfio-mig/near.tar
	root_set_stamp near "$1"
}
