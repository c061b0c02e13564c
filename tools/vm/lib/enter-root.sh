# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Runs in a mount name space of its own: puts what the root needs into its
# place, and becomes the command in it.
set -euo pipefail

at() {
	mount --bind "$1" "$ROOT/$2"
	[ "${3:-}" != ro ] || mount -o remount,bind,ro "$ROOT/$2"
}

# Before the others, so that the VM gets the root without them.
at "$ROOT" vfio-mig/root ro
at "$PROJECT" vfio-mig/src ro
at "$BUILD" vfio-mig/build
[ -z "$RUN" ] || at "$RUN" vfio-mig/run
[ -z "$SCRATCH" ] || at "$SCRATCH" scratch
mount --rbind /dev "$ROOT/dev"
mount --rbind /proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/tmp"
exec chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root \
	LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
