# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test group functional: a test as QEMU has them in tests/functional, whose asset is
# the kit, with the framework that QEMU's own source has for those, on the root's QEMU.

# Seen from the inside of the root.
FUNCTIONAL_DIR=/vfio-mig/qemu-tests
FUNCTIONAL_TEST=/vfio-mig/src/selftests/functional/test_x86_64_vfio_migration.py

functional_need() {
	local version
	root_need_more functional
	# shellcheck disable=SC2016
	version=$(dpkg-query --admindir="$ROOT/var/lib/dpkg" -W \
		-f '${source:Version}' qemu-system-x86)
	root_once qemu-tests "$version" \
		step_about "Taking the framework of QEMU's functional tests from its source" \
		30 functional_fetch "$version"
}

# functional_fetch VERSION: of the source, which has lists of its own.
functional_fetch() {
	local new=$ROOT$FUNCTIONAL_DIR.new dir=$CACHE/apt/source
	local apt=(our_apt apt-get -o Dir::State="$dir"
		-o Dir::Etc::SourceList="$dir/sources.list")
	apt_refresh
	rm -rf "$dir" "$new"
	mkdir -p "$dir/lists/partial" "$dir/fetched" "$new"
	sed -n 's/^deb \(.* trixie\(-security\)\? main\)$/deb-src \1/p' \
		"$CACHE/apt/sources.list" >"$dir/sources.list"
	"${apt[@]}" update
	(cd "$dir/fetched" && "${apt[@]}" source --download-only "qemu=$1")
	mv "$dir"/fetched/qemu_*.orig.tar.xz "$BUILD/qemu-source.tar.xz"
	rm -rf "$dir"
	root_run tar -xJf /vfio-mig/build/qemu-source.tar.xz -C "$FUNCTIONAL_DIR.new" \
		--strip-components=1 --wildcards '*/tests/functional/qemu_test/*' \
		'*/python/qemu/*'
	rm "$BUILD/qemu-source.tar.xz"
	root_replace qemu-tests "$FUNCTIONAL_DIR"
	root_set_stamp qemu-tests "$1"
}

test_functional() {
	local assets=$BUILD/functional/cache/download sum
	kit_need
	functional_need
	rm -rf "$BUILD/functional"
	mkdir -p "$BUILD/functional/kit" "$assets"
	kit_fill "$BUILD/functional/kit"
	tar -C "$BUILD/functional/kit" -czf "$assets/kit" .
	# The framework takes what it finds there under its sum; a file has no address.
	sum=$(sha256sum <"$assets/kit" | cut -d ' ' -f 1)
	mv "$assets/kit" "$assets/$sum"
	root_run timeout -k 5 $((900 * $(boot_patience))) env -C /vfio-mig/build/functional \
		PYTHONPATH="$FUNCTIONAL_DIR/python:$FUNCTIONAL_DIR/tests/functional" \
		PYTHONDONTWRITEBYTECODE=1 \
		QEMU_TEST_QEMU_BINARY=/usr/bin/qemu-system-x86_64 \
		QEMU_BUILD_ROOT=/vfio-mig/build/functional \
		QEMU_TEST_CACHE_DIR=/vfio-mig/build/functional/cache \
		VFIO_MIG_KIT_SHA256="$sum" \
		python3 "$FUNCTIONAL_TEST"
}
