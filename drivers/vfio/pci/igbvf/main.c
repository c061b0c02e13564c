// SPDX-License-Identifier: GPL-2.0
/* A VF of QEMU's igb: its arcs, and what the driver declares.  See Documentation/igbvf.md. */
#include <linux/delay.h>

#include "igbvf.h"

#define GUEST_US	20000 /* a guest's message is answered by then, or is state */

/* ---- what the core asks for ---- */

/* What a guest switches off stays off. */
static void master(struct vfio_mig_device *mig, bool on)
{
	struct igbvf *igbvf = igbvf_of(mig);

	if (!on && igbvf->mode == IGBVF_RUNNING) {
		igbvf_hold(mig);
		igbvf->mode = IGBVF_RUNNING;
	} else if (on && igbvf->mode == IGBVF_WAITING) {
		igbvf_queues_on(igbvf);
	}
}

/* A queue that is on without Bus Master loses its ring to the first packet. */
static void run(struct vfio_mig_device *mig)
{
	igbvf_of(mig)->mode = IGBVF_WAITING;
	master(mig, igbvf_of(mig)->pci.command & PCI_COMMAND_MASTER);
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	int ret = vfio_mig_access_poll(mig, igbvf_has_answered, GUEST_US);
	s64 us;

	if (!ret || ret == -ETIMEDOUT)
		ret = vfio_mig_access(mig, igbvf_freeze);
	us = ktime_us_delta(igbvf_of(mig)->still, ktime_get()) + 1;
	if (!ret && us > 0)
		usleep_range(us, us + 10);
	return ret;
}

/*
 * Of what a reset does not bring back: no other addresses, and frames of the usual size.
 * Where a PF does not let a VF say which addresses it wants, there are none.
 */
static void clean_pf(struct igbvf *igbvf)
{
	static const struct igbvf_granted nothing = { .reset = 1, .frame = IGBVF_FRAME };
	u64 *unicast = igbvf->state.granted.unicast;
	struct vfio_mig_refusal why = {};

	unicast[0] = 1; /* whatever there is */
	igbvf->clean = igbvf_have_granted(igbvf, &nothing, &why) != -EIO;
	if (igbvf->clean)
		memset(unicast, 0, IGBVF_UNICASTS * sizeof(*unicast));
}

/* Smaller frames than usual are as bad for the next user as larger ones. */
static void blank(struct vfio_mig_device *mig)
{
	struct igbvf *igbvf = igbvf_of(mig);
	const struct igbvf_granted *granted = &igbvf->state.granted;

	igbvf_hold(mig);
	igbvf_freeze(mig);
	igbvf_reset(igbvf);
	if (granted->unicast[0] || igbvf->state.request[0] ||
	    (granted->frame && granted->frame != IGBVF_FRAME))
		igbvf->clean = false;
	igbvf->foreign = true;
	vfio_mig_power_on(mig);
}

static int scrub(struct vfio_mig_device *mig)
{
	int ret = vfio_mig_access(mig, blank);

	if (!ret && !igbvf_of(mig)->clean) {
		clean_pf(igbvf_of(mig));
		ret = vfio_mig_access(mig, blank);
	}
	return ret > 0 ? -ENODEV : ret;
}

static int ask(struct vfio_mig_device *mig, const void *state, struct vfio_mig_refusal *why)
{
	struct igbvf *igbvf = igbvf_of(mig);
	const struct igbvf_state *their = state;
	int ret;

	igbvf->foreign = true;
	if (!igbvf->clean)
		clean_pf(igbvf);
	ret = igbvf_have_granted(igbvf, &their->granted, why);
	if (ret || igbvf_vtivar_can_be(igbvf, their->reg[VTIVAR / 4]))
		return ret;
	return vfio_mig_refuse(why, -EBUSY, SECTION_PF,
			       "vtivar %#x: this VF had another before; reset the PF",
			       their->reg[VTIVAR / 4]);
}

/* ---- what is declared ---- */

#define FIELD(label, member, ...) VFIO_MIG_FIELD(label, struct igbvf_state, member, ##__VA_ARGS__)
#define HEX(label, member, ...)	FIELD(label, member, .hex = true, ##__VA_ARGS__)
#define REG(label, offset, ...)	HEX(label, reg[(offset) / 4], ##__VA_ARGS__)
#define RING(label, offset, ...)					\
	REG(label, offset, .count = 2, .apart = QUEUE_APART, ##__VA_ARGS__)

static const struct vfio_mig_field pf[] = {
	HEX("mac", granted.mac, .mask = GENMASK_ULL(47, 0)),
	FIELD("reset", granted.reset, .most = 1),
	HEX("promiscuous", granted.promiscuous, .mask = 0xff), FIELD("frame", granted.frame),
	HEX("unicast", granted.unicast[0], .mask = GENMASK_ULL(47, 0), .count = IGBVF_UNICASTS),
	HEX("multicast", granted.multicast[0], .count = IGBVF_WORDS),
	FIELD("vlans", granted.vlans), REG("vtivar", VTIVAR),
};

static const struct vfio_mig_field registers[] = {
	RING("rdbal", 0x2800, .mask = 0xffffffe0), RING("rdbah", 0x2804),
	RING("rdlen", 0x2808, .mask = 0xffff0), RING("srrctl", 0x280c),
	RING("rdh", 0x2810, .mask = 0xffff), RING("rdt", 0x2818, .mask = 0xffff),
	RING("rxdctl", RXDCTL, .initial = 0x10000),
	RING("tdbal", 0x3800, .mask = 0xffffffe0), RING("tdbah", 0x3804),
	RING("tdlen", 0x3808, .mask = 0xffff0), RING("tdh", 0x3810, .mask = 0xffff),
	RING("dca_txctrl", 0x3814, .initial = 0x2a00), RING("tdt", 0x3818, .mask = 0xffff),
	RING("txdctl", TXDCTL), RING("tdwbal", 0x3838), RING("tdwbah", 0x383c),
	REG("gprc", 0x0f10), REG("gptc", 0x0f14), REG("gorc", 0x0f18), REG("gotc", 0x0f34),
	REG("mprc", 0x0f3c), HEX("unmasked", unmasked, .mask = ALL_VECTORS),
	REG("vteims", VTEIMS), REG("vteiac", VTEIAC), REG("vteiam", VTEIAM),
	REG("vteicr", VTEICR), REG("vteitr", VTEITR, .mask = 0x7fffffff, .count = VECTORS),
	REG("vtivar_misc", VTIVAR_MISC),
};

static const struct vfio_mig_field mailbox[] = {
	REG("bits", V2PMAILBOX, .mask = MAILBOX_CLEARED | MAILBOX_VFU),
	REG("word", VMBMEM, .count = IGBVF_WORDS),
	HEX("request", request[0], .count = IGBVF_WORDS),
};

static const struct vfio_mig_section sections[] = {
	{ "pf", SECTION_PF, VFIO_MIG_FRAME_REQUIRED, VFIO_MIG_FIELDS(pf),
	  .always = true, .live = true },
	{ "registers", 0x69670002, VFIO_MIG_FRAME_REQUIRED, VFIO_MIG_FIELDS(registers),
	  .always = true },
	{ "mailbox", 0x69670003, VFIO_MIG_FRAME_REQUIRED, VFIO_MIG_FIELDS(mailbox) },
};

/* A window on no register reads 0, and each of these has bits that do. */
static bool recognize(const void __iomem *registers)
{
	return !(ioread32(registers + VTCTRL) | ioread32(registers + 0x10)) &&
	       ioread32(registers + VTSTATUS) & BIT(31) &&
	       !((ioread32(registers + 0x2808) | ioread32(registers + 0x3808)) & ~0xffff0);
}

static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_VENDOR_ID_INTEL, 0x10ca) },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static const struct vfio_mig_pci_part mapped[] = { { RINGS, RINGS_END - RINGS } };

static struct vfio_mig_pci_driver igbvf_driver = {
	.name = "igb VF",
	.ids = ids,
	.size = sizeof(struct igbvf),
	.class = PCI_CLASS_NETWORK_ETHERNET,
	.bars[0] = {
		.least = RINGS_END, .most = RINGS_END, .read = igbvf_read, .write = igbvf_write,
		VFIO_MIG_MAPPED(mapped), .held = true,
	},
	.recognize = recognize,
	.arc[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = igbvf_hold,
	.arc[VFIO_MIG_RUNNING_P2P_TO_RUNNING] = run,
	.arc[VFIO_MIG_STOP_TO_RUNNING_P2P] = igbvf_thaw,
	.master = master,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_PRE_COPY,
		VFIO_MIG_STATE(struct igbvf, state),
		VFIO_MIG_SECTIONS(sections),
		.arc[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		.scrub = scrub,
		.ask = ask,
	},
};
module_vfio_mig_pci_driver(igbvf_driver);

MODULE_DESCRIPTION("VFIO driver with migration for virtual functions of QEMU's igb");
MODULE_LICENSE("GPL");
