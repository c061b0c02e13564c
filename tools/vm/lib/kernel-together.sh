# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Of the debug kernel: files that are compiled as one.  Most of the time that a file
# of the kernel takes to compile is for its headers, which are read once for all of
# them so.

# FOLDER LIST FILE…: LIST is what the folder's Makefile has them in.  They are at the
# front of it then; a LIST with a ! has those that alone of the folder are not watched
# (DEBUG_UNWATCHED).  None is among them that has flags of its own, a source that make
# generates, a header that it reads in a way of its own, or names that another has too.
# Initcalls are run in the order of files: those with one stand last here, in the order of
# the Makefile, and none is here if a file before it that is not has one of the same level.
# (But in kernel, mm, fs, lib, kernel/time and below arch/x86, where what fs_initcall() and
# later ones do, make files in /proc, sysfs and debugfs mostly, needs no other of them.)
# No modules: with parts of other sizes, those that are loaded later can come to lie apart,
# and fail_nth* wants this project's in one piece.
DEBUG_TOGETHER="
arch/x86/entry obj-y syscall_64 common
arch/x86/events obj-y probe utils core
arch/x86/kernel obj-y ebda platform-quirks traps idt time ioport dumpstack x86_init \
	irqinit irq_work probe_roms sys_x86_64 quirks alternative hw_breakpoint tsc_msr \
	io_delay static_call process ptrace step stacktrace smp smpboot setup_percpu \
	trace_clock trace module tracepoint unwind_frame vsmp_64 dumpstack_64 irq_64 \
	signal_64 process_64 resource mmconf-fam10h_64 signal setup i8259 ksysfs bootflag \
	e820 pci-dma kdebugfs i8253 tsc rtc i8237 reboot tsc_sync hpet amd_nb
arch/x86/kernel/acpi obj-y madt_wakeup boot
arch/x86/kernel/apic obj-y apic_common apic_noop init msi probe_64 apic ipi vector \
	hw_nmi io_apic
arch/x86/kernel/cpu obj-y scattered topology_common topology_ext topology_amd rdrand \
	match cpuid-deps powerflags topology proc feat_ctl tsx perfctr-watchdog cacheinfo \
	aperfmperf umwait debugfs
arch/x86/kernel/cpu/microcode microcode-y core intel
arch/x86/kernel/fpu obj-y init bugs core regset xstate
arch/x86/lib obj-y delay msr-smp cache-smp misc cmdline cpu usercopy pc-conf-reg \
	copy_mc insn insn-eval msr-reg-export iomem usercopy_64 msr
arch/x86/mm obj-y init ioremap extable pgtable cpu_entry_area maccess pgprot init_64 \
	mmap physaddr tlb pkeys
arch/x86/mm/pat obj-y set_memory memtype
arch/x86/pci obj-y mmconfig_64 direct fixup acpi irq common early i386 init \
	mmconfig-shared legacy
crypto crypto-y api cipher compress
crypto crypto_algapi-y scatterwalk proc algapi
crypto crypto_hash-y ahash shash
drivers/acpi acpi-y osi reboot nvs wakeup sleep device_sysfs device_pm glue scan \
	mipi-disco-img resource acpi_processor processor_core processor_pdc ec pci_root \
	pci_link pci_irq acpi_apd acpi_platform acpi_pnp sysfs property debugfs acpi_lpat \
	acpi_lpit osl utils event evged
drivers/acpi obj-y container acpi_memhotplug ioapic
drivers/acpi/acpica acpi-y dsargs dscontrol dsdebug dsfield dsinit dsmethod dsmthdat \
	dsobject dsopcode dspkginit dsutils dswexec dswload dswload2 dswscope dswstate \
	evevent evglock evgpe evgpeblk evgpeinit evgpeutil evhandler evmisc evregion \
	evrgnini evsci evxface evxfevnt evxfgpe evxfregn exconcat exconfig exconvrt excreate \
	exdebug exdump exfield exfldio exmisc exmutex exnames exoparg1 exoparg2 exoparg3 \
	exoparg6 exprep exregion exresnte exresolv exresop exserial exstore exstoren \
	exstorob exsystem extrace hwacpi hwesleep hwgpe hwpci hwregs hwsleep hwvalid hwxface \
	hwxfsleep nsaccess nsalloc nsarguments nsconvert nsdump nseval nsinit nsload nsnames \
	nsobject nsparse nsprepkg nsrepair nsrepair2 nssearch nsutils nswalk nsxfeval \
	nsxfname nsxfobj psargs psloop psobject psopcode psopinfo psparse psscope pstree \
	psutils pswalk psxface rsaddr rscalc rscreate rsdumpinfo rsinfo rsio rsirq rslist \
	rsmemory rsmisc rsserial rsutils rsxface tbdata tbfadt tbinstal tbprint tbutils \
	tbxface tbxfload tbxfroot utaddress utalloc utascii utbuffer utcksum utcopy utdebug \
	utdelete uterror uteval uthex utids utinit utlock utmath utmisc utmutex utnonansi \
	utobject utosi utownerid utresdecode utresrc utstate utstring utstrsuppt utstrtoul64 \
	utxface utxferror utxfinit utxfmutex
drivers/acpi/x86 acpi-x86-y apple cmos_rtc lpss s2idle utils
drivers/base obj-y bus syscore class cpu firmware init map devres \
	attribute_container transport_class container property devtmpfs module platform-msi \
	physical_location component topology cacheinfo
drivers/char obj-y mem random misc virtio_console
drivers/clocksource obj-y i8253 acpi_pm
drivers/iommu obj-y iova irq_remapping iommu-sva io-pgfault iommu-traces iommu \
	iommu-sysfs dma-iommu
drivers/iommu/intel obj-y iommu pasid nested cache prq trace cap_audit svm dmar \
	irq_remapping
drivers/pci obj-y access bus host-bridge remove search rebar rom setup-res irq vpd \
	setup-bus vc mmap devres iomap ats pci-label iov probe pci pci-driver pci-sysfs slot \
	pci-acpi quirks vgaarb
drivers/pci/hotplug pci_hotplug-objs acpi_pcihp pci_hotplug_core
drivers/pci/hotplug pciehp-objs pciehp_core pciehp_ctrl pciehp_pci pciehp_hpc
drivers/pci/msi obj-y pcidev_msi api msi irqdomain
drivers/pci/pcie obj-y aer err
drivers/pci/pcie pcieportdrv-y rcec portdrv
drivers/pnp pnp-y card driver resource manager support interface quirks core system
drivers/pnp/pnpacpi pnp-y rsparser core
drivers/ras obj-y debugfs ras
drivers/rtc obj-y lib rtc-mc146818-lib
drivers/tty obj-y n_tty tty_ioctl tty_ldisc tty_buffer tty_port tty_mutex tty_ldsem \
	tty_baudrate tty_jobctrl tty_io n_null pty
drivers/tty/serial serial_base-y serial_core serial_ctrl serial_port serial_base_bus
drivers/tty/serial/8250 8250-y 8250_pnp 8250_core
drivers/virtio obj-y virtio_ring virtio_anchor virtio_pci_legacy_dev virtio
drivers/virtio virtio_pci-y virtio_pci_modern virtio_pci_admin_legacy_io \
	virtio_pci_common
fs obj-y open read_write super char_dev stat ioctl readdir select attr bad_inode \
	file seq_file xattr libfs sync utimes stack fs_struct statfs fs_types fs_parser init \
	kernel_read_file mnt_idmapping remap_range signalfd timerfd eventfd drop_caches \
	pidfs file_table inode filesystems eventpoll anon_inodes aio
fs obj-y! pnode splice d_path fs_pin nsfs fs_context fsopen proc_namespace exec pipe \
	namei fcntl dcache namespace fs-writeback userfaultfd backing-file
fs/9p 9p-objs vfs_super vfs_inode vfs_inode_dotl vfs_addr vfs_file vfs_dir \
	vfs_dentry fid xattr v9fs
fs/debugfs debugfs-objs file inode
fs/kernfs obj-y mount inode dir file symlink
fs/netfs netfs-y buffered_read buffered_write direct_read direct_write iterator \
	locking misc objects read_collect read_pgpriv2 read_retry rolling_buffer \
	write_collect write_issue main
fs/notify obj-y notification group mark fdinfo fsnotify
fs/notify/inotify obj-y inotify_fsnotify inotify_user
fs/overlayfs overlay-objs namei util inode file dir readdir copy_up export params \
	xattrs super
fs/proc proc-y inode root base array fd proc_tty util namespaces self thread_self \
	proc_sysctl proc_net task_mmu cmdline consoles cpuinfo devices interrupts loadavg \
	meminfo stat uptime version softirqs kmsg page
fs/sysfs obj-y file dir symlink mount group
fs/tracefs tracefs-objs event_inode inode
init mounts-y do_mounts do_mounts_initrd
init obj-y calibrate init_task initramfs
ipc obj-y msg sem syscall namespace util msgutil shm ipc_sysctl
kernel obj-y task_work kthread nsproxy cred async range smpboot regset ksyms_common \
	groups utsname static_call iomem smp context_tracking exec_domain softirq resource \
	user params dma utsname_sysctl
kernel obj-y! fork capability ptrace sys pid extable stacktrace rseq panic cpu exit \
	reboot ucount kallsyms pid_namespace hung_task seccomp
kernel/cgroup obj-y namespace freezer cgroup rstat
kernel/dma obj-y mapping direct ops_helpers remap swiotlb
kernel/entry obj-y common syscall_user_dispatch
kernel/events obj-y ring_buffer callchain hw_breakpoint core
kernel/futex obj-y syscalls pi requeue waitwake core
kernel/gcov obj-y gcc_4_7 base fs
kernel/irq obj-y irqdomain proc migration cpuhotplug msi affinity handle manage \
	spurious resend chip dummychip devres kexec autoprobe matrix irqdesc
kernel/locking obj-y semaphore rwsem percpu-rwsem mutex-debug spinlock osq_lock \
	qspinlock rtmutex_api spinlock_debug qrwlock lockdep_proc
kernel/module obj-y strict_rwx kmod tree_lookup debug_kmemleak kallsyms sysfs
kernel/printk obj-y printk_safe nbcon printk
kernel/printk printk_support-y printk_ringbuffer sysctl
kernel/rcu obj-y sync rcu_segcblist
kernel/time obj-y time hrtimer ntp jiffies timecounter posix-cpu-timers itimer \
	tick-common tick-broadcast tick-broadcast-hrtimer tick-oneshot tick-sched vsyscall \
	namespace timekeeping clocksource timer_list alarmtimer posix-timers clockevents \
	timer_migration
kernel/trace obj-y trace_clock trace_seq trace_stat pid_list trace_sched_switch \
	trace_preemptirq trace_nop trace_event_perf trace_events_trigger ring_buffer
lib obj-y ctype cmdline rbtree radix-tree timerqueue xarray idr extable irq_regs \
	argv_split flex_proportions ratelimit is_single_threaded decompress earlycpio \
	seq_buf siphash dec_and_lock nmi_backtrace win_minmax memcat_p buildid objpool \
	union_find dump_stack cpumask kobject klist lockref bcd parser debug_locks \
	bust_spinlocks kasprintf bitmap scatterlist list_sort uuid iov_iter clz_ctz bsearch \
	find_bit llist memweight kfifo percpu-refcount rhashtable base64 once refcount \
	rcuref usercopy errseq bucket_locks generic-radix-tree bitmap-str string_helpers \
	hexdump kstrtox iomap iomap_copy devres logic_pio interval_tree list_debug bitrev \
	fault-inject bug syscall nlattr checksum cpu_rmap dynamic_queue_limits glob \
	strncpy_from_user strnlen_user net_utils group_cpus fw_table xxhash random32 lwq \
	debugobjects libcrc32c percpu_counter fault-inject-usercopy
lib obj-y! ubsan maple_tree
lib/crypto libblake2s-y blake2s-generic blake2s
lib/crypto libcryptoutils-y memneq utils
lib/math obj-y div64 gcd lcm int_log int_pow int_sqrt reciprocal_div
lib/zlib_inflate zlib_inflate-objs inffast inflate infutil inftrees inflate_syms
mm obj-y highmem mincore mlock mmu_gather mprotect mremap msync page_vma_mapped \
	pagewalk pgtable-generic vma mseal mempool fadvise maccess page-writeback \
	folio-compat readahead truncate shrinker shmem mmzone show_mem interval_tree \
	list_lru debug gup madvise dmapool sparse sparse-vmemmap mmu_notifier migrate \
	page_counter vmpressure userfaultfd memfd init-mm vmstat backing-dev mm_init \
	workingset memory memblock slub failslab fail_page_alloc memcontrol early_ioremap
mm/kasan obj-y common report init generic report_generic quarantine
net obj-y devres sysctl_net socket
net/9p 9pnet-objs client error protocol trans_common mod
net/core obj-y request_sock skbuff datagram stream scm gen_stats gen_estimator \
	net_namespace secure_seq dev_addr_lists dst netevent rtnetlink utils link_watch \
	dev_ioctl tso sock_reuseport flow_offload gro netdev-genl-gen gso net-sysfs hotdata \
	netdev_rx_queue net-procfs sock_diag
net/core obj-y! net-traces sock flow_dissector sysctl_net_core dev neighbour filter \
	xdp
net/ethtool obj-y ioctl common
net/ipv4 obj-y route inetpeer protocol ip_input ip_fragment ip_forward ip_options \
	ip_output ip_sockglue inet_hashtables inet_timewait_sock inet_connection_sock tcp \
	tcp_input tcp_output tcp_timer tcp_ipv4 tcp_minisocks tcp_metrics tcp_fastopen \
	tcp_rate tcp_recovery tcp_ulp tcp_offload tcp_plb datagram raw udplite udp_offload \
	arp igmp fib_frontend fib_semantics fib_trie fib_notifier ping ip_tunnel_core \
	metrics netlink udp_tunnel_stub proc icmp tcp_cong devinet af_inet inet_fragment \
	gre_offload nexthop sysctl_net_ipv4 tcp_cubic
net/ipv6 obj-y addrconf_core exthdrs_core ip6_checksum ip6_icmp output_core protocol \
	tcpv6_offload exthdrs_offload ip6_offload
net/netlink obj-y policy af_netlink genetlink
net/sched obj-y sch_generic sch_mq sch_frag
net/unix unix-y garbage sysctl_net_unix af_unix
security obj-y commoncap device_cgroup min_addr
"

# Headers that are read by several of those, and say things twice then.
DEBUG_ONCE="arch/x86/events/perf_event.h arch/x86/include/asm/pci_x86.h
	arch/x86/kernel/apic/local.h arch/x86/kernel/process.h arch/x86/mm/physaddr.h
	drivers/acpi/sleep.h drivers/base/base.h drivers/base/power/power.h
	drivers/iommu/intel/cap_audit.h
	drivers/iommu/intel/perf.h drivers/iommu/intel/perfmon.h drivers/pci/msi/msi.h
	drivers/pnp/base.h drivers/tty/serial/8250/8250.h
	drivers/tty/serial/serial_base.h fs/internal.h fs/mount.h fs/netfs/internal.h
	fs/notify/inotify/inotify.h fs/overlayfs/overlayfs.h fs/overlayfs/ovl_entry.h
	fs/overlayfs/params.h fs/proc/internal.h include/linux/fs_pin.h init/do_mounts.h
	kernel/irq/internals.h kernel/module/internal.h kernel/printk/internal.h
	kernel/time/posix-timers.h kernel/time/tick-internal.h"

# kernel_together SOURCE: once.  With `make apart=y` each is compiled alone.
kernel_together() {
	local folder list files one
	# shellcheck disable=SC2086
	(cd "$1" && sed -i '1s/^/#pragma once\n/' $DEBUG_ONCE)
	while read -r folder list files; do
		[ -n "$folder" ] || continue
		one=one-${list%!}
		if [ "${list%!}" != "$list" ]; then
			list=${list%!} one=$one-unwatched
			kernel_sanitize "$1/$folder/Makefile" "_$one.o" n
		fi
		# shellcheck disable=SC2086
		kernel_one "$1" "$folder" "$list" $files >"$1/$folder/$one.c"
		# shellcheck disable=SC2086
		cat >>"$1/$folder/Makefile" <<EOF

ifndef apart
together := $(printf '%s.o ' $files)
$list := $one.o \$(filter-out \$(together),\$($list))
lib-y := \$(filter-out \$(together),\$(lib-y))
CFLAGS_$one.o := -fno-toplevel-reorder
endif
EOF
	done <<<"$DEBUG_TOGETHER"
}

# kernel_one SOURCE FOLDER LIST FILE…: each is told the names that make would tell it,
# and has macros of its own where all files of the kernel, or of ACPICA, have one.
kernel_one() {
	local folder=$2 list=$3 file name own macro
	own=$(cd "$1/$folder" && for macro in pr_fmt dev_fmt; do
		{ grep -lE "define[[:space:]]+$macro" -- *.c || true; } | sed "s/^/$macro /"
	done)$'\n'
	for file in "${@:4}"; do
		name=${file//-/_}
		[ "$list" = obj-y ] || name=${list%-*} name=${name//-/_}
		printf '#undef %s\n' CREATE_TRACE_POINTS pr_fmt dev_fmt \
			KBUILD_{MODFILE,BASENAME,MODNAME} __KBUILD_MODNAME \
			_COMPONENT _acpi_module_name
		printf '#define %s %s\n' KBUILD_MODFILE "\"$folder/$name\"" \
			KBUILD_BASENAME "\"${file//-/_}\"" \
			KBUILD_MODNAME "\"$name\"" __KBUILD_MODNAME "kmod_$name" \
			_acpi_module_name "name_of_${file//-/_}"
		for macro in pr_fmt dev_fmt; do
			[[ $'\n'$own = *$'\n'"$macro $file.c"$'\n'* ]] ||
				echo "#define $macro(fmt) fmt"
		done
		echo "#include \"$file.c\""
	done
}
