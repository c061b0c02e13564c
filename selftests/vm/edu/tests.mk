# SPDX-License-Identifier: GPL-2.0
#
# QEMU's edu: what the device does, and that it does it across a migration.

TESTS += \
	edu_registers:2:600 \
	edu_dma:2:600 \
	edu_ioas:2:120 \
	edu_dma_log:2:300 \
	edu_dma_log:2@6.1:300 \
	edu_interrupts:2:300 \
	edu_trap:2:300 \
	edu_state_moves:2:900 \
	edu_quiesce:2:600 \
	edu_irq_exact:2:900 \
	edu_killed:2:600 \
	edu_slow_memory:2:900 \
	edu_unreachable:2:120 \
	edu_to_and_fro:2:600 \
	edu_isolation:2,1:1200

$(addprefix $(out)/,edu_registers edu_dma edu_interrupts): $(out)/edu_twins.o
