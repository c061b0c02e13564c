# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test groups.

cmd_test() {
	die "there are no tests yet; try: $ME run"
}
