#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is installed is all that a foreign program needs, and all goes away again.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

DEST=$WORK/dest
SOURCE=$VFIO_MIG_SOURCE/tools/vfio-mig
export PKG_CONFIG_PATH=$DEST/opt/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DEST

# installation TARGET: what it prints is kept, to be shown if it fails.
installation() {
	make -s -C "$VFIO_MIG_SOURCE" "$1" O="$VFIO_MIG_BUILT" \
		UAPI="$UAPI" DESTDIR="$DEST" PREFIX=/opt \
		>"$WORK/out" 2>"$WORK/err" || fail "make $1"
}

# compile ARGUMENT…: with nothing but what is installed.
compile() {
	# shellcheck disable=SC2046
	gcc -std=gnu11 -Wall -Wextra -Werror ${UAPI:+-I"$UAPI"} \
		$(pkg-config --cflags libvfiomig) "$@" 2>"$WORK/err" ||
		fail "does not compile"
}

test_everything_is_installed() {
	local file
	installation install-tool
	for file in sbin/vfio-mig lib/libvfiomig.a lib/libvfiomig.so.1 \
		include/vfiomig/vfiomig.h include/vfiomig/vfiomig_stream.h \
		include/vfiomig/vfiomig_monitor.h \
		include/vfiomig/vfiomig_access.h \
		include/vfiomig/vfiomig_admin.h \
		lib/pkgconfig/libvfiomig.pc share/man/man8/vfio-mig.8 \
		share/man/man8/vfio-mig-dev.8 \
		share/bash-completion/completions/vfio-mig; do
		[ -s "$DEST/opt/$file" ] || fail "there is no $file"
	done
	! grep -rq "$DEST" "$DEST/opt/lib/pkgconfig" || fail "knows DESTDIR"
	"$DEST/opt/sbin/vfio-mig" --version >"$WORK/out" || fail "does not run"
	says "vfio-mig $(pkg-config --modversion libvfiomig)"
}

test_a_foreign_program_compiles_and_runs() {
	cat >"$WORK/foreign.c" <<-'END'
		#include <stdio.h>
		#include <vfiomig.h>
		#include <vfiomig_monitor.h>
		#include <vfiomig_stream.h>

		int main(void)
		{
			struct vfiomig_error error;
			struct vfiomig_dev *dev;

			if (vfiomig_open("ffff:00:00.0", VFIOMIG_IOMMU_AUTO, &dev, &error))
				puts(error.text);
			return !vfiomig_section_name(0);
		}
	END
	installation install-tool
	# shellcheck disable=SC2046
	compile -o "$WORK/shared" "$WORK/foreign.c" \
		$(pkg-config --libs libvfiomig)
	readelf -d "$WORK/shared" | grep -q 'NEEDED.*\[libvfiomig.so.1\]' ||
		fail "is not linked to the shared library"
	LD_LIBRARY_PATH=$DEST/opt/lib "$WORK/shared" >"$WORK/out" ||
		fail "does not run"
	says "ffff:00:00.0: no such device"
	compile -static -o "$WORK/static" "$WORK/foreign.c" \
		"$DEST/opt/lib/libvfiomig.a"
	"$WORK/static" >"$WORK/out" || fail "does not run"
	says "ffff:00:00.0: no such device"
}

test_each_header_stands_on_its_own() {
	local header
	installation install-tool
	for header in "$DEST"/opt/include/vfiomig/vfiomig*.h; do
		compile -fsyntax-only -x c "$header"
	done
}

test_the_shared_library_shows_its_own_names_only() {
	installation install-tool
	nm -D --defined-only "$DEST/opt/lib/libvfiomig.so" >"$WORK/names"
	[ "$(grep -c ' T vfiomig_' "$WORK/names")" -ge 40 ] ||
		fail "it shows too little"
	grep -vE ' (vfiomig|vfio_mig)_' "$WORK/names" >"$WORK/out" &&
		fail "it shows what is not its own"
	:
}

# With the headers where the project has them out of sight.
test_the_tool_uses_nothing_but_the_library() {
	local flags files
	installation install-tool
	cp -r "$SOURCE" "$WORK/tool"
	rm -r "$WORK/tool/lib"
	mapfile -t files < <(find "$WORK/tool" -name '*.c')
	read -ra flags < <(echo "$(pkg-config --libs libvfiomig)" \
		"$(make -s -C "$SOURCE" tool-libs)")
	compile -I"$WORK/tool" -DVERSION='"x"' -o "$WORK/foreign" \
		"${files[@]}" "${flags[@]}"
	LD_LIBRARY_PATH=$DEST/opt/lib "$WORK/foreign" --version >"$WORK/out" ||
		fail "does not run"
}

test_uninstall_leaves_nothing() {
	installation install-tool
	[ "$(find "$DEST" ! -type d | wc -l)" -ge 20 ] || fail "too few files"
	installation uninstall-tool
	find "$DEST" ! -type d >"$WORK/out"
	find "$DEST" -name '*vfio*' >>"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "something is left"
}

drivers() {
	sed -n -e 's,^obj-m += drivers/vfio/pci/\(.*\)/$,\1_vfio_pci,p' \
		-e 's,^obj-m += drivers/vfio/mdev/\(.*\)/$,\1_mdev,p' "$VFIO_MIG_SOURCE/Kbuild"
}

# A copy, as kbuild writes beside the sources: of what was built of them, if that is there.
# By whom and where that was is in files of kbuild's, which builds anew what that changes
# for.
copy_modules() {
	if [ -z "${VFIO_MIG_BUILT_MODULES:-}" ]; then
		cp -a "$VFIO_MIG_SOURCE"/{Kbuild,Makefile,drivers,include} "$WORK/"
		return
	fi
	cp -a "$VFIO_MIG_BUILT_MODULES/." "$WORK/"
	find "$WORK" \( -name '.*.cmd' -o -name '*.mod' -o -name modules.order \) \
		-exec sed -i "s,$VFIO_MIG_BUILT_MODULES,$WORK,g" {} +
}

# The tool that was built comes too, so that make has nothing to do for either.
test_modules_are_installed_and_go_away_again() {
	local module
	mkdir -p "$WORK"/{tools,Documentation}
	copy_modules
	cp -a "$SOURCE" "$WORK/tools/"
	cp -a "$VFIO_MIG_SOURCE/Documentation/man" "$WORK/Documentation/"
	rm -rf "$WORK/tools/vfio-mig/build"
	cp -a "$VFIO_MIG_BUILT" "$WORK/tools/vfio-mig/build"
	all_make modules
	all_make tool
	all_make install
	[ -x "$DEST/opt/sbin/vfio-mig" ] || fail "there is no vfio-mig"
	for module in vfio_mig $(drivers); do
		find "$DEST/lib/modules" -path "*/updates/vfio-mig/*/$module.ko*" |
			grep -q . || fail "there is no $module"
	done
	# The one that the documentation teaches with; and one of several files, with a
	# behaviour and geometry, which has to say what they are called.
	foreign_driver serial v00001B36d00000002
	foreign_driver edu v00001234d000011E8
	grep -qa "a DMA command is pending" "$WORK/foreign-edu/foreign_vfio_pci.ko" ||
		fail "a foreign edu has not its behaviour"
	all_make uninstall
	find "$DEST" ! -type d >"$WORK/out"
	find "$DEST" -name '*vfio*' >>"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "something is left"
}

# foreign_driver NAME ALIAS: that driver of this tree, under another name, in a folder that
# was empty, with nothing but what is installed.
foreign_driver() {
	local folder=$WORK/foreign-$1 symvers objects
	mkdir "$folder"
	cp "$VFIO_MIG_SOURCE/drivers/vfio/pci/$1"/*.[ch] "$folder/"
	objects=("$folder"/*.c)
	objects=("${objects[@]##*/}")
	cat >"$folder/Kbuild" <<-END
		obj-m := foreign_vfio_pci.o
		foreign_vfio_pci-y := ${objects[*]/%.c/.o}
		include $DEST/opt/include/vfio-mig/vfio-mig.mk
	END
	symvers=$(echo "$DEST"/lib/modules/*/updates/vfio-mig/Module.symvers)
	env -u MAKEFLAGS -u O make -s -C "$KDIR" M="$folder" \
		VFIO_MIG_SYMVERS="$symvers" CONFIG_DEBUG_INFO_BTF_MODULES= \
		KCFLAGS=-g0 modules >"$WORK/out" 2>"$WORK/err" || fail "a foreign $1 is not built"
	! grep -i warning "$WORK/err" || fail "a foreign $1 is built with warnings"
	[[ ,$(modinfo -F depends "$folder/foreign_vfio_pci.ko"), = *,vfio_mig,* ]] ||
		fail "a foreign $1 does not stand on vfio_mig"
	[[ $(modinfo -F alias "$folder/foreign_vfio_pci.ko") = vfio_pci:$2* ]] ||
		fail "a foreign $1 is for no device"
}

# Without BTF: that needs pahole.  What was said to the make around this is not
# meant for kbuild.
all_make() {
	# shellcheck disable=SC2086
	env -u MAKEFLAGS -u O make -s -j"$(nproc)" -C "$WORK" "$1" KDIR="$KDIR" \
		DESTDIR="$DEST" PREFIX=/opt UAPI="$UAPI" \
		CONFIG_DEBUG_INFO_BTF_MODULES= ${VFIO_MIG_BUILT_WITH:-} \
		>"$WORK/out" 2>"$WORK/err" || fail "make $1"
}

run_tests "$0"
