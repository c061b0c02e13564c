# SPDX-License-Identifier: GPL-2.0
#
# The tool's commands on devices.  What needs none is in selftests/tool.

TESTS += \
	verify:2:600 \
	verify_mtty:2:600 \
	verify_broken:2:1300 \
	tool_line:2:300 \
	tool_batch:2:300 \
	tool_hints:2:300 \
	tool_iommufd:2:300 \
	hints:2:60 \
	tool_dev:2:300 \
	tool_move:2:300 \
	tool_replay:2:300 \
	tool_replay:2@6.1:300 \
	tool_fault:2:300 \
	tool_sanitized:2:600 \
	tool_bench:2:300 \
	tool_bench:2@6.1:300 \
	tool_stream:2:300 \
	tool_compat:2:300 \
	tool_monitor:2:300

schemas := $(patsubst $(root)/Documentation/%,$(out)/%, \
	$(wildcard $(root)/Documentation/schema/*))
read := $(addprefix $(out)/,commands.sh json_schema.pl findings.md)
# The tool once more, with the sanitizers; for tool_sanitized.
sanitized := $(out)/sanitized/vfio-mig
FILES += $(schemas) $(read) $(out)/fault_recipes $(out)/vfio-mig.bash $(sanitized)

vpath %.sh $(root)/selftests/tool
vpath %.pl $(root)/selftests/tool
vpath %.md $(root)/Documentation

$(read): $(out)/%: % | $(out)
	install -m 644 $< $@

$(schemas): $(out)/%: $(root)/Documentation/%
	mkdir -p $(@D)
	cp $< $@

$(out)/fault_recipes: $(root)/Documentation/faults.md | $(out)
	sed -n 's/^    vfio-mig \(fault set \$$[^#]*\).*/\1/p' $< > $@

$(out)/vfio-mig.bash: $(root)/tools/vfio-mig/completion/vfio-mig | $(out)
	install -m 644 $< $@

$(sanitized): force
	$(MAKE) -C $(root)/tools/vfio-mig O=$(@D) UAPI=$(UAPI) \
		SANITIZE=address,undefined
