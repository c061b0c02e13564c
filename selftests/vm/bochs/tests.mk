# SPDX-License-Identifier: GPL-2.0
#
# QEMU's bochs-display: registers, memory, and what a guest writes while it is moved.

TESTS += \
	bochs_registers:0,0,3x16M/16M/32M:300 \
	bochs_memory:0,0,3x16M/16M/32M:300 \
	bochs_precopy:1,0,2x4M:300 \
	bochs_mapping:0,0,2x4M:300 \
	bochs_race:0,0,2x4M:600 \
	bochs_reinit:1,0,2x4M:300 \
	bochs_reinit:1,0,2x4M@7.3:300 \
	bochs_verify:1,0,2x4M:600 \
	bochs_dirty:0,0,2x64M:600 \
	bochs_kvm:0,0,2x4M:600 \
	bochs_gone:0,0,2x4M:600 \
	wrong_device:1,0,1x4M:120
