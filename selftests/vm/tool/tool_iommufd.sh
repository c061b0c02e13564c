#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices by the path of their character device, and through an iommufd, where
# the kernel has those.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib
. "${0%/*}/tool_lib.sh"

if [ ! -d /dev/vfio/devices ]; then
	echo "KTAP version 1"
	echo "1..0 # SKIP this kernel lacks CONFIG_VFIO_DEVICE_CDEV"
	exit 4
fi

# Another number whenever it is bound.
path_of() {
	local folder
	for folder in "/sys/bus/pci/devices/$1/vfio-dev"/*; do
		echo "/dev/vfio/devices/${folder##*/}"
	done
}

test_dev_show_tells_and_takes_the_path() {
	run 0 -j -v dev show "$A"
	json ".devices[0].cdev == \"$(path_of "$A")\""
	run 0 -v dev show
	says "$(path_of "$A")"
	fits_80
	run 0 -j dev show "$(path_of "$B")"
	json ".devices | map(.device) == [\"$B\"]"
}

test_each_way_opens_it() {
	local way
	for way in auto group iommufd; do
		run 0 --iommu "$way" -j state get "$A"
		json '.state == "RUNNING"'
		run 0 --iommu "$way" state get "$(path_of "$A")"
	done
}

test_commands_take_paths() {
	local from to
	from=$(path_of "$A") to=$(path_of "$B")
	run 0 -j arcs show "$from"
	json ".device == \"$A\""
	run 0 walk "$from" STOP_COPY RUNNING
	run 0 --iommu iommufd save "$from"
	cp "$WORK/out" "$WORK/saved"
	run 0 stream verify "$WORK/saved"
	vfio-mig --iommu iommufd restore "$to" <"$WORK/saved" >"$WORK/out" \
		2>"$WORK/err" || fail "cannot restore"
	says "$B: took $(stat -c %s "$WORK/saved") bytes"
	run 0 -j --iommu iommufd migrate "$from" "$to"
	json ".bytes == $(stat -c %s "$WORK/saved") and .downtime_ns > 0"
	run 0 -j reset "$from"
	json ".device == \"$A\""
}

# Whichever way it is opened, the bytes are the same.
test_the_ways_save_the_same() {
	run 0 --iommu group save "$A"
	cp "$WORK/out" "$WORK/by-group"
	run 0 --iommu iommufd save "$A"
	cmp -s "$WORK/out" "$WORK/by-group" || fail "another stream"
}

test_a_batch_knows_it_by_either_name() {
	cat >"$WORK/batch" <<-END
		dev open $A
		state set $A STOP
		state get $(path_of "$A")
		dev open $(path_of "$A")
	END
	run 1 -j -b "$WORK/batch"
	complains "$WORK/batch:4: "
	complains "this batch keeps it open"
	[ "$(jq -r '.state // empty' "$WORK/out")" = STOP ] ||
		fail "the state is not STOP"
}

test_verify() {
	run 0 --iommu iommufd verify "$(path_of "$A")" --peer "$(path_of "$B")" \
		--profile uapi
	says ", fail 0, "
	run 0 --iommu iommufd verify "$A" --profile qemu
	says ", fail 0, "
}

test_a_path_that_is_not_there() {
	run 1 state get /dev/vfio/devices/vfio4711
	complains "list what there is with: vfio-mig -v dev show"
}

run_tests "$0"
