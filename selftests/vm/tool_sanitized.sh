#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tool_move once more, with a vfio-mig that looks after its memory.
here=$(dirname "$(readlink -f "$0")")
export VFIO_MIG_TOOL=$here/sanitized/vfio-mig
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
exec "$here/tool_move"
