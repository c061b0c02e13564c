# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The debug kernel: built here from Debian's source, with what debug.config
# asks for.  Afterwards it is a kernel like the others: an image in /boot,
# modules, and the folder in /usr/src that modules are built against.

DEBUG_PACKAGE=linux-source-6.12
DEBUG_CONFIG=$VM_DIR/debug.config

# Where KASAN and UBSAN do not look, which is two fifths of the time that a file takes to
# compile, and much of that to boot: what only makes a machine of the VM, its processes,
# its memory, its clock, its files and its network.  None of it is ever given an object of
# ours.  What is, is looked at: lists, work queues, timers, wait queues, locks, RCU,
# interrupts, the files that are ours, netlink, sysfs, debugfs, devices, PCI, IOMMU, VFIO.
DEBUG_UNWATCHED="drivers/acpi drivers/char drivers/tty drivers/virtio drivers/rtc
	drivers/pnp drivers/clocksource drivers/cpuidle drivers/i2c
	drivers/net/ethernet/intel/igb
	arch/x86/events arch/x86/kernel arch/x86/mm arch/x86/pci arch/x86/lib
	block crypto lib/crypto lib/zlib_inflate lib/zlib_deflate lib/math
	net/ipv4 net/ipv6 net/unix net/ethtool net/9p net/sched
	fs/9p fs/netfs fs/overlayfs fs/ramfs fs/devpts fs/nls fs/proc fs/notify
	security init ipc mm
	kernel/module kernel/trace kernel/printk kernel/events kernel/cgroup kernel/bpf
	kernel/dma kernel/futex
	kernel/locking/lockdep.o kernel/stacktrace.o kernel/extable.o kernel/kallsyms.o
	kernel/sched/core.o kernel/sched/fair.o kernel/sched/build_policy.o
	$(printf 'kernel/%s.o ' capability cpu exit fork hung_task panic pid pid_namespace \
		ptrace reboot rseq seccomp signal sys sysctl ucount umh user_namespace)
	$(printf 'kernel/time/%s.o ' alarmtimer clockevents clocksource one posix-timers \
		timekeeping timer_list timer_migration)
	$(printf 'fs/%s.o ' backing-file binfmt_elf d_path dcache exec fcntl fs-writeback \
		fs_context fs_pin fsopen locks namei namespace nsfs pipe pnode \
		proc_namespace splice userfaultfd)
	$(printf 'net/core/%s.o ' dev filter flow_dissector neighbour net-traces \
		netdev-genl sock sysctl_net_core xdp)
	lib/maple_tree.o"

# But of those folders: copies of what users and callers have (memdup_user(), kmemdup()).
DEBUG_WATCHED="mm/util.o"

# A quarter less to compile than -O2, which it says itself.  Not of what is built for it
# later: our modules are compiled as for any kernel.
DEBUG_FLAGS=(KCFLAGS=-O1)

# With headers that are compiled once.
DEBUG_CC="CC=/vfio-mig/src/tools/vm/lib/cc-precompiled /vfio-mig/build/precompiled"

# But with -O2 what runs all the time: the detectors, memory, locks, the scheduler, and
# ACPI, which is asked for the way of its interrupt whenever a device is opened.
# (fpu/signal.c counts on it to drop a call of what 64 bits do not have.)
DEBUG_OPTIMIZED="arch/x86/kernel arch/x86/kernel/fpu arch/x86/mm kernel kernel/locking
	kernel/rcu kernel/sched kernel/module mm mm/kasan lib drivers/acpi/acpica"

# The newest source that the mirror has names the release.
kernel_choose_debug() {
	local version
	apt_refresh
	version=$(our_apt apt-cache show --no-all-versions "$DEBUG_PACKAGE" |
		sed -n 's/^Version: //p')
	[ -n "$version" ] || {
		echo "the mirror has no $DEBUG_PACKAGE"
		return 1
	}
	root_set_stamp release-debug "${version%-*}-debug"
}

kernel_debug_lock() {
	echo "$ROOT.debug-lock"
}

# What of the source is left out or changed.
kernel_debug_source_is() {
	{ echo "$DEBUG_UNREAD $DEBUG_UNWATCHED $DEBUG_WATCHED $DEBUG_OPTIMIZED"
		declare -f kernel_unwatch kernel_sanitize kernel_optimize kernel_without_objtool \
			kernel_without_vendors kernel_without_counters kernel_with_short_stacks
		cat "$VM_DIR/lib/kernel-together.sh"; } |
		sha256sum | cut -c1-16
}

# It takes long, so it has a lock of its own: others can build meanwhile.
kernel_need_debug() {
	local release key
	release=$(kernel_release debug)
	key="$release $(kernel_debug_source_is) $(sha256sum <"$DEBUG_CONFIG") ${DEBUG_FLAGS[*]} \
$(sha256sum <"$VM_DIR/lib/cc-precompiled")"
	! root_stamp debug "$key" || return 0
	root_need_more kernel-tools
	host_with_lock "$(kernel_debug_lock)" kernel_make_debug "$release" "$key"
}

kernel_make_debug() {
	local release=$1 key=$2
	root_stamp source-debug "$release $(kernel_debug_source_is)" ||
		step_about "Unpacking $DEBUG_PACKAGE" 45 \
			kernel_get_debug_source "$release"
	root_stamp debug "$key" ||
		step_about "Building the debug kernel $release" 600 \
			kernel_build_debug "$release" "$key"
}

# Sources of folders that this kernel has nothing of, whose Kconfig is read all the same;
# of network cards all but those of intel/igb.
DEBUG_UNREAD="sound drivers/gpu drivers/media drivers/net/wireless
	drivers/net/ethernet/[!i]* drivers/net/ethernet/i[!n]*
	drivers/net/ethernet/intel/[!i]* drivers/net/ethernet/intel/i[!g]*
	drivers/net/ethernet/intel/igbvf drivers/net/ethernet/intel/igc
	drivers/net/dsa drivers/net/phy drivers/net/can drivers/staging drivers/scsi
	drivers/usb drivers/iio drivers/infiniband drivers/crypto drivers/pinctrl
	drivers/video drivers/accel drivers/input drivers/clk drivers/mtd drivers/hwmon
	drivers/mfd drivers/phy drivers/hid drivers/soc fs/xfs fs/btrfs fs/bcachefs
	tools/testing/[a-rt-z]* tools/testing/selftests/* tools/perf Documentation
	arch/arm arch/arm64 arch/powerpc arch/mips arch/s390 arch/sh arch/sparc arch/m68k"

# kernel_source_tar PACKAGE FOLDER TAR: of its .deb in FOLDER what is in it.
kernel_source_tar() {
	dpkg-deb --fsys-tarfile "$2"/*.deb | tar -xO "./usr/src/$1.tar.xz" >"$3"
}

# kernel_source_read PACKAGE COMMAND…: with what makes tar take what an x86 build reads,
# which is a half of it.
kernel_source_read() {
	# shellcheck disable=SC2046,SC2086
	"${@:2}" --strip-components=1 --exclude='*.dts' --exclude='*.dtsi' \
		--exclude='*.rst' $(printf -- "--exclude=$1/%s/*.[chS] " \
			$DEBUG_UNREAD)
}

# kernel_unpack_source PACKAGE FOLDER DIR: of its .deb in FOLDER into the root's DIR.
kernel_unpack_source() {
	local tar=$BUILD/$1.tar.xz
	kernel_source_tar "$1" "$2" "$tar"
	kernel_source_read "$1" root_run tar -xJf "/vfio-mig/build/$1.tar.xz" -C "$3"
	rm "$tar"
}

kernel_get_debug_source() {
	local dir=usr/src/linux-headers-$1
	root_drop_stamp source-debug
	kernel_ahead_take "${1%-debug}" "$ROOT/$dir" ||
		kernel_fetch_debug_source "$1" "$dir"
	kernel_unwatch "$ROOT/$dir"
	kernel_optimize "$ROOT/$dir"
	kernel_without_objtool "$ROOT/$dir"
	kernel_without_vendors "$ROOT/$dir"
	kernel_without_counters "$ROOT/$dir"
	kernel_with_short_stacks "$ROOT/$dir"
	kernel_together "$ROOT/$dir"
	root_set_stamp source-debug "$1 $(kernel_debug_source_is)"
}

kernel_fetch_debug_source() {
	local deb=$CACHE/debug-source
	host_remove "$CACHE/ahead"
	apt_fetch "$deb" "$DEBUG_PACKAGE=${1%-debug}-*"
	rm -rf "${ROOT:?}/$2"
	mkdir -p "$ROOT/$2"
	kernel_unpack_source "$DEBUG_PACKAGE" "$deb" "/$2"
	rm -rf "$deb"
}

# Kbuild asks the Makefile of each folder, so each says it.
kernel_unwatch() {
	local what file
	for what in $DEBUG_UNWATCHED; do
		case $what in
		*.o) kernel_sanitize "$1/${what%/*}/Makefile" "_${what##*/}" n ;;
		*)
			while read -r file; do
				kernel_sanitize "$file" '' n
			done < <(find "$1/$what" -name Makefile)
			;;
		esac
	done
	for what in $DEBUG_WATCHED; do
		kernel_sanitize "$1/${what%/*}/Makefile" "_${what##*/}" y
	done
}

# kernel_sanitize MAKEFILE [_FILE] y|n
kernel_sanitize() {
	printf "\n%s_SANITIZE$2 := $3\n" KASAN UBSAN >>"$1"
}

kernel_optimize() {
	local folder
	for folder in $DEBUG_OPTIMIZED; do
		printf '\nccflags-y += -O2\n' >>"$1/$folder/Makefile"
	done
}

# Without mitigations, ORC, jump labels and the function tracer there is nothing left
# that objtool has to do, but to check.  6.12 forgets a macro for that.
kernel_without_objtool() {
	sed -i '/^\tselect HAVE_OBJTOOL\t/d' "$1/arch/x86/Kconfig"
	sed -i '/^\tVALIDATE_UNRET_BEGIN/d' "$1/arch/x86/include/asm/unwind_hints.h"
}

# With one vendor of network cards come all others, whose folders make would look into.
kernel_without_vendors() {
	sed -i '/NET_VENDOR/{/INTEL/!d}' "$1/drivers/net/ethernet/Makefile"
}

# What counts events in processors comes with x86 unasked.  Nobody counts any here: it is
# as on a processor that it does not know.
kernel_without_counters() {
	local events=$1/arch/x86/events
	sed -i '/\/$/d' "$events/Makefile"
	sed -i 's/CONFIG_CPU_SUP_[A-Z]*/&_COUNTERS/' "$events/perf_event.h" \
		"$1/arch/x86/mm/cpu_entry_area.c"
	sed -i 's/err = [a-z]*_pmu_init();/err = -ENOTSUPP;/' "$events/core.c"
}

# Who allocated and freed an object is told by the last twelve callers.  To find 64 for each
# one, as KASAN does, was an eighth of the time of fail_nth_device: ACPI, which is asked when
# a device is enabled, calls itself very deeply.
kernel_with_short_stacks() {
	sed -i 's/^\(#define KASAN_STACK_DEPTH\) .*/\1 12/' "$1/mm/kasan/kasan.h"
}

kernel_build_debug() {
	local dir=usr/src/linux-headers-$1
	local make=(root_run make -C "/$dir" -j"$(nproc)" LOCALVERSION=-debug)
	local half=$ROOT/vfio-mig/debug.half
	root_drop_stamp debug
	[ ! -e "$ROOT/$dir/.config" ] || "${make[@]}" -s clean
	rm -rf "$BUILD/precompiled"
	cp "$DEBUG_CONFIG" "$ROOT/$dir/kernel/configs/vfio-mig.config"
	"${make[@]}" -s tinyconfig vfio-mig.config
	kernel_check_config "$ROOT/$dir/.config"
	# A newer source may have names in two files that cannot be together.
	build_marked "$half" "${make[@]}" "${DEBUG_FLAGS[@]}" "$DEBUG_CC" bzImage modules ||
		build_marked "$half" "${make[@]}" "${DEBUG_FLAGS[@]}" apart=y \
			bzImage modules
	rm -rf "$BUILD/precompiled"
	rm -rf "${ROOT:?}/usr/lib/modules/$1"
	"${make[@]}" modules_install
	cp "$ROOT/$dir/arch/x86/boot/bzImage" "$ROOT/boot/vmlinuz-$1"
	root_set_stamp debug "$2"
}

# kernel_check_config FILE: an option whose dependencies are not met goes away
# without a word.
kernel_check_config() {
	local line bad=
	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$1" || bad+="  $line"$'\n'
			;;
		"# CONFIG_"*" is not set")
			line=${line#\# }
			! grep -q "^${line% is not set}=" "$1" || bad+="  # $line"$'\n'
			;;
		esac
	done <"$DEBUG_CONFIG"
	[ -z "$bad" ] || {
		printf 'debug.config asks for what did not come out:\n%s' "$bad"
		return 1
	}
}
