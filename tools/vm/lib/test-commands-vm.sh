# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group commands: those that boot a VM, as few times as can be.

# commands_answers NAME VALUE: it was printed in the VM as a line `NAME VALUE`.
commands_answers() {
	local is
	is=$(sed -n "s/^$1 //p" "$OUT")
	[ "$is" = "$2" ] || commands_fail "$1 is '$is' instead of '$2'"
}

# What options come to, seen from inside of the VM.
# shellcheck disable=SC2016
COMMANDS_IN_VM='
echo "kernel $(uname -r)"
echo "memory $(awk "/^MemTotal/ { print (\$2 > 700000 && \$2 < 1048576) }" /proc/meminfo)"
echo "edus $(lspci -d 1234:11e8 | wc -l)"
echo "behind-ports $VFIO_MIG_EDU"
echo "on-the-root-bus $(wc -w <<<"$VFIO_MIG_EDU_ROOT")"
echo "displays $VFIO_MIG_BOCHS_MEM"
for display in $VFIO_MIG_BOCHS; do
	read -r start end _ <"/sys/bus/pci/devices/$display/resource"
	echo "display $(((end - start + 1) >> 20))"
done
echo "vfs $(wc -w <<<"$VFIO_MIG_IGBVF")"
echo "pf $(cat "/sys/bus/pci/devices/${VFIO_MIG_IGBVF%% *}"/physfn/net/*/operstate)"
echo "iommu $(ls /sys/class/iommu | wc -l)"
echo "modules $(ls -d /sys/module/{vfio_mig,edu_vfio_pci,bochs_vfio_pci} | wc -l)"
echo "way $VFIO_MIG_IOMMU"
echo "of-qemu $(lspci -d 1b36:0005 | wc -l)"
echo "argument $(grep -o "vm\.dance=[a-z]*" /proc/cmdline)"
echo "qemu $(qemu-system-x86_64 --version | head -1)"
for name in /sys/class/virtio-ports/*/name; do
	[ "$(cat "$name")" != vm.monitor ] || port=${name%/name}
done
exec 5<>"/dev/${port##*/}"
printf "info name\n" >&5
until [[ $line == vfio-mig* ]]; do
	read -r -t 60 line <&5 || break
done
echo "monitor ${line%%[![:print:]]*}"
read -r line
echo "input $line"
echo from the VM >/scratch/file
exit 7
'

# One boot for nearly all options; quietly, and input and status get through.
commands_run() {
	commands_vm 7 run --quiet --kernel 7.3 --mem 1G --edu 3 --edu-root 1 \
		--bochs 2 --bochs-mem 4M/8M --igb 1x3 --iommu group --monitor \
		--scratch "$WORK/scratch" --append vm.dance=yes --newest-qemu \
		--qemu -device --qemu pci-testdev \
		-- bash -c "$COMMANDS_IN_VM" <<<"a word"
	[ ! -s "$ERR" ] || commands_fail "says something"
	commands_answers kernel "$(kernel_release 7.3)"
	commands_answers memory 1
	commands_answers edus 4
	commands_answers behind-ports "0000:01:00.0 0000:02:00.0 0000:03:00.0"
	commands_answers on-the-root-bus 1
	commands_answers displays "4M 8M"
	commands_answers display $'4\n8'
	commands_answers vfs 3
	commands_answers pf up
	commands_answers modules 3
	commands_answers way group
	commands_answers of-qemu 1
	commands_answers argument vm.dance=yes
	commands_answers monitor vfio-mig
	commands_answers input "a word"
	[ "$(sed -n 's/^iommu //p' "$OUT")" != 0 ] || commands_fail "there is no IOMMU"
	grep -q "^qemu .*$(qemu_newest_version)" "$OUT" ||
		commands_fail "QEMU is not $(qemu_newest_version)"
	[ "$(cat "$WORK/scratch/file")" = "from the VM" ] ||
		commands_fail "nothing came by the folder"
}

# However far it has got by then.
commands_run_timeout() {
	commands_vm 124 run --timeout 1 --edu 0 -- sleep infinity
	commands_complains "ended after 1 s; see --timeout"
}

# With a terminal in between, but its input is a pipe: first comes the prompt.
commands_shell() {
	local text status=0 vm in=$WORK/in
	mkfifo "$in"
	TERM=dumb timeout -k 60 "$COMMANDS_LIMIT" script -qefc "$VM_DIR/vm shell --edu 1" \
		/dev/null <"$in" >"$OUT" 2>"$ERR" &
	vm=$!
	exec 5>"$in"
	commands_until_said "$vm" "$OUT" '#'
	# shellcheck disable=SC2016
	echo 'echo "in $(tty), kernel $(uname -r): $VFIO_MIG_EDU"; exit 7' >&5
	wait "$vm" || status=$?
	exec 5>&-
	[ "$status" = 7 ] || commands_fail "status $status instead of 7"
	text="in /dev/hvc0, kernel $(kernel_release 6.12): 0000:01:00.0"
	commands_says "$text"
}

commands_demo() {
	local file
	commands_vm 0 demo --scratch "$WORK/scratch"
	[ "$(grep -c ' yes$' "$OUT")" -ge 12 ] || commands_fail "there is too little"
	! grep -q ' NO$' "$OUT" || commands_fail "not all has come"
	commands_says "The screens: $WORK/scratch/demo"
	for file in source destination destination-later; do
		commands_says "$file.png"
		commands_are_there "$WORK/scratch/demo/$file.png"
	done
	commands_says "The connection is the same, "
	commands_says "The picture: $WORK/scratch/demo"
	commands_are_there "$WORK"/scratch/demo/packets.{svg,png}
}

# Group hosts has the tests.
commands_demo_two_hosts() {
	commands_vm 0 demo --hosts 2
	commands_says "host 1 to 2"
	commands_says "host 2 to 1"
	commands_says "The guest saw nothing of it."
}

# Tables, of the parts that take least; and two builds in JSON.
commands_bench() {
	VFIO_MIG_ROUNDS=1 commands_vm 0 bench codec stream
	grep -qE '^memcpy.* [0-9]+ +1.000$' "$OUT" || commands_fail "codec has no figures"
	grep -qE '^kernel: load .* [0-9.]+$' "$OUT" || commands_fail "there are no figures"
	commands_repository >"$OUT" 2>"$ERR" || commands_fail "there is no repository"
	GIT_DIR=$WORK/tree/.git VFIO_MIG_ROUNDS=1 \
		commands_vm 0 bench -j --against HEAD stream
	[ "$(root_run jq '.figures | length > 5' <"$OUT")" = true ] ||
		commands_fail "there are no figures of two builds"
}

# All parts, once.  Two of them have two things to say.
commands_bench_json() {
	local lines
	VFIO_MIG_ROUNDS=1 commands_vm 0 bench -j
	[ ! -s "$ERR" ] || commands_fail "says something"
	lines=$(root_run jq -c 'select(type == "object") | length > 1' <"$OUT") ||
		commands_fail "not all of it is JSON"
	[ "$(grep -cx true <<<"$lines")" = $(($(wc -w <<<"$BENCH_PARTS") + 2)) ] ||
		commands_fail "a part is missing"
}

# commands_repository: one in $WORK/tree, of this project, whose HEAD sends memory in
# pieces of half the size.  It is the same commit each time, and so is built once.
commands_repository() {
	local tree=$WORK/tree
	local -x GIT_AUTHOR_DATE=2000-01-01T00:00:00Z
	local -x GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	HOST_NEEDS+=" git:git"
	prepare_host
	rm -rf "$tree"
	mkdir "$tree"
	cp -r "$PROJECT"/{Kbuild,drivers,include} "$tree"
	sed -i 's/^#define PIECE_MAX.*/#define PIECE_MAX SZ_32K/' \
		"$tree/drivers/vfio/mig/save.c"
	git -C "$tree" init -q
	git -C "$tree" add Kbuild '*/Kbuild' '*.[ch]' '*.mk'
	git -C "$tree" -c user.name=nobody -c user.email=nobody \
		commit -qm "half the size"
}

# Whose modules they are is seen by how much is sent of a display that was all written.
commands_bench_against() {
	commands_repository >"$OUT" 2>"$ERR" || commands_fail "there is no repository"
	GIT_DIR=$WORK/tree/.git VFIO_MIG_ROUNDS=1 \
		commands_vm 0 bench --against HEAD display
	awk '/^stop size=8388608 dirty=8388608 sent / {
			found = $(NF - 4) > $(NF - 3) && $(NF - 3) > 8388608
		}
		END { exit !found }' "$OUT" || commands_fail "it is the same modules twice"
}

# One program, with all of them built for it; part vms has the options.
commands_sanitize() {
	commands_vm 0 test --again --jobs 1 --sanitize --newest-qemu qemu_display
	commands_says "# QEMU $(qemu_newest_version)"
	commands_says " 0 failed"
}
