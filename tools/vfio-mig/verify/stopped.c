// SPDX-License-Identifier: GPL-2.0
/* What a stopped device still has to serve: config space and interrupts. */
#include <linux/pci_regs.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX

/* The states in which a device stands still. */
static const __u32 stopped[] = {
	VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
};

static void config_is_read(struct verify *v)
{
	__u8 before[PCI_STD_HEADER_SIZEOF], now[sizeof(before)];
	unsigned int i;
	int ret;

	ret = vfiomig_read(v->self.dev, CONFIG, 0, before, sizeof(before),
			   NULL);
	if (ret) {
		blocked(v, "config space cannot be read: %s", errno_text(ret));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		const char *name = vfio_mig_state_name(stopped[i]);

		if (!enter(v, &v->self, stopped[i]))
			return;
		ret = vfiomig_read(v->self.dev, CONFIG, 0, now, sizeof(now),
				   NULL);
		note_call(v, &v->self, "read of config space: %s",
			  errno_text(ret));
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

	ret = vfiomig_read(v->self.dev, CONFIG, PCI_COMMAND, &before,
			   sizeof(before), NULL);
	command = before ^ PCI_COMMAND_INTX_DISABLE;
	if (!ret)
		ret = vfiomig_write(v->self.dev, CONFIG, PCI_COMMAND,
				    &command, sizeof(command), NULL);
	if (!ret)
		ret = vfiomig_read(v->self.dev, CONFIG, PCI_COMMAND, &now,
				   sizeof(now), NULL);
	vfiomig_write(v->self.dev, CONFIG, PCI_COMMAND, &before,
		      sizeof(before), NULL);
	note_call(v, &v->self, "write of the command register: %s",
		  errno_text(ret));
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
	struct pollfd pollfd = {
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.events = POLLIN,
	};
	int ret, end;

	ret = vfiomig_irq_enable(v->self.dev, index, &pollfd.fd, 1, NULL);
	note_call(v, &v->self, "interrupt %d on an eventfd: %s", index,
		  errno_text(ret));
	if (!ret && fire) {
		ret = vfiomig_irq_trigger(v->self.dev, index, 0, NULL);
		if (!ret && poll(&pollfd, 1, 1000) != 1)
			ret = -1;
		note_call(v, &v->self, "interrupt %d triggered: %s", index,
			  errno_text(ret));
	}
	end = vfiomig_irq_disable(v->self.dev, index, NULL);
	close(pollfd.fd);
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
	struct pollfd pollfd = { .events = POLLIN };

	if (index < 0) {
		skip(v, "the device has no interrupt");
		return;
	}
	pollfd.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vfiomig_irq_enable(v->self.dev, index, &pollfd.fd, 1, NULL) ||
	    vfiomig_irq_trigger(v->self.dev, index, 0, NULL) ||
	    poll(&pollfd, 1, 1000) != 1) {
		skip(v, "interrupt %d does not work in RUNNING either", index);
	} else if (eventfd_read(pollfd.fd, &(eventfd_t) { 0 }) ||
		   !go(v, &v->self, VFIO_MIG_STOP) ||
		   !go(v, &v->self, VFIO_MIG_RUNNING)) {
		blocked(v, "the device cannot be stopped and started");
	} else {
		expect(v, !vfiomig_irq_trigger(v->self.dev, index, 0, NULL) &&
		       poll(&pollfd, 1, 1000) == 1,
		       "the eventfd is signalled", "it is not");
	}
	vfiomig_irq_disable(v->self.dev, index, NULL);
	close(pollfd.fd);
}

static void regions_are_described(struct verify *v)
{
	struct vfio_region_info before, now;
	unsigned int i;

	if (vfiomig_region_info(v->self.dev, CONFIG, &before, NULL)) {
		blocked(v, "the config region cannot be asked for");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		const char *name = vfio_mig_state_name(stopped[i]);

		if (!enter(v, &v->self, stopped[i]) ||
		    !expect_ok(v, vfiomig_region_info(v->self.dev, CONFIG,
						      &now, NULL), name) ||
		    !expect(v, now.size == before.size,
			    "the config region's size as before", "%s: %llu",
			    name, now.size))
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
	{ "regions_are_described_while_stopped", SERVE_RULE, ANCHOR,
	  NEEDS_PCI, regions_are_described },
	{}
};

const struct check_group stopped_group = { "stopped", checks };
