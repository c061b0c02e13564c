# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Builds the project in the root file system: modules for each kernel, the
# tool, the demo, the tests.  The project's folder itself is read only.

# One folder of builds for each checkout that uses this cache.
BUILD=$CACHE/build/$(basename "$PROJECT")-$(echo "$PROJECT" | sha256sum | cut -c1-8)

# Loaded in this order.  Whoever adds a driver adds it to Kbuild, and nowhere else.
MODULES="vfio_mig $({ sed -n -e 's,^obj-m += drivers/vfio/pci/\(.*\)/$,\1_vfio_pci,p' \
	-e 's,^obj-m += drivers/vfio/mdev/\(.*\)/$,\1_mdev,p' \
	"$PROJECT/Kbuild" 2>/dev/null || true; } | xargs)"

# Changes when a file below one of the paths does, or the root does.
build_key() {
	(
		cat "$ROOT/vfio-mig/stamp/root"
		cd "$PROJECT" || exit
		{ find "$@" -printf '%p %m %s %T@\n' 2>/dev/null || true; } |
			LC_ALL=C sort
	) | sha256sum
}

build_is_fresh() {
	[ "$(build_stamp "$1")" = "$2" ]
}

# build_once NAME KEY COMMAND…: unless $BUILD/NAME is there as KEY says; one at a time.
build_once() {
	build_is_fresh "$1" "$2" ||
		host_with_lock "$BUILD/$1.lock" build_once_locked "$@"
}

build_once_locked() {
	build_is_fresh "$1" "$2" || "${@:3}"
}

build_stamp() {
	cat "$BUILD/$1.stamp" 2>/dev/null || true
}

# build_marked FILE COMMAND…: FILE is there while make runs.  When that is told to end,
# it takes away what it has not finished, and is waited for.  When it is killed, half
# of something may be newer than its source: then FILE stays.
build_marked() {
	local told='' status=0
	: >"$1"
	trap 'told=INT' INT
	trap 'told=TERM' TERM HUP
	"${@:2}" || status=$?
	trap - INT TERM HUP
	[ "$status" = 137 ] || rm "$1"
	[ -z "$told" ] || kill -s "$told" "$BASHPID"
	return "$status"
}

# build_make NAME COMMAND…: has make fill $BUILD/NAME.
build_make() {
	build_forget_half "$1"
	rm -f "$BUILD/$1.stamp"
	mkdir -p "$BUILD/$1"
	build_marked "$BUILD/$1.half" "${@:2}"
}

build_forget_half() {
	[ ! -e "$BUILD/$1.half" ] || rm -rf "${BUILD:?}/$1"
}

build_set_stamp() {
	host_put "$BUILD/$1.stamp" "$2"
}

# Copies what kbuild reads into $BUILD/$1: it writes beside the sources.
build_copy_sources() {
	root_run rsync -a --delete --exclude='*.o' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd' \
		--exclude=Module.symvers --exclude=modules.order --exclude=mtty.c \
		--include='/Kbuild' --include='/Makefile' \
		--include='/drivers/***' --include='/include/***' \
		--include='/selftests/' --include='/selftests/modules/***' \
		--exclude='*' /vfio-mig/src/ "/vfio-mig/build/$1/"
}

# build_kbuild DIR KERNEL [FOLDER [VARIABLE=…]]: without BTF, which needs one more
# program and is of no use here.
build_kbuild() {
	build_make "$1" build_kbuild_anyway "$@"
}

build_kbuild_anyway() {
	build_copy_sources "$1" && build_kbuild_make "$@"
}

# Of sources that are there.
build_kbuild_make() {
	root_run make -C "/usr/src/linux-headers-$(kernel_release "$2")" \
		-j"$(nproc)" M="/vfio-mig/build/$1${3:+/$3}" W=1 \
		CONFIG_DEBUG_INFO_BTF_MODULES= "${@:4}" modules
}

# Modules that count which of their lines are run are others.
build_modules_dir() {
	echo "modules-$1${vm_coverage:+-coverage}"
}

build_need_modules() {
	local k=$1 key dir
	dir=$(build_modules_dir "$k")
	[ -e "$PROJECT/Kbuild" ] || {
		say "there is no Kbuild yet: no modules are loaded"
		return 0
	}
	key="$(kernel_identity "$k") $(build_key Kbuild Makefile drivers include)"
	kernel_need_headers "$k"
	build_once "$dir" "$key" \
		step "Building the modules for $k" build_modules "$dir" "$k" "$key"
}

# Without debugging information, which takes an eighth of the time and which nothing here
# reads.
BUILD_PLAIN=KCFLAGS=-g0

# The debug kernel's say where they have been, which is what ioctl_fuzz goes by.
# shellcheck disable=SC2034
BUILD_MODULES=(KCOV_INSTRUMENT=y "$BUILD_PLAIN")

# What is said of them stays in a log, for groups build-*.  Who has been warned gets all
# of it again the next time.
build_modules() {
	local log=$BUILD/$1.log status=0
	build_kbuild "$1" "$2" "" "${BUILD_MODULES[@]}" \
		${vm_coverage:+GCOV_PROFILE=y} >"$log" 2>&1 || status=$?
	cat "$log"
	! build_not_about_modules <"$log" | grep -iE "$BUILD_WARNED" >/dev/null ||
		: >"$BUILD/$1.half"
	[ "$status" = 0 ] || return "$status"
	build_set_stamp "$1" "$3"
}

BUILD_WARNED='warning|error'

# build_not_about_modules <LOG: what is left without that there is no pahole, and another
# compiler than the kernel's.
build_not_about_modules() {
	sed -e '/pahole version differs/d' -e '/^warning: the compiler differs/d'
}

# Modules that only tests load; they find them by the kernel's release.  One stands
# on vfio_mig.
build_need_test_modules() {
	local k=$1 dir key
	[ -e "$PROJECT/selftests/modules/Kbuild" ] || return 0
	build_need_modules "$k"
	dir=test-modules-$(kernel_release "$k")
	key="$(kernel_identity "$k") $(build_key selftests/modules drivers include)"
	kernel_need_headers "$k"
	kernel_need_source
	build_once "$dir" "$key" step "Building selftests/modules for $k" \
		build_test_modules "$dir" "$k" "$key"
}

# The kernel's own sample of a device that migrates is among them, for the
# kernels that the source is of.
build_test_modules() {
	local mtty=$BUILD/$1/selftests/modules/mtty/mtty.c
	build_forget_half "$1"
	if [[ $SOURCE_PACKAGE = *-$2 || $2 = debug ]]; then
		mkdir -p "${mtty%/*}"
		cp "$ROOT$LINUX_DIR/samples/vfio-mdev/mtty.c" "$mtty"
	fi
	build_kbuild "$1" "$2" selftests/modules \
		"KBUILD_EXTRA_SYMBOLS=/vfio-mig/build/$(build_modules_dir "$2")/Module.symvers" \
		"$BUILD_PLAIN"
	build_set_stamp "$1" "$3"
}

# build_need_program NAME PATH [VARIABLE=…]: `make -C PATH O=$BUILD/NAME`.
build_need_program() {
	local name=$1 path=$2 key
	key="$(build_key "$path" include drivers/vfio/mig tools/vfio-mig \
		tools/devices selftests) $*"
	build_once "$name" "$key" step "Building $path" build_program "$key" "$@"
}

build_program() {
	local key=$1 name=$2 path=$3
	shift 3
	build_make "$name" root_run make -C "/vfio-mig/src/$path" -j"$(nproc)" \
		O="/vfio-mig/build/$name" "$@"
	build_set_stamp "$name" "$key"
}

# With the library; and the tool once more for other distributions, which is just linked.
build_need_tool() {
	build_need_program tool tools/vfio-mig all /vfio-mig/build/tool/vfio-mig-static
}

build_need_tool_sanitized() {
	build_need_program tool-sanitized tools/vfio-mig SANITIZE=address,undefined \
		/vfio-mig/build/tool-sanitized/vfio-mig
}

# build_need_linked NAME PATH [VARIABLE=…]: with libraries that others link with as well,
# and that are made once.
build_need_linked() {
	build_need_tool
	build_need_program libs selftests/vm/lib UAPI=/vfio-mig/src/include/uapi
	build_need_program "$@" MADE=/vfio-mig/build
}

build_need_demo() {
	if [ -e "$PROJECT/tools/vm/demo/Makefile" ]; then
		build_need_linked demo tools/vm/demo
	else
		say "there is no tools/vm/demo yet"
	fi
}

# What the machine has to have.
prepare_host() {
	mkdir -p "$BUILD" "$CACHE"/{log,run,scratch}
	host_with_lock "$CACHE/lock" host_need
}

# What is needed to build anything.
prepare_root() {
	prepare_host
	root_need
}

# What is needed to boot the kernel that is asked for.
prepare() {
	prepare_root
	kernel_need_image "$vm_kernel"
	root_need_near
	boot_need_accel
	[ "$vm_newest_qemu" = no ] || qemu_need_newest
	[ "$vm_modules" = no ] || build_need_modules "$vm_kernel"
	[ ! -e "$PROJECT/tools/vfio-mig/Makefile" ] || build_need_tool
}
