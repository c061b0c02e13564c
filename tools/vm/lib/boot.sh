# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The VM: its options, its devices, QEMU's command line, and how the
# command's input, output and status get in and out.

# With ERMS and FSRM the kernel takes it for fast to copy and clear memory byte by
# byte; but TCG makes an access of each.  Without, it does so by eights.
TCG_CPU=max,erms=off,fsrm=off

# With several processors one thread of TCG runs them in turns.  With a thread for each
# (QEMU 10.0, Linux 6.12) a kernel that patched its own code oopsed: a processor met an
# int3 that the other had taken away again.  In three VMs of three that was within 30 s of
# switching /proc/sys/kernel/sched_schedstats; in turns 4,000 switches did no harm.  Also
# seen so: an oops in update_rq_clock() at boot, and processors that took no interrupts
# after some minutes.
boot_tcg() {
	local thread=multi
	[ "$vm_smp" = 1 ] || thread=single
	echo "tcg,thread=$thread"
}

# One processor, as more are no faster where they are run in turns.
boot_defaults() {
	vm_edu=2 vm_edu_root=0 vm_bochs=0 vm_bochs_mem=16M vm_igb=0 vm_igb_vfs=2
	vm_kernel=6.12 vm_mem=2G vm_smp=1
	vm_iommu=yes vm_modules=yes vm_timeout=1800 vm_scratch=$CACHE/scratch
	vm_append=() vm_qemu=() vm_rest=() vm_others=() vm_monitor=no vm_way=
	vm_hosts=1 vm_host='' vm_link= vm_newest_qemu=no
	vm_coverage='' coverage_now=''
}

# By how much longer than usual a kernel may take for anything: all time limits
# of tests and of what they wait for are multiplied by it.
boot_patience() {
	case $vm_kernel in
	debug) echo 4 ;;
	*) echo 1 ;;
	esac
}

# Those with a value, and those without.
BOOT_OPTIONS="--edu --edu-root --bochs --bochs-mem --igb --hosts --kernel --iommu"
BOOT_OPTIONS+=" --mem --smp --scratch --timeout --append --qemu"
BOOT_SWITCHES="--no-iommu --no-modules --newest-qemu --monitor --quiet"

# Sets vm_*; what is left for the command goes to vm_rest.
boot_options() {
	local opt
	while [[ ${1:-} == -* ]]; do
		opt=$1
		shift
		[ "$opt" != -- ] || break
		if [[ " $BOOT_SWITCHES " == *" $opt "* ]]; then
			boot_switch "$opt"
			continue
		fi
		[[ " $BOOT_OPTIONS " == *" $opt "* ]] ||
			die "no option '$opt'; there are: $BOOT_OPTIONS $BOOT_SWITCHES"
		[ $# != 0 ] || die "$opt needs a value; see: $ME help"
		boot_option "$opt" "$1"
		shift
	done
	vm_rest=("$@")
}

boot_switch() {
	case $1 in
	--no-iommu) vm_iommu=no ;;
	--no-modules) vm_modules=no ;;
	--newest-qemu) vm_newest_qemu=yes ;;
	--monitor) vm_monitor=yes ;;
	--quiet) quiet=yes ;;
	esac
}

boot_option() {
	case $1 in
	--edu) boot_number "$1" "$2" 8; vm_edu=$2 ;;
	--edu-root) boot_number "$1" "$2" 7; vm_edu_root=$2 ;;
	--bochs) boot_number "$1" "$2" 4; vm_bochs=$2 ;;
	--bochs-mem) boot_sizes "$1" "$2"; vm_bochs_mem=$2 ;;
	--igb) boot_igb "$2" ;;
	--smp) boot_number "$1" "$2" 64; vm_smp=$2 ;;
	--timeout) boot_number "$1" "$2" 1000000; vm_timeout=$2 ;;
	--hosts) boot_number "$1" "$2" 2; vm_hosts=$2 ;;
	--mem) vm_mem=$2 ;;
	--kernel) kernel_is_known "$2"; vm_kernel=$2 ;;
	--iommu) boot_way "$2"; vm_way=$2 ;;
	--append) vm_append+=("$2") ;;
	--qemu) vm_qemu+=("$2") ;;
	--scratch)
		mkdir -p "$2" || die "cannot make $2; give --scratch a writable folder"
		vm_scratch=$(readlink -f "$2")
		;;
	esac
}

boot_number() {
	[[ $2 =~ ^[0-9]{1,7}$ && $2 -le $3 ]] ||
		die "$1 takes a number up to $3, not '$2'"
}

boot_way() {
	case $1 in
	group | iommufd) ;;
	*) die "--iommu takes group or iommufd, not '$1'" ;;
	esac
}

boot_sizes() {
	[[ $2 =~ ^[0-9]+M(/[0-9]+M)*$ ]] ||
		die "$1 takes sizes such as 16M or 16M/64M, not '$2'"
}

boot_igb() {
	[[ $1 =~ ^([0-4])(x([1-7]))?$ ]] ||
		die "--igb takes up to 4 PFs, and 1 to 7 VFs of each, such as 1x2, not '$1'"
	vm_igb=${BASH_REMATCH[1]} vm_igb_vfs=${BASH_REMATCH[3]:-2}
}

# Whether KVM works is found out by booting with it: that /dev/kvm opens
# says nothing.  The answer holds until this machine is booted again.
boot_need_accel() {
	local boot_id answer=$CACHE/accel
	boot_id=$(cat /proc/sys/kernel/random/boot_id)
	boot_accel=TCG
	[ -c /dev/kvm ] && [ -w /dev/kvm ] || return 0
	grep -qs "^$boot_id" "$answer" ||
		step "Trying whether KVM works here" boot_trial "$boot_id"
	boot_accel=$(sed 's/.* //' "$answer")
}

boot_trial() {
	local verdict=TCG trial
	boot_run_dir
	boot_accel=KVM
	vm_append=(vm.trial earlyprintk=ttyS0 ignore_loglevel) vm_timeout=20
	boot_command_line
	(boot_qemu) &
	trial=$!
	boot_until_silent "$trial"
	kill "$trial" 2>/dev/null || true
	wait "$trial" || true
	! grep -q "vm-init: this boots" "$RUN/console" || verdict=KVM
	cat "$RUN/console"
	rm -rf "$RUN"
	host_put "$CACHE/accel" "$1 $verdict"
}

# boot_until_silent PID: until it has ended, or has said nothing for five seconds, which
# no kernel does that boots.
boot_until_silent() {
	local silent=0 size='' is
	while [ "$silent" -lt 5 ] && [ -d "/proc/$1" ]; do
		sleep 1
		is=$(stat -c %s "$RUN/console")
		silent=$((silent + 1))
		[ "$is" = "$size" ] || silent=0
		size=$is
	done
}

boot_run_dir() {
	RUN=$(mktemp -d "$THIS_RUN/XXXXXXXX")
	touch "$RUN"/{console,qemu,status,stdout,stderr}
	mkfifo "$RUN/stdin" "$RUN/pulse" "$RUN/never"
}

boot_share() {
	local ro=on
	[ "${3:-}" != rw ] || ro=off
	qemu+=(-fsdev "local,id=$1,path=$2,security_model=none,readonly=$ro,multidevs=remap"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

# boot_behind_port DEVICE: alone behind its own root port it has an IOMMU
# group of its own, and a reset of the bus resets just it.  Ports have slots from
# 0x10 on; where there are more than those, eight share one.  Port N has bus N.
boot_behind_port() {
	local addr
	ports=$((ports + 1))
	printf -v addr '%#x' $((15 + ports))
	[ $((vm_edu + vm_bochs)) -le 15 ] ||
		printf -v addr '%#x.%d,multifunction=on' \
			$((16 + (ports - 1) / 8)) $(((ports - 1) % 8))
	qemu+=(-device "pcie-root-port,id=rp$ports,chassis=$ports,addr=$addr"
		-device "$1,bus=rp$ports")
}

# Of displays the last size is that of all that follow.
boot_displays() {
	local i size sizes
	IFS=/ read -ra sizes <<<"$vm_bochs_mem"
	for ((i = 0; i < vm_bochs; i++)); do
		size=${sizes[i]:-${sizes[-1]}}
		boot_behind_port "bochs-display,id=display$i,vgamem=$size"
		displays_mem+=" $size"
		displays+=" 0000:$(printf '%02x' "$ports"):00.0"
	done
}

# PFs are on one network, which has both hosts if there are two.
boot_igbs() {
	local i
	for ((i = 0; i < vm_igb; i++)); do
		qemu+=(-netdev "hubport,id=wire$i,hubid=0")
		boot_behind_port "igb,id=igb$i,netdev=wire$i,mac=52:54:00:1b:${vm_host:-0}0:0$i,romfile="
		igbs+=" 0000:$(printf '%02x' "$ports"):00.0"
	done
	[ -z "$vm_host" ] || [ "$vm_igb" = 0 ] || boot_wire
}

# The array `qemu`, and what the VM is told about its devices.
boot_command_line() {
	local i device ports=0
	local irq=intel-iommu,intremap=on,device-iotlb=on
	qemu=(qemu-system-x86_64 -name vfio-mig -nodefaults -display none
		-no-reboot -M "q35,kernel-irqchip=split"
		-m "$vm_mem" -smp "$vm_smp"
		-serial file:/vfio-mig/run/console
		-kernel "/vfio-mig/build/kernel-$vm_kernel"
		-initrd "/vfio-mig/build/initrd-$vm_kernel")
	case $boot_accel in
	KVM) qemu+=(-accel kvm -cpu host) ;;
	*) qemu+=(-accel "$(boot_tcg)" -cpu "$TCG_CPU") ;;
	esac
	[ "$vm_iommu" = no ] || qemu+=(-device "$irq")
	boot_share root /vfio-mig/root
	boot_share src /vfio-mig/src
	boot_share build /vfio-mig/build
	boot_share run /vfio-mig/run
	boot_share scratch /scratch rw
	edus='' edus_root='' displays='' displays_mem='' others='' igbs=''
	for ((i = 0; i < vm_edu_root; i++)); do
		qemu+=(-device "edu,addr=$(printf '%#x' $((8 + i)))")
		edus_root+=" 0000:00:$(printf '%02x' $((8 + i))).0"
	done
	for ((i = 0; i < vm_edu; i++)); do
		boot_behind_port "edu,id=edu$i"
		edus+=" 0000:$(printf '%02x' "$ports"):00.0"
	done
	boot_displays
	for device in "${vm_others[@]}"; do
		boot_behind_port "$device"
		others+=" 0000:$(printf '%02x' "$ports"):00.0"
	done
	boot_igbs
	[ -z "$vm_host" ] || boot_network
	# The emulated machine can be slow: only what is stuck for long counts, and
	# a timer that does not tick in time at boot is no broken one.  With tables of
	# five levels KASAN takes an address for a wild one if an interrupt comes just
	# when the kernel finds out what processor it has.
	qemu+=("${vm_qemu[@]}" -append "console=ttyS0 loglevel=5 panic=-1 \
intel_iommu=on rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60 \
random.trust_cpu=on no_timer_check no5lvl mitigations=off ${vm_append[*]}")
}

# The ports of the command; each ends in a file, so a slow reader of the
# output cannot hold up the VM.
boot_ports() {
	local name
	qemu+=(-device virtio-serial-pci
		-chardev "file,id=stdin,path=/dev/null,input-path=/vfio-mig/run/stdin"
		-device "virtserialport,chardev=stdin,name=vm.stdin")
	qemu+=(-chardev "file,id=pulse,path=/dev/null,input-path=/vfio-mig/run/pulse"
		-device "virtserialport,chardev=pulse,name=vm.pulse")
	for name in stdout stderr status; do
		qemu+=(-chardev "file,id=$name,path=/vfio-mig/run/$name"
			-device "virtserialport,chardev=$name,name=vm.$name")
	done
}

# A port of the VM that leads to QEMU's own monitor, to have screens saved and
# devices unplugged.
boot_monitor() {
	qemu+=(-chardev "socket,id=monitor,path=/vfio-mig/run/monitor,server=on,wait=off"
		-mon "chardev=monitor,mode=readline"
		-chardev "socket,id=to-monitor,path=/vfio-mig/run/monitor"
		-device "virtserialport,chardev=to-monitor,name=vm.monitor")
}

# Becomes QEMU, which ends when this does, however it ends.
boot_qemu() {
	trap - ERR INT TERM HUP
	root_exec setpriv --pdeathsig TERM timeout --foreground -k 5 \
		"$vm_timeout" "${qemu[@]}"
}

# What says of some tests how long they are: as on the host.
boot_length_of_tests() {
	local name
	for name in VFIO_MIG_ROUNDS VFIO_MIG_SECONDS VFIO_MIG_SEED VFIO_MIG_FULL; do
		[ -z "${!name:-}" ] || echo "export $name=$(printf %q "${!name}")"
	done
}

# What the second stage in the VM reads: `config`, the command, the modules.
boot_config() {
	local k=$vm_kernel module modules=() layer='' newest=0
	cp "$VM_DIR/guest/stage2" "$VM_DIR/guest/load-modules" "$RUN/"
	if [ -e "$PROJECT/Kbuild" ] && [ "$vm_modules" = yes ]; then
		mkdir "$RUN/modules"
		for module in $MODULES; do
			modules+=("$module")
			find "$BUILD/$(build_modules_dir "$k")" -name "$module.ko" \
				-exec cp {} "$RUN/modules/" \;
		done
	fi
	[ "$vm_newest_qemu" = no ] || layer=$NEWEST_QEMU/usr newest=1
	cat >"$RUN/config" <<-EOF
		mode=$1
		project=$(printf %q "$PROJECT")
		modules="${modules[*]}"
		layer=$layer
		igbs="${igbs# }"
		igb_vfs=$vm_igb_vfs
		size="$(stty size 2>/dev/null || true)"
		export VFIO_MIG_EDU="${edus# }"
		export VFIO_MIG_EDU_ROOT="${edus_root# }"
		export VFIO_MIG_BOCHS="${displays# }"
		export VFIO_MIG_BOCHS_MEM="${displays_mem# }"
		export VFIO_MIG_OTHERS="${others# }"
		export VFIO_MIG_SCRATCH_ON_HOST=$(printf %q "$vm_scratch")
		export VFIO_MIG_HOST=$vm_host
		export VFIO_MIG_IOMMU=$vm_way
		export VFIO_MIG_MODULES=/vfio-mig/run/modules
		export VFIO_MIG_NEWEST_QEMU=$newest
		export VFIO_MIG_PATIENCE=$(boot_patience)
		export VFIO_MIG_COVERAGE=${coverage_now:+/scratch/${coverage_now##*/}}
		$(boot_length_of_tests)
		export TERM=$(printf %q "${TERM:-dumb}")
	EOF
	shift
	printf 'command=('
	printf ' %q' "$@"
	printf ' )\n'
}

boot_prepare() {
	boot_run_dir
	trap 'rm -rf "$RUN"' EXIT
	find "$CACHE/log" -name 'console-*' -mtime +2 -delete
	boot_command_line
	boot_config "$@" >"$RUN/command"
}

# boot_run COMMAND…: exits the script with its status.
boot_run() {
	local qemu_pid stdin_pid pulse_pid ended=
	boot_prepare run "$@"
	boot_ports
	[ "$vm_monitor" = no ] || boot_monitor
	boot_start
	! grep -q '^ready$' "$RUN/status" || boot_stream
	wait "$qemu_pid" && rc=0 || rc=$?
	kill "$stdin_pid" "$pulse_pid" 2>/dev/null || true
	boot_finish "$rc"
}

boot_says() {
	local also='' displays_too='' igbs_too='' hosts=''
	[ "$vm_edu_root" = 0 ] || also="+$vm_edu_root"
	[ "$vm_bochs" = 0 ] || displays_too=", $vm_bochs bochs"
	[ "$vm_igb" = 0 ] || igbs_too=", $vm_igb igb with $vm_igb_vfs VFs"
	[ -z "$vm_host" ] || hosts="2 hosts, each "
	echo "Booting $(kernel_release "$vm_kernel") ($boot_accel, $hosts$vm_edu$also edu$displays_too$igbs_too)"
}

boot_start() {
	line_begin "$(boot_says)"
	cat <&0 >"$RUN/stdin" &
	stdin_pid=$!
	boot_pulse 2>/dev/null &
	pulse_pid=$!
	trap boot_interrupted INT TERM HUP
	boot_qemu </dev/null >"$RUN/qemu" 2>&1 &
	qemu_pid=$!
	while ! grep -q '^ready$' "$RUN/status"; do
		sleep 0.1
		kill -0 "$qemu_pid" 2>/dev/null || break
	done
	line_end
}

# A byte a second, which interrupts the VM.  Where guests of KVM run in it, QEMU 10.0's
# TCG forgets now and then that an interrupt is pending: it marks one of the guest as
# pending without a lock, while another thread marks one of the machine.  A machine that
# does nothing but wait for its timer is then halted for ever, unless another comes.
boot_pulse() {
	local never
	trap - ERR
	exec {never}<>"$RUN/never" >"$RUN/pulse"
	while :; do
		read -rt 1 -u "$never" || true
		echo
	done
}

boot_interrupted() {
	kill "$qemu_pid" "$stdin_pid" "$pulse_pid" 2>/dev/null || true
	wait "$qemu_pid" 2>/dev/null || true
	exit 130
}

# Copies the output while it grows.  When its reader goes away, so does
# the VM.
boot_stream() {
	local out_pid err_pid
	tail -c +1 -f -s 0.1 --pid="$qemu_pid" "$RUN/stdout" &
	out_pid=$!
	tail -c +1 -f -s 0.1 --pid="$qemu_pid" "$RUN/stderr" >&2 &
	err_pid=$!
	wait -n -p ended "$qemu_pid" "$out_pid" "$err_pid" || true
	if [ "$ended" != "$qemu_pid" ] && kill "$qemu_pid" 2>/dev/null; then
		wait "$qemu_pid" || true
		exit 141
	fi
	wait "$out_pid" "$err_pid" || true
}

# boot_finish QEMU-STATUS: out of that, the status port and the console
# comes one exit status.
boot_finish() {
	local status
	status=$(sed -n 's/^exit //p' "$RUN/status")
	grep -v -e ': terminating on signal' -e 'is not connected to host network' \
		"$RUN/qemu" >&2 || true
	if ! console_check "$RUN/console" "$RUN/status"; then
		[ "${status:-0}" != 0 ] || status=1
	elif [ "$1" = 124 ]; then
		printf 'vm: ended after %s s; see --timeout\n' "$vm_timeout" >&2
		status=124
	elif [ -z "$status" ] && [ ! -s "$RUN/console" ]; then
		printf 'vm: QEMU did not start; see --qemu and --mem\n' >&2
		status=125
	elif [ -z "$status" ]; then
		console_show "$RUN/console" "the VM ended before the command did"
		status=125
	fi
	exit "$status"
}

boot_shell() {
	boot_prepare shell bash -l
	qemu+=(-device virtio-serial-pci
		-chardev "stdio,id=tty,signal=off" -device "virtconsole,chardev=tty"
		-chardev "file,id=status,path=/vfio-mig/run/status"
		-device "virtserialport,chardev=status,name=vm.status")
	say "$(boot_says); 'exit' ends it"
	(boot_qemu) && rc=0 || rc=$?
	stty sane 2>/dev/null || true
	boot_finish "$rc"
}
