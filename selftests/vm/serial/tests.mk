# SPDX-License-Identifier: GPL-2.0
#
# QEMU's pci-serial, in the place of the two edus: what a UART goes on with.

TESTS += \
	serial_moves:2:300 \
	golden_serials:2:120
