# SPDX-License-Identifier: GPL-2.0
#
# The tool's commands on devices.  What needs none is in selftests/tool.

TESTS += \
	verify:2:900 \
	verify_mtty:2:600 \
	verify_broken:2:1900 \
	verify_v2:2,0,2x4M@7.3:300 \
	tool_line:2:300 \
	tool_batch:2:300 \
	tool_hints:2:300 \
	tool_iommufd:2:300 \
	hints:2:60 \
	unbind:2:300 \
	bind:2:300 \
	siblings:2:300 \
	tool_dev:2:300 \
	tool_move:2:300 \
	tool_replay:2:300 \
	tool_replay:2@6.1:300 \
	tool_fault:2:300 \
	tool_sanitized:2:1500 \
	tool_bench:2:300 \
	tool_bench:2@6.1:300 \
	tool_stream:2,0,1x4M:300 \
	tool_compat:2:300 \
	tool_display:0,0,2x4M:300 \
	monitor_lost:2:300 \
	tool_monitor:2:300

# The tool once more, with the sanitizers; for tool_sanitized.
sanitized := $(out)/sanitized/vfio-mig
FILES += $(sanitized) $(addprefix $(out)/,findings.md fault_recipes vfio-mig.bash)

$(out)/findings.md: $(root)/Documentation/findings.md | $(out)
	install -m 644 $< $@

$(out)/fault_recipes: $(root)/Documentation/faults.md | $(out)
	sed -n 's/^    vfio-mig \(fault set \$$[^#]*\).*/\1/p' $< > $@

$(out)/vfio-mig.bash: $(root)/tools/vfio-mig/completion/vfio-mig | $(out)
	install -m 644 $< $@

ifeq ($(MADE),)
$(sanitized): force
	$(MAKE) -C $(root)/tools/vfio-mig O=$(@D) UAPI=$(UAPI) \
		SANITIZE=address,undefined $@
else
$(sanitized): $(MADE)/tool-sanitized/vfio-mig
	mkdir -p $(@D)
	install -m 755 $< $@
endif
