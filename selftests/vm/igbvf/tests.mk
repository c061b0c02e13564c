# SPDX-License-Identifier: GPL-2.0
#
# VFs of QEMU's igb: registers, rings, interrupts and what the PF has granted, across a
# move to another VF; and a Linux guest with its own igbvf.

TESTS += \
	igbvf_registers:0,0,0,1x3:300 \
	igbvf_moves:0,0,0,1x3:300 \
	igbvf_load:0,0,0,1x3:300 \
	igbvf_quiet:0,0,0,1x3:300 \
	igbvf_granted:0,0,0,1x3:300 \
	igbvf_golden:0,0,0,1x3:300 \
	igbvf_faults:0,0,0,1x3:300 \
	igbvf_damage:0,0,0,1x2:900 \
	igbvf_resets:0,0,0,1x3:300 \
	tool_igbvf:0,0,0,1x3:300 \
	qemu_igbvf:0,0,0,2x2:7200

FILES += $(out)/linux_net.cpio

$(out)/linux_net.cpio: force | $(out)
	$(MAKE) -f $(root)/selftests/vm/qemu/guest/linux_net.mk O=$(out)
