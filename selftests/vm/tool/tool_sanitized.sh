#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Some families of commands once more, with a vfio-mig that looks after its
# memory.
here=$(dirname "$(readlink -f "$0")")
export VFIO_MIG_TOOL=$here/sanitized/vfio-mig
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
status=0
for family in tool_move tool_batch tool_fault; do
	echo "# $family"
	"$here/$family" || status=1
done
exit $status
