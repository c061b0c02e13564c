# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group commands: runs that are interrupted while they build or run a VM, by
# ^C, by SIGTERM or because they are killed, and runs that are there at the same time.
# Nothing of them stays, and what is in the cache is whole.
#
# They have a project and a cache of their own, so that all that is in them is known.
# The project has a demo that is built for as long as it is told to, a test that says
# what it is run with, and one that never ends.  Of this cache they have what takes
# long, the root, and the modules if they are built.

# interrupted_world: makes both.
interrupted_world() {
	local dir
	build_need_modules 6.12
	WORLD=$(mktemp -d "$WORK/world.XXXXXX")
	WORLD_CACHE=$WORLD/cache/vfio-mig
	dir=$WORLD/project
	WORLD_BUILD=$WORLD_CACHE/build/project-$(echo "$dir" | sha256sum | cut -c1-8)
	mkdir -p "$dir"/tools/{vm/demo,vfio-mig} "$dir"/selftests/{vm/lib,unit,proof}
	mkdir -p "$WORLD_CACHE" "$WORLD_BUILD"
	cp -r "$VM_DIR"/{vm,lib,guest} "$dir/tools/vm/"
	cp -a "$PROJECT"/{Kbuild,Makefile,drivers,include} "$dir/"
	cp -a "$BUILD"/modules-6.12{,.stamp} "$WORLD_BUILD/"
	ln -s "$ROOT" "$WORLD_CACHE/"
	[ ! -e "$CACHE/accel" ] || cp "$CACHE/accel" "$WORLD_CACHE/"
	mkfifo "$WORLD_BUILD"/{begun,go-on}
	interrupted_makefiles "$dir"
}

# shellcheck disable=SC2016
interrupted_makefiles() {
	local dir=$1
	printf '%s\n' '$(O)/demo:' $'\techo half >$@' $'\techo begun >$(O)/../begun' \
		$'\tread word <$(O)/../go-on && echo whole >$@' \
		>"$dir/tools/vm/demo/Makefile"
	printf '%s\n' 'run:' $'\techo begun >$(O)/../begun' \
		$'\tread word <$(O)/../go-on' $'\techo 1..1 && echo ok 1 it is run' \
		>"$dir/selftests/unit/Makefile"
	cp "$dir"/selftests/{unit,proof}/Makefile
	printf 'all $(O)/vfio-mig-static:\n\ttouch $(O)/vfio-mig\n' >"$dir/tools/vfio-mig/Makefile"
	printf 'all:\n\ttouch $(O)/libselftests.a\n' >"$dir/selftests/vm/lib/Makefile"
	printf 'all:\n\tinstall qemu_says $(O)/\n\techo $(SANITIZE) >$(O)/sanitizers\n\tcp list $(O)/run-list\n' \
		>"$dir/selftests/vm/Makefile"
	printf '%s\n' 'qemu_says 0 900 ./qemu_says' 'qemu_endless 0 600 sleep infinity' \
		>"$dir/selftests/vm/list"
	printf '%s\n' '#!/bin/sh' 'echo "kernel $(uname -r)"' 'echo "way $VFIO_MIG_IOMMU"' \
		'echo "sanitizers $(cat sanitizers)"' \
		'qemu-system-x86_64 --version' 'echo 1..1' 'echo "ok 1 it is run"' \
		>"$dir/selftests/vm/qemu_says"
}

# interrupted_begin ARGUMENT…: vm with these, there.  $run is its process, with a group
# of its own; all that it starts has the file $alive open, and so keeps its lock.
interrupted_begin() {
	local fd
	alive=$(mktemp "$WORLD/alive.XXXXXX")
	OUT=$alive.out ERR=$alive.err
	exec {fd}>"$alive"
	flock "$fd"
	XDG_CACHE_HOME=$WORLD/cache setsid env --default-signal=INT,QUIT \
		"$WORLD/project/tools/vm/vm" "$@" >"$OUT" 2>"$ERR" </dev/null &
	run=$!
	exec {fd}>&-
}

# interrupted_ends STATUS [SIGNAL]: the run does, with that.  This shell would tell if it
# was killed.
interrupted_ends() {
	local status=0
	{
		timeout "$COMMANDS_LIMIT" tail -s 0.1 --pid="$run" -f /dev/null ||
			commands_fail "${2:+$2: }does not end"
		wait "$run" || status=$?
	} 2>/dev/null
	[ "$status" = "$1" ] || commands_fail "${2:+$2: }status $status instead of $1"
}

# interrupted_builds: until a make is in the middle of it, the demo's if nothing else
# is said.
interrupted_builds() {
	local begun
	exec {begun}<>"$WORLD_BUILD/begun"
	commands_until "$run" "make began" read -r -t 1 -u "$begun"
	exec {begun}>&-
}

interrupted_lets_go_on() {
	# shellcheck disable=SC2016
	timeout "$COMMANDS_LIMIT" sh -c 'echo word >"$1"' sh "$WORLD_BUILD/go-on" ||
		commands_fail "nothing waits to go on"
}

# Has that go on, and waits for the end of it all.
interrupted_goes_on() {
	interrupted_lets_go_on
	interrupted_ends 0
	interrupted_whole
}

interrupted_whole() {
	[ "$(cat "$WORLD_BUILD/demo/demo")" = whole ] ||
		commands_fail "the demo is built in half"
	[ ! -e "$WORLD_BUILD/demo.half" ] || commands_fail "it is taken for a half"
}

# interrupted_left: what there is in cache and builds that has no name which it has to
# have.
interrupted_left() {
	find "$WORLD_CACHE/" -mindepth 1 -maxdepth 1 -printf '%P\n' |
		grep -vxE 'accel|apt|build|lock|log|results|root\.new|root-[^.]*(\.[a-z]*-lock)?|run|scratch|times'
	find "$WORLD_CACHE"/{run,scratch,debs} -mindepth 1 2>/dev/null | grep -vx '.*/run/lock'
	find "$WORLD_BUILD/" -mindepth 1 -maxdepth 1 -printf '%P\n' |
		grep -vxE 'begun|go-on|initrd-6.12|kernel-6.12|(initramfs-6.12|modules-6.12|tool|libs|demo|selftests-sanitized|test-(unit|proof))(\.lock|\.stamp|\.half|\.log)?' ||
		true
}

# interrupted_by SIGNAL STATUS: as ^C does it, which all of a terminal's processes get;
# as kill does it; or all that it has started is killed, as when memory runs out.
interrupted_by() {
	local fd
	case $1 in
	INT) kill -INT -- "-$run" ;;
	ALL)
		for fd in /proc/[0-9]*/fd/*; do
			[ ! "$fd" -ef "$alive" ] || {
				fd=${fd#/proc/}
				kill -KILL "${fd%%/*}" 2>/dev/null || true
			}
		done
		;;
	*) kill "-$1" "$run" ;;
	esac
	interrupted_ends "$2" "$1"
	interrupted_nothing_stays "$1"
}

# interrupted_nothing_stays SIGNAL: no process, folder, mount, or lock.  Where it was
# killed somebody else takes them away, soon after.
interrupted_nothing_stays() {
	local lock left tries=0
	flock -w 60 "$alive" true || commands_fail "$1: a process goes on"
	while [ -n "$(find "$WORLD_CACHE/run" -mindepth 1 -type d)" ]; do
		[ "$((tries++))" -lt 600 ] || commands_fail "$1: its folder stays"
		sleep 0.1
	done
	! grep -F "$WORLD/" /proc/self/mountinfo >"$OUT" ||
		commands_fail "$1: something is mounted"
	while read -r lock; do
		flock -n "$lock" true || commands_fail "$1: $lock is locked"
	done < <(find "$WORLD_CACHE/" -name '*lock')
	left=$(interrupted_left)
	[ -z "$left" ] || commands_fail "$1: there is still ${left//$'\n'/, }"
}

# ---- while it builds ----

# interrupted_build SIGNAL STATUS: and then once more, to its end.
interrupted_build() {
	interrupted_begin setup
	interrupted_builds
	interrupted_by "$@"
	[ ! -e "$WORLD_BUILD/demo.stamp" ] || commands_fail "$1: it is taken for built"
	interrupted_begin setup
	interrupted_builds
	interrupted_goes_on
	rm "$WORLD_BUILD/demo.stamp" "$WORLD_BUILD/demo/demo"
}

commands_stopped_build() {
	interrupted_world
	interrupted_build INT 130
	interrupted_build TERM 143
}

commands_killed_build() {
	interrupted_world
	interrupted_build KILL 137
	interrupted_build ALL 137
}

# In the place of mmdebstrap, which would fetch packages.  It mounts something in what it
# makes, too; and it does not go on with what another has left.
# shellcheck disable=SC2016
interrupted_mmdebstrap() {
	mkdir "$WORLD/bin"
	printf '%s\n' '#!/bin/bash -e' 'new=${*: -2:1}' 'mkdir "$new" "$new"/{proc,half}' \
		'mount -t tmpfs tmpfs "$new/proc"' "echo begun >'$WORLD_BUILD/begun'" \
		"read word <'$WORLD_BUILD/go-on'" 'rmdir "$new/half"' \
		'mkdir -p "$new/var/lib/dpkg"' ': >"$new/var/lib/dpkg/status"' \
		>"$WORLD/bin/mmdebstrap"
	chmod 755 "$WORLD/bin/mmdebstrap"
}

# Killed while it makes the root; the next one begins anew, and comes as far as to look
# for a kernel, in lists of packages that are empty.
commands_killed_root() {
	local root
	interrupted_world
	interrupted_mmdebstrap
	PATH=$WORLD/bin:$PATH
	root=$WORLD_CACHE/${ROOT##*/}
	rm "$root"
	interrupted_begin setup
	interrupted_builds
	interrupted_by KILL 137
	[ ! -e "$root" ] || commands_fail "half of it is taken for the root"
	mkdir -p "$WORLD_CACHE/apt"
	: >"$WORLD_CACHE/apt/fresh"
	interrupted_begin setup
	interrupted_builds
	interrupted_lets_go_on
	interrupted_ends 1
	commands_complains "Looking for a Debian kernel 6.12"
	commands_are_there "$root/vfio-mig/stamp/root"
	[ ! -e "$root/half" ] || commands_fail "the root is not whole"
	[ ! -e "$WORLD_CACHE/root.new" ] || commands_fail "it stays in half"
}

# What has not changed is not done again, unless that is asked for.  Then it is stopped;
# as it is the only one, what it says is read as it comes.
commands_again() {
	interrupted_world
	interrupted_begin test unit
	interrupted_builds
	interrupted_lets_go_on
	interrupted_ends 0
	commands_says "1 passed, 0 failed"
	interrupted_begin test unit
	interrupted_ends 0
	commands_says "# unit: unchanged since"
	commands_says "1 passed, 0 failed"
	interrupted_begin test --again unit
	interrupted_builds
	interrupted_by TERM 130
}

# One of two groups, which run at the same time.
commands_stopped_groups() {
	interrupted_world
	interrupted_begin test unit proof
	interrupted_builds
	interrupted_by INT 130
}

# One builds it, the other says for whom it waits, and has it then.
commands_two_at_once() {
	local first first_alive
	interrupted_world
	interrupted_begin setup
	first=$run
	interrupted_builds
	interrupted_begin setup
	commands_until_said "$run" "$ERR" "Waiting for vm setup, process $first"
	interrupted_lets_go_on
	run=$first interrupted_ends 0
	interrupted_ends 0
	interrupted_whole
	! grep -q "Building tools/vm/demo" "$ERR" || commands_fail "it is built twice"

	# If the first is killed it is the other's.
	rm "$WORLD_BUILD/demo.stamp" "$WORLD_BUILD/demo/demo"
	interrupted_begin setup
	first=$run first_alive=$alive
	interrupted_builds
	interrupted_begin setup
	commands_until_said "$run" "$ERR" "Waiting for vm setup, process $first"
	kill -KILL "$first"
	{ wait "$first"; } 2>/dev/null || true
	interrupted_builds
	interrupted_goes_on
	alive=$first_alive
	interrupted_nothing_stays KILL
}

# clean waits for a run, whatever that does; here it does nothing.
commands_clean_waits() {
	local cache owner clean
	cache=$(commands_cache)
	mkdir "$cache/vfio-mig/run/other"
	exec {owner}>"$cache/vfio-mig/run/other/owner"
	flock "$owner"
	echo "$BASHPID vm run" >&"$owner"
	XDG_CACHE_HOME=$cache "$VM_DIR/vm" clean >"$OUT" 2>"$ERR" {owner}>&- &
	clean=$!
	commands_until_said "$clean" "$ERR" "Waiting for vm run, process $BASHPID"
	[ -e "$cache/vfio-mig/root-1/usr/file" ] || commands_fail "it has not waited"
	exec {owner}>&-
	run=$clean interrupted_ends 0
	[ ! -e "$cache/vfio-mig" ] || commands_fail "left: $(find "$cache" -print0 | xargs -0)"
}

# ---- while it runs a VM ----

interrupted_boots() {
	find "$WORLD_CACHE"/run/*/*/console -size +0 2>/dev/null | grep -q .
}

# Killed, as soon as the VM's kernel has something to say.
commands_killed_run() {
	interrupted_world
	interrupted_begin run --edu 0 --no-modules -- sleep infinity
	commands_until "$run" "it boots" interrupted_boots
	interrupted_by KILL 137
}

# SIGTERM, after a test that has passed and while another runs, with nearly all options.
# As nothing is known of both, the first in the list is the first.
commands_test() {
	interrupted_world
	interrupted_begin test --jobs 1 --kernel 6.12 --iommu group --sanitize \
		--newest-qemu qemu_says qemu_endless
	commands_until "$run" "the second test" interrupted_has_begun qemu_endless
	OUT=$alive.vm
	commands_answers kernel "$(kernel_release 6.12)"
	commands_answers way group
	commands_answers sanitizers address,undefined
	commands_says "$(qemu_newest_version)"
	commands_says "##end qemu_says 0"
	interrupted_by TERM 130
}

# Keeps what the VM has said until then.
interrupted_has_begun() {
	local out
	out=$(grep -slF "##begin $1" "$WORLD_CACHE"/run/*/*/stdout) &&
		cp "$out" "$alive.vm"
}

# ^C, when both hosts have said what they have to.  Two processors are for a VM that has
# few devices: with a thread for each, QEMU has ended in the middle of its work with them
# when many were set up (iotlb_to_section(), an assertion, seen once with QEMU 10.0).
commands_stopped_hosts() {
	local host
	interrupted_world
	# shellcheck disable=SC2016
	interrupted_begin run --hosts 2 --smp 2 --edu 0 --no-iommu --no-modules -- bash -c '
		echo "host $VFIO_MIG_HOST: $(ip -o -4 address show dev eth0 | grep -o "10\.[0-9.]*")"
		echo "processors $(nproc)"
		echo "iommu $(ls /sys/class/iommu | wc -l)"
		echo "modules $(ls -d /sys/module/{vfio_mig,edu_vfio_pci} 2>/dev/null | wc -l)"
		exec sleep infinity'
	commands_until_said "$run" "$OUT" 'host 2: modules'
	commands_until "$run" "host 1 spoke" grep -q '^modules' "$OUT"
	commands_answers "host 1:" 10.11.0.1
	commands_answers "host 2: host 2:" 10.11.0.2
	for host in '' 'host 2: '; do
		commands_answers "${host}processors" 2
		commands_answers "${host}iommu" 0
		commands_answers "${host}modules" 0
	done
	interrupted_by INT 130
}
