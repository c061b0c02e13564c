// SPDX-License-Identifier: GPL-2.0
/* What a stopped device still has to serve: config space and interrupts. */
#include <linux/pci_regs.h>
#include <string.h>

#include "check.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX
#define IOVA	0x2000000ull
#define MAPPED	0x10000

/* The states in which a device stands still. */
static const __u32 stopped[] = {
	VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
};

static void config_is_read(struct verify *v)
{
	__u8 before[PCI_STD_HEADER_SIZEOF], now[sizeof(before)];
	unsigned int i;
	int ret;

	ret = call_config_read(v, &v->self, 0, before, sizeof(before));
	if (ret) {
		blocked(v, "config space cannot be read: %s", errno_text(ret));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		const char *name = vfio_mig_state_name(stopped[i]);

		if (!enter(v, &v->self, stopped[i]))
			return;
		ret = call_config_read(v, &v->self, 0, now, sizeof(now));
		if (!expect_ok(v, ret, name) ||
		    !expect(v, !memcmp(before, now, 4),
			    "vendor and device id as before",
			    "%s: others", name))
			return;
	}
}

/* INTX_DISABLE: it can be switched on and off without any harm. */
static bool toggle(struct verify *v, const char *name)
{
	__u16 before = 0, command = 0, now = 0;
	int ret;

	ret = call_config_read(v, &v->self, PCI_COMMAND, &before,
			       sizeof(before));
	command = before ^ PCI_COMMAND_INTX_DISABLE;
	if (!ret)
		ret = call_config_write(v, &v->self, PCI_COMMAND, &command,
					sizeof(command));
	if (!ret)
		ret = call_config_read(v, &v->self, PCI_COMMAND, &now,
				       sizeof(now));
	call_config_write(v, &v->self, PCI_COMMAND, &before, sizeof(before));
	return expect_ok(v, ret, name) &&
	       expect(v, command == now, "the bit that was written",
		      "%s: 0x%04x, not 0x%04x", name, now, command);
}

static void config_is_written(struct verify *v)
{
	unsigned int i;

	if (!toggle(v, "RUNNING")) {
		v->verdict = VERDICT_PASS;
		skip(v, "INTX_DISABLE cannot be written in RUNNING either");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++)
		if (!enter(v, &v->self, stopped[i]) ||
		    !toggle(v, vfio_mig_state_name(stopped[i])))
			return;
}

/* -1 if the device has none. */
static int find_irq(struct verify *v)
{
	static const __u32 wanted[] = { VFIO_PCI_MSIX_IRQ_INDEX,
					VFIO_PCI_MSI_IRQ_INDEX,
					VFIO_PCI_INTX_IRQ_INDEX };
	struct vfio_irq_info info;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!vfiomig_irq_info(v->self.dev, wanted[i], &info, NULL) &&
		    info.count && info.flags & VFIO_IRQ_INFO_EVENTFD)
			return wanted[i];
	return -1;
}

/* Set up an interrupt, let it come if @fire, take it away. */
static int use_irq(struct verify *v, int index, bool fire)
{
	int ret, end;

	ret = call_irq_on(v, &v->self, index);
	if (!ret && fire)
		ret = call_irq_trigger(v, &v->self, index);
	end = call_irq_off(v, &v->self, index);
	return ret ? ret : end;
}

static void irqs(struct verify *v, bool fire)
{
	int index = find_irq(v);
	unsigned int i;
	int ret;

	if (index < 0) {
		skip(v, "the device has no interrupt");
		return;
	}
	ret = use_irq(v, index, fire);
	if (ret) {
		skip(v, "interrupt %d does not work in RUNNING either: %s",
		     index, errno_text(ret));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		if (!enter(v, &v->self, stopped[i]))
			return;
		if (fire && use_irq(v, index, false)) {
			blocked(v, "interrupts cannot be set up in %s",
				vfio_mig_state_name(stopped[i]));
			return;
		}
		if (!expect_ok(v, use_irq(v, index, fire),
			       vfio_mig_state_name(stopped[i])))
			return;
	}
}

static void irqs_are_set_up(struct verify *v)
{
	irqs(v, false);
}

static void irqs_are_delivered(struct verify *v)
{
	irqs(v, true);
}

/* Set up before the device stops; it must still be there when it runs. */
static void irqs_survive(struct verify *v)
{
	int index = find_irq(v);

	if (index < 0) {
		skip(v, "the device has no interrupt");
		return;
	}
	if (call_irq_on(v, &v->self, index) ||
	    call_irq_trigger(v, &v->self, index))
		skip(v, "interrupt %d does not work in RUNNING either", index);
	else if (!go(v, &v->self, VFIO_MIG_STOP) ||
		 !go(v, &v->self, VFIO_MIG_RUNNING))
		blocked(v, "the device cannot be stopped and started");
	else
		expect(v, !call_irq_trigger(v, &v->self, index),
		       "the eventfd is signalled", "it is not");
	call_irq_off(v, &v->self, index);
}

/* Nobody has told the device of the memory, so whatever writes it is wrong. */
static void memory_is_left_alone(struct verify *v)
{
	unsigned int i;
	int ret;

	if (!saved(v))
		return;
	v->notes.keeps = true;
	ret = call_map(v, &v->self, IOVA, MAPPED);
	if (ret) {
		skip(v, "no memory can be mapped: %s", errno_text(ret));
		return;
	}
	for (i = 0; !ret && i < ARRAY_SIZE(stopped); i++) {
		if (!enter(v, &v->self, stopped[i]))
			break;
		call_sleep(v, &v->self, 100);
		ret = call_memory(v, &v->self);
		expect(v, !ret, "no DMA", "in %s memory was written",
		       vfio_mig_state_name(stopped[i]));
	}
	call_unmap(v, &v->self, IOVA);
}

static void regions_are_described(struct verify *v)
{
	__u64 before, now;
	unsigned int i;
	int ret;

	if (call_region(v, &v->self, CONFIG, &before)) {
		blocked(v, "the config region cannot be asked for");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		const char *name = vfio_mig_state_name(stopped[i]);

		if (!enter(v, &v->self, stopped[i]))
			return;
		ret = call_region(v, &v->self, CONFIG, &now);
		if (!expect_ok(v, ret, name) ||
		    !expect(v, now == before,
			    "the config region's size as before", "%s: %llu",
			    name, now))
			return;
	}
}

#define ANCHOR		"enum vfio_device_mig_state: STOP"
#define SERVE_RULE	"While stopped, device and driver respond to what external subsystems need, such as PCI config space and MSI-X."

static const struct check checks[] = {
	{ "config_space_is_read_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, config_is_read },
	{ "config_space_is_written_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, config_is_written },
	{ "interrupts_are_set_up_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, irqs_are_set_up },
	{ "interrupts_are_delivered_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, irqs_are_delivered },
	{ "interrupts_survive_a_stop", SERVE_RULE, ANCHOR, NEEDS_PCI,
	  irqs_survive },
	{ "memory_is_left_alone_while_stopped",
	  "In STOP the device does not initiate DMA.", ANCHOR, 0,
	  memory_is_left_alone },
	{ "regions_are_described_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, regions_are_described },
	{}
};

const struct check_group stopped_group = { "stopped", checks };
