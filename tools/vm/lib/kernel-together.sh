# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Of the debug kernel: files that are compiled as one.  Most of the time that a file
# of the kernel takes to compile is for its headers, which are read once for all of
# them so.

# FOLDER LIST FILE…: LIST is what the folder's Makefile has them in.  None is among
# them that has flags of its own, an initcall, as the order of those is that of the
# files, tracepoints, a header that it reads in a way of its own, or names that another
# has too.
DEBUG_TOGETHER="
arch/x86/kernel obj-y ebda platform-quirks traps idt time ioport dumpstack \
	x86_init irqinit irq_work probe_roms sys_x86_64 quirks alternative hw_breakpoint \
	tsc_msr io_delay static_call process ptrace step stacktrace smp smpboot \
	setup_percpu trace_clock trace rethook module tracepoint unwind_frame vsmp_64 \
	dumpstack_64 irq_64 signal_64
arch/x86/lib obj-y delay msr-smp cache-smp misc cmdline cpu usercopy pc-conf-reg \
	copy_mc insn insn-eval error-inject msr-reg-export iomem usercopy_64
arch/x86/mm obj-y init ioremap extable pgtable cpu_entry_area maccess pgprot \
	init_64
drivers/acpi acpi-y osi reboot nvs wakeup sleep device_sysfs device_pm glue scan \
	mipi-disco-img resource acpi_processor processor_core processor_pdc ec pci_root \
	pci_link pci_irq acpi_apd acpi_platform acpi_pnp sysfs property debugfs acpi_lpat \
	acpi_lpit
drivers/acpi/acpica acpi-y dsargs dscontrol dsdebug dsfield dsinit dsmethod \
	dsmthdat dsobject dsopcode dspkginit dsutils dswexec dswload dswload2 dswscope \
	dswstate evevent evglock evgpe evgpeblk evgpeinit evgpeutil evhandler evmisc \
	evregion evrgnini evsci evxface evxfevnt evxfgpe evxfregn exconcat exconfig \
	exconvrt excreate exdebug exdump exfield exfldio exmisc exmutex exnames exoparg1 \
	exoparg2 exoparg3 exoparg6 exprep exregion exresnte exresolv exresop exserial \
	exstore exstoren exstorob exsystem extrace hwacpi hwesleep hwgpe hwpci \
	hwregs hwsleep hwvalid hwxface hwxfsleep nsaccess nsalloc nsarguments nsconvert \
	nsdump nseval nsinit nsload nsnames nsobject nsparse nsprepkg nsrepair \
	nsrepair2 nssearch nsutils nswalk nsxfeval nsxfname nsxfobj psargs psloop \
	psobject psopcode psopinfo psparse psscope pstree psutils pswalk psxface rsaddr \
	rscalc rscreate rsdumpinfo rsinfo rsio rsirq rslist rsmemory rsmisc rsserial \
	rsutils rsxface tbdata tbfadt tbinstal tbprint tbutils tbxface tbxfload tbxfroot \
	utaddress utalloc utascii utbuffer utcksum utcopy utdebug utdelete uterror uteval \
	uthex utids utinit utlock utmath utmisc utmutex utnonansi utobject utosi \
	utownerid utresdecode utresrc utstate utstring utstrsuppt utstrtoul64 \
	utxface utxferror utxfinit utxfmutex
drivers/base obj-y bus syscore class cpu firmware init map devres \
	attribute_container transport_class container property devtmpfs module \
	platform-msi physical_location
drivers/iommu obj-y iova irq_remapping iommu-sva io-pgfault
drivers/pci obj-y access bus host-bridge remove search rebar rom setup-res irq vpd \
	setup-bus vc mmap devres iomap ats pci-label
drivers/tty obj-y n_tty tty_ioctl tty_ldisc tty_buffer tty_port tty_mutex \
	tty_ldsem tty_baudrate tty_jobctrl
fs obj-y open read_write super char_dev stat ioctl readdir select attr bad_inode \
	file seq_file xattr libfs sync utimes stack fs_struct statfs fs_types fs_parser \
	init kernel_read_file mnt_idmapping remap_range signalfd timerfd eventfd \
	drop_caches
fs/9p 9p-objs vfs_super vfs_inode vfs_inode_dotl vfs_addr vfs_file vfs_dir \
	vfs_dentry fid xattr
fs/kernfs obj-y mount inode dir file symlink
fs/proc proc-y inode root base array fd proc_tty util namespaces self thread_self \
	proc_sysctl proc_net
fs/sysfs obj-y file dir symlink mount group
ipc obj-y msg sem syscall namespace
kernel obj-y task_work kthread nsproxy cred async range smpboot regset \
	ksyms_common groups utsname static_call iomem
kernel/irq obj-y irqdomain proc migration cpuhotplug msi affinity
kernel/locking obj-y semaphore rwsem percpu-rwsem mutex-debug spinlock osq_lock \
	qspinlock rtmutex_api spinlock_debug qrwlock
kernel/time obj-y time hrtimer ntp jiffies timecounter posix-cpu-timers itimer \
	tick-common tick-broadcast tick-broadcast-hrtimer tick-oneshot tick-sched \
	vsyscall namespace
lib obj-y ctype cmdline rbtree radix-tree timerqueue xarray idr extable irq_regs \
	argv_split flex_proportions ratelimit is_single_threaded decompress earlycpio \
	seq_buf siphash dec_and_lock nmi_backtrace win_minmax memcat_p buildid objpool \
	union_find dump_stack cpumask kobject klist lockref bcd parser debug_locks \
	bust_spinlocks kasprintf bitmap scatterlist list_sort uuid iov_iter clz_ctz \
	bsearch find_bit llist memweight kfifo percpu-refcount rhashtable base64 once \
	refcount rcuref usercopy errseq bucket_locks generic-radix-tree bitmap-str \
	string_helpers hexdump kstrtox iomap iomap_copy devres logic_pio interval_tree \
	list_debug bitrev fault-inject bug syscall nlattr checksum cpu_rmap \
	dynamic_queue_limits glob strncpy_from_user strnlen_user net_utils group_cpus \
	fw_table
mm obj-y highmem mincore mlock mmu_gather mprotect mremap msync page_vma_mapped \
	pagewalk pgtable-generic vma mseal mempool fadvise maccess page-writeback \
	folio-compat readahead truncate shrinker shmem mmzone show_mem interval_tree \
	list_lru debug gup madvise dmapool sparse sparse-vmemmap mmu_notifier migrate \
	page_counter vmpressure userfaultfd memfd
net/core obj-y request_sock skbuff datagram stream scm gen_stats gen_estimator \
	net_namespace secure_seq dev_addr_lists dst netevent rtnetlink utils link_watch \
	dev_ioctl tso sock_reuseport flow_offload gro netdev-genl-gen gso net-sysfs \
	hotdata netdev_rx_queue net-procfs
net/ipv4 obj-y route inetpeer protocol ip_input ip_fragment ip_forward ip_options \
	ip_output ip_sockglue inet_hashtables inet_timewait_sock inet_connection_sock tcp \
	tcp_input tcp_output tcp_timer tcp_ipv4 tcp_minisocks tcp_metrics tcp_fastopen \
	tcp_rate tcp_recovery tcp_ulp tcp_offload tcp_plb datagram raw udplite \
	udp_offload arp igmp fib_frontend fib_semantics fib_trie fib_notifier ping \
	ip_tunnel_core metrics netlink udp_tunnel_stub proc
"

# Headers that are read by several of those, and say things twice then.
DEBUG_ONCE="fs/internal.h fs/proc/internal.h kernel/irq/internals.h
	kernel/time/tick-internal.h drivers/base/base.h drivers/acpi/sleep.h
	drivers/pnp/base.h"

# kernel_together SOURCE: once.  With `make apart=y` each is compiled alone.
kernel_together() {
	local folder list files
	# shellcheck disable=SC2086
	(cd "$1" && sed -i '1s/^/#pragma once\n/' $DEBUG_ONCE)
	while read -r folder list files; do
		[ -n "$folder" ] || continue
		# shellcheck disable=SC2086
		kernel_one "$1" "$folder" "$list" $files >"$1/$folder/one.c"
		# shellcheck disable=SC2086
		cat >>"$1/$folder/Makefile" <<EOF

ifndef apart
together := $(printf '%s.o ' $files)
$list := one.o \$(filter-out \$(together),\$($list))
lib-y := \$(filter-out \$(together),\$(lib-y))
CFLAGS_one.o := -fno-toplevel-reorder
endif
EOF
	done <<<"$DEBUG_TOGETHER"
}

# kernel_one SOURCE FOLDER LIST FILE…: each is told the names that make would tell it,
# and has macros of its own where all files of the kernel, or of ACPICA, have one.
kernel_one() {
	local folder=$2 list=$3 file name prefix
	prefix=$(cd "$1/$folder" && { grep -lE 'define[[:space:]]+pr_fmt' -- *.c || true; })
	for file in "${@:4}"; do
		name=${file//-/_}
		[ "$list" = obj-y ] || name=${list%-*}
		printf '#undef %s\n' pr_fmt KBUILD_{MODFILE,BASENAME,MODNAME} \
			__KBUILD_MODNAME _COMPONENT _acpi_module_name
		printf '#define %s %s\n' KBUILD_MODFILE "\"$folder/$name\"" \
			KBUILD_BASENAME "\"${file//-/_}\"" \
			KBUILD_MODNAME "\"$name\"" __KBUILD_MODNAME "kmod_$name" \
			_acpi_module_name "name_of_${file//-/_}"
		grep -qx "$file.c" <<<"$prefix" || echo '#define pr_fmt(fmt) fmt'
		echo "#include \"$file.c\""
	done
}
