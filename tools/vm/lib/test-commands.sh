# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group commands: each command of `vm` and each of its options, in the smallest
# form that shows that it does what it is for.  Which option is given where is in
# lib/documented.sh.  They are run with this cache, by a vm of their own.

# The parts of the group, each of them a job: when (as in TEST_GROUPS), kind, seconds,
# and the tests: TEST is a function commands_TEST.
COMMANDS_PARTS="
plain		-	host	25	help refuses quick_and_full parts_by_name setup ci_kit clean
kselftest	-	host	30	kselftest
run		-	vm	45	run run_timeout shell
demo		-	guests	30	demo
demo-hosts	full	guests	60	demo_two_hosts
bench		-	guests	80	bench_json
bench-table	full	vm	90	bench bench_against
sanitize	full	guests	150	sanitize
coverage	full	vm	200	coverage ci_kit_debug
builds		-	host	25	stopped_build killed_build killed_root again stopped_groups two_at_once clean_waits
vms		-	vm	40	killed_run test stopped_hosts
"

# How long one of them may take, in seconds, on a slow machine that does other things.
COMMANDS_LIMIT=1800

# commands_parts: of this run, a line each as above: those of `commands_named` if
# there are any.
commands_parts() {
	awk -v full="$full" -v named="$commands_named " '
		!NF { next }
		named != " " { if (index(named, " commands-" $1 " ")) print; next }
		full || $2 != "full"' <<<"$COMMANDS_PARTS"
}

# commands_names: what a failure calls them, and what one can be run by again.
commands_names() {
	awk 'NF { print "commands-" $1 }' <<<"$COMMANDS_PARTS"
}

# commands_listed [TEST]: is it one?  Without, all of them.
commands_listed() {
	awk -v test="${1:-}" 'NF {
		for (i = 5; i <= NF; i++) {
			if (test == "")
				print $i
			found = found || $i == test
		}
	} END { exit !found && test != "" }' <<<"$COMMANDS_PARTS"
}

# Their jobs.  What they boot and build with is there before them, where it is wanted
# by others too.
test_queue_commands() {
	local part kind seconds tests needs
	while read -r part _ kind seconds tests; do
		needs=packages,fetch,programs
		case $part in
		run) needs+=,programs-7.3 ;;
		coverage) needs+=,debug-kernel ;;
		esac
		queue_add "commands $part" "$kind" \
			"$(times_guess "commands $part" "$seconds")" "$needs" \
			test_group "commands-$part" test_commands "$tests"
	done < <(commands_parts)
}

# test_commands commands-PART: KTAP of its tests, each in a shell of its own.
test_commands() {
	local tests test n=0
	read -ra tests < <(awk -v part="${1#commands-}" '$1 == part {
		$1 = $2 = $3 = $4 = ""; print }' <<<"$COMMANDS_PARTS")
	WORK=$(readlink -f "$(mktemp -d "$THIS_RUN/commands.XXXXXXXX")")
	OUT=$WORK/out ERR=$WORK/err
	echo "1..${#tests[@]}"
	for test in "${tests[@]}"; do
		n=$((n + 1))
		: >"$OUT"
		: >"$ERR"
		attempt "commands_$test"
		[ "$rc" = 0 ] || printf 'not '
		echo "ok $n $test"
	done
	rm -rf --one-file-system "$WORK"
}

# ---- what they do it with ----

# commands_fail WHY: with the end of what the last of them has said.
commands_fail() {
	echo "# $*"
	commands_show stdout "$OUT"
	commands_show stderr "$ERR"
	exit 1
}

commands_show() {
	tail -c 2000 "$2" | tr '\r' '\n' | sed -e "s/^/# $1: /" -e "\$a\\"
}

# commands_vm STATUS ARGUMENT…: vm, which must end with that, or like that.
commands_vm() {
	local expected=$1 status=0
	shift
	timeout -k 60 "$COMMANDS_LIMIT" "$VM_DIR/vm" "$@" >"$OUT" 2>"$ERR" ||
		status=$?
	# shellcheck disable=SC2053
	[[ $status == $expected ]] ||
		commands_fail "vm $*: status $status instead of $expected"
}

commands_says() {
	grep -qF -- "$1" "$OUT" || commands_fail "does not say: $1"
}

commands_complains() {
	grep -qF -- "$1" "$ERR" || commands_fail "does not complain: $1"
}

# commands_until PID WHAT COMMAND…: until that is so; PID has to make it so.
commands_until() {
	local end=$((SECONDS + COMMANDS_LIMIT))
	until "${@:3}"; do
		[ -d "/proc/$1" ] || commands_fail "ended before $2"
		[ "$SECONDS" -lt "$end" ] || commands_fail "goes on without this: $2"
		sleep 0.1
	done
}

# commands_until_said PID FILE WORD: until it stands there.
commands_until_said() {
	commands_until "$1" "it said: $3" grep -qsF -- "$3" "$2"
}

# commands_are_there FILE…
commands_are_there() {
	local file
	for file; do
		[ -s "$file" ] || commands_fail "there is no $file"
	done
}

# ---- without a VM ----

commands_help() {
	local command
	commands_vm 0 help
	for command in $COMMANDS help; do
		grep -qE "^  $command( |$)" "$OUT" || commands_fail "no $command in it"
	done
	cp "$OUT" "$WORK/help"
	for command in --help -h 'run --help' 'clean -h' ''; do
		# shellcheck disable=SC2086
		commands_vm 0 $command
		cmp -s "$OUT" "$WORK/help" || commands_fail "vm $command is other help"
	done
}

# commands_refuse WHAT ARGUMENT…: vm says that and does nothing.
commands_refuse() {
	local what=$1
	shift
	# Should it not, then with nothing that matters, and not for long.
	XDG_CACHE_HOME=$COMMANDS_CACHE commands_vm 2 "$@" </dev/null
	commands_complains "$what"
	[ ! -s "$OUT" ] || commands_fail "vm $*: says something beside"
}

# What there is not, is answered by what there is.
commands_refuses() {
	local some="there are: $BOOT_OPTIONS $BOOT_SWITCHES" command
	local COMMANDS_CACHE=$WORK COMMANDS_LIMIT=60
	commands_refuse "no command 'dance'; there are: $COMMANDS help" dance
	for command in run shell demo; do
		commands_refuse "no option '--dance'; $some" $command --dance
	done
	commands_refuse "no option '--dance' of test; there are --quick" test --dance
	commands_refuse "no option '--dance' of bench; there are: -j --against" bench --dance
	commands_refuse "no option '--dance' of ci-kit; there is: --kernel" ci-kit --dance
	commands_refuse "no part 'dance' of bench; there are: $BENCH_PARTS" bench dance
	commands_refuse "--against needs a revision" bench --against
	commands_refuse "no revision 'dance' in $PROJECT" bench --against dance
	commands_refuse "part 'codec' has no modules" bench --against HEAD codec
	for command in run test ci-kit; do
		commands_refuse "no kernel '2.4'; one of: $KERNELS" $command --kernel 2.4
	done
	for command in run test; do
		commands_refuse "--iommu takes group or iommufd" $command --iommu dance
	done
	commands_refuse "--jobs takes a number" test --jobs many
	commands_refuse "--edu takes a number up to 8" run --edu 9
	commands_refuse "--mem needs a value" run --mem
	for command in setup clean; do
		commands_refuse "$command takes no arguments" $command dance
	done
	commands_refuse "shell takes no command" shell dance
	commands_refuse "shell has one host" shell --hosts 2
	commands_refuse "shell has no monitor" shell --monitor
	commands_refuse "shell needs a terminal" shell
	commands_refuse "demo takes no command" demo dance
	commands_refuse "ci-kit needs a folder" ci-kit
	# They are built for that.
	COMMANDS_LIMIT=600 COMMANDS_CACHE=${CACHE%/vfio-mig} commands_refuse "no test 'dance'; the groups: \
$(test_names), of commands: $(commands_names | xargs), the programs: " test --jobs 1 dance
	commands_complains "the programs: $(test_run_list |
		awk '!seen[$1]++ { print $1 }' | xargs)"
}

# commands_chosen OPTION…: the groups that test runs with it.
commands_chosen() {
	local groups='' quick='' full='' name when
	test_options "$@"
	while read -r name when _; do
		[ -z "$name" ] || ! test_wanted "$name" "$when" || echo "$name"
	done <<<"$TEST_GROUPS"
}

# All of test cannot be run in itself: what each way of it comes to.
commands_quick_and_full() {
	local names one_kernel
	commands_chosen test | xargs >"$WORK/usual"
	commands_chosen --quick | xargs >"$WORK/quick"
	commands_chosen --full | xargs >"$WORK/full"
	grep -qw 'unit .* style vm' "$WORK/quick" ||
		commands_fail "--quick lacks what is quick: $(cat "$WORK/quick")"
	! grep -qwE 'proof|hosts|debug' "$WORK/quick" ||
		commands_fail "--quick has what is not: $(cat "$WORK/quick")"
	[ "$(tr ' ' '\n' <"$WORK/full" |
		grep -vxFf <(tr ' ' '\n' <"$WORK/usual") | xargs)" = \
		"build-7.2 clang arm64 in-kernel qemu-newest functional package detectors" ] ||
		commands_fail "--full has: $(cat "$WORK/full")"
	[ "$(wc -w <"$WORK/usual")" -ge 17 ] ||
		commands_fail "test has: $(cat "$WORK/usual")"
}

commands_parts_by_name() {
	# shellcheck disable=SC2178
	local groups='' commands_named='' programs='' full=''
	test_sort_names commands-vms style commands-coverage
	[ "$groups" = " style commands" ] || commands_fail "groups:$groups"
	[ "$(commands_parts | awk '{ print $1 }' | xargs)" = "coverage vms" ] ||
		commands_fail "of commands: $(commands_parts)"
	groups='' commands_named=''
	test_sort_names commands-vms commands
	[ "$(commands_parts | wc -l)" -ge 7 ] || commands_fail "of commands: $(commands_parts)"
}

commands_setup() {
	commands_vm 0 setup
	commands_complains "ready ("
	commands_are_there "$BUILD"/demo/{edu-demo,bochs-demo,igbvf-demo,hosts-demo}
}

# What is in it is used by group ci-kit.
commands_ci_kit() {
	local kit=$WORK/kit
	mkdir "$kit"
	echo mine >"$kit/mine"
	commands_vm 0 ci-kit --kernel 6.12 "$kit"
	commands_are_there "$kit"/{README.md,LICENSE,vfio-mig,bind-devices,job,doc/ci.md} \
		"$kit"/modules/{vfio_mig,edu_vfio_pci,bochs_vfio_pci}.ko
	[ "$(cat "$kit/modules/release")" = "$(kernel_release 6.12)" ] ||
		commands_fail "it is for $(cat "$kit/modules/release")"
	[ "$(cat "$kit/mine")" = mine ] || commands_fail "what was not its own is gone"
	# Another time, with another kernel's in it.
	echo 1.2.3 >"$kit/modules/release"
	commands_vm 0 ci-kit "$kit"
	[ "$(cat "$kit/modules/release")" = "$(kernel_release 6.12)" ] ||
		commands_fail "what was there stays"
}

# Of the kernel that no distribution has, that too; and not in the next one's.
commands_ci_kit_debug() {
	local kit=$WORK/kit release
	commands_vm 0 ci-kit --kernel debug "$kit"
	release=$(cat "$kit/modules/release")
	commands_are_there "$kit"/kernel/vmlinuz \
		"$kit/kernel/lib/modules/$release"/{modules.dep,kernel/drivers/vfio/vfio.ko}
	grep -aq "vermagic=$release " "$kit/modules/vfio_mig.ko" ||
		commands_fail "the modules are for another kernel"
	commands_vm 0 ci-kit --kernel 6.12 "$kit"
	[ ! -e "$kit/kernel" ] || commands_fail "a kernel stays that is of no use"
}

# commands_cache: a cache of its own, which has a bit of all that one has.
commands_cache() {
	local file cache=$WORK/cache/vfio-mig
	mkdir -p "$cache"/{apt/lists,build/x-1/demo,log,results,root-1/usr,root-0.gone} \
		"$cache"/{run/dead,scratch,times}
	for file in "$cache"/{accel,lock,run/lock,run/dead/owner,root-1/usr/file}; do
		echo there >"$file"
	done
	echo "$WORK/cache"
}

commands_clean() {
	local cache XDG_CACHE_HOME
	cache=$(commands_cache)
	export XDG_CACHE_HOME=$cache
	mkdir "$WORK/outside"
	echo there >"$WORK/outside/file"
	ln -s "$WORK/outside" "$cache/vfio-mig/link"
	commands_vm 0 clean
	commands_complains "removing $cache/vfio-mig"
	[ ! -e "$cache/vfio-mig" ] || commands_fail "left: $(find "$cache" -print0 | xargs -0)"
	[ -s "$WORK/outside/file" ] || commands_fail "it has followed a link"
	commands_vm 0 clean
	commands_complains "nothing to remove at $cache/vfio-mig"
}

# A room of selftests/vm and the unit tests as who knows the kernel's runs them.  There
# are no devices here.  What is looked at is how they are run, so they are built fast,
# and with the libraries that there are.
commands_kselftest() {
	local make=(root_run make -s -j"$(nproc)" -C /vfio-mig/src/selftests
		O=/vfio-mig/build KSELFTEST_DIR="$KSELFTEST_DIR" TARGETS="vm/bochs unit"
		CFLAGS=-O0 SANITIZE= MADE=/vfio-mig/build)
	local built=$BUILD/kselftest
	prepare_root
	test_build_selftests
	host_lock "$BUILD/kselftest.lock"
	rm -rf "$built"
	"${make[@]}" run_tests >"$OUT" 2>"$ERR" || commands_fail "status $?"
	grep -qE '^ok [0-9]+ selftests: .*arcs_routes$' "$OUT" ||
		commands_fail "no unit test has passed"
	grep -qE '^ok [0-9]+ selftests: .*bochs_race # SKIP' "$OUT" ||
		commands_fail "there is a display"
	! grep '^not ok' "$OUT" >"$ERR" || commands_fail "not all have passed"
	"${make[@]}" install >"$OUT" 2>"$ERR" || commands_fail "install: status $?"
	root_run /vfio-mig/build/kselftest/kselftest_install/run_kselftest.sh -l >"$OUT"
	commands_says unit:arcs_routes
	commands_says bochs:bochs_race
	grep -qx timeout=3600 "$built/kselftest_install/unit/settings" ||
		commands_fail "their limit is the runner's"
	"${make[@]}" clean >"$OUT" 2>"$ERR" || commands_fail "clean: status $?"
	find "$built" -type f ! -path '*/kselftest_install/*' >"$OUT"
	[ ! -s "$OUT" ] || commands_fail "clean leaves something"
	rm -rf "$built"
	host_unlock
}

# Of one that lasts some seconds, what is run is counted.
commands_coverage() {
	commands_vm 0 test --coverage --jobs 1 --again probe_ioctl
	commands_says " 0 failed"
	# It fails if nothing else has been counted: so little was run.
	commands_vm '[01]' test coverage
	commands_says "# drivers/vfio/mig "
	commands_says "% of the lines of drivers/vfio/mig were run"
}
