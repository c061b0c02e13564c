#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The folder that `vm ci-kit` makes, in a VM without this project's modules: it
# is at /scratch, and nothing outside of it is used.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/../tool/commands.sh"

KIT=/scratch

# outside STATUS COMMAND…: as another project's job would run it.
outside() {
	local expected=$1 status=0
	shift
	env -i -C / PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" >"$WORK/out" \
		2>"$WORK/err" </dev/null || status=$?
	[ "$status" = "$expected" ] ||
		fail "$*: status $status instead of $expected"
}

test_another_kernel_is_refused_by_name() {
	cp -r "$KIT" "$WORK/kit"
	echo 1.2.3 >"$WORK/kit/modules/release"
	outside 1 "$WORK/kit/bind-devices"
	complains "the modules are for 1.2.3, this is $(uname -r)"
	[ ! -d /sys/module/vfio_mig ] || fail "a module was loaded"
}

test_a_device_that_is_not_there_is_named() {
	outside 1 "$KIT/bind-devices" bochs
	complains "there is no bochs"
	outside 2 "$KIT/bind-devices" nonsense
}

test_what_its_documentation_names_is_there() {
	local file link
	for file in "$KIT"/README.md "$KIT"/doc/*.md; do
		while read -r link; do
			[[ $link == http* || -e ${file%/*}/${link%%#*} ]] ||
				fail "$file: there is no $link"
		done < <(grep -oE '\]\([^)]+' "$file" | sed 's/^](//')
	done
	grep -q '](doc/faults.md)' "$KIT/README.md" || fail "no link was seen"
	! grep -q '](doc/#' "$KIT/README.md" || fail "a link to itself leads elsewhere"
}

test_binding_prints_the_addresses() {
	local address
	outside 0 "$KIT/bind-devices"
	[ "$(wc -l <"$WORK/out")" = 2 ] || fail "not two"
	while read -r address; do
		[ "$(basename "$(readlink -f "/sys/bus/pci/devices/$address/driver")")" = \
			edu_vfio_pci ] || fail "$address has another driver"
	done <"$WORK/out"
	cp "$WORK/out" "$WORK/first"
	outside 0 "$KIT/bind-devices" edu
	cmp -s "$WORK/first" "$WORK/out" || fail "differs when it is run again"
}

# In this VM there are an IOMMU and edus; Documentation/ci.md is for where there are not.
test_devices_in_software_are_created() {
	local created
	outside 0 "$KIT/create-devices" 2
	[ "$(wc -l <"$WORK/out")" = 2 ] || fail "not two"
	mapfile -t created <"$WORK/out"
	outside 0 "$KIT/vfio-mig" migrate "${created[@]}"
	outside 0 "$KIT/vfio-mig" dev delete "${created[@]}"
}

test_a_job_checks_the_machine_and_runs_its_command() {
	# shellcheck disable=SC2016
	outside 0 "$KIT/job" sh -c 'echo "mine: $1 $2"' test
	says "mine: 0000:01:00.0 0000:02:00.0"
	[ "$(grep -c '^# pass 5, fail 0, skip 0, blocked 0$' "$WORK/out")" = 2 ] ||
		fail "not both VMMs could migrate"
	outside 3 "$KIT/job" sh -c 'exit 3'
}

run_tests "$0"
