/* SPDX-License-Identifier: GPL-2.0 */
/* A VF of QEMU's igb: registers (all others read 0), state, and what the driver's files share. */
#ifndef IGBVF_H
#define IGBVF_H

#include <linux/vfio_mig_pci.h>

#include "mailbox.h"

#define SECTION_PF		0x69670001

/* Page 0 of BAR0 */
#define VTCTRL			0x0000 /* twice */
#define  VTCTRL_RST		BIT(26)
#define VTSTATUS		0x0008
#define  VTSTATUS_VFS		GENMASK(17, 14) /* how many the host has: no guest's business */
#define VMBMEM			0x0800
#define IS_WORD(reg)		((reg) - VMBMEM < 4 * IGBVF_WORDS) /* of a u32 */
#define V2PMAILBOX		0x0c40
#define  MAILBOX_REQ		BIT(0) /* written: a message is there */
#define  MAILBOX_ACK		BIT(1) /* written: the PF's has been read */
#define  MAILBOX_VFU		BIT(2) /* the VF uses the words, and the PF does not */
#define  MAILBOX_PFSTS		BIT(4) /* the PF has written a message */
#define  MAILBOX_PFACK		BIT(5) /* and has read one */
#define  MAILBOX_RSTI		BIT(6) /* it is in reset, or down */
#define  MAILBOX_RSTD		BIT(7) /* it has been */
#define  MAILBOX_CLEARED	(MAILBOX_PFSTS | MAILBOX_PFACK | MAILBOX_RSTD) /* when read */
#define COUNTERS		0x0f10
#define COUNTERS_END		0x0f40
#define IS_COUNTER(reg)		((reg) - COUNTERS < COUNTERS_END - COUNTERS) /* likewise */
/* Page 1; of VTEIMS, what was written last, and not which vectors are masked */
#define VTEICS			0x1520
#define VTEIMS			0x1524
#define VTEIMC			0x1528
#define VTEIAC			0x152c
#define VTEIAM			0x1530
#define VTEICR			0x1580
#define VTEITR			0x1680
#define  VECTORS		3
#define  ALL_VECTORS		GENMASK(VECTORS - 1, 0)
#define VTIVAR			0x1700
#define VTIVAR_MISC		0x1740
/* Pages 2 and 3, which a guest maps: two queues each */
#define RINGS			0x2000
#define QUEUE_APART		0x0100
#define RXDCTL			0x2828
#define TXDCTL			0x3828
#define  XDCTL_ENABLE		BIT(25)
#define  XDCTL_TO_TAIL		0x10 /* RDT and TDT are that much before */
#define RINGS_END		0x4000
/* As of the first receive queue, which begins at 0x2800 */
#define RX0(reg)		((reg) & ~(QUEUE_APART | (RXDCTL ^ TXDCTL)))
#define IS_XDCTL(reg)		(RX0(reg) == RXDCTL)
#define IS_RING(reg)		((RX0(reg) & ~0x3c) == 0x2800)

/* All that a guest can see.  Documentation/igbvf.md says which of it is valid when. */
struct igbvf_state {
	struct igbvf_granted granted;
	u32 reg[RINGS_END / 4];
	u32 unmasked; /* vectors */
	u32 request[IGBVF_WORDS]; /* a message that has no answer yet; [0] is 0 if there is none */
};

/* A VF; all under the lock of pci.mig. */
struct igbvf {
	struct vfio_mig_pci_device pci;
	struct igbvf_state state;
	/* Queues on; to be so with Bus Master; off, and RXDCTL, TXDCTL in the state; all there. */
	enum { IGBVF_RUNNING, IGBVF_WAITING, IGBVF_HELD, IGBVF_FROZEN } mode;
	bool foreign; /* the state is not of this mailbox: it was loaded, or is power-on's */
	bool clean; /* the PF has nothing of any user of the VF but what is in @state.granted */
	const struct igbvf_granted *wants; /* what the driver itself has the PF grant */
	bool refused; /* the PF's last answer was that */
	u32 ivar; /* all that VTIVAR was set to since the PF's reset */
	u32 longest; /* timer that may run, as in VTEITR */
	ktime_t still; /* when the longest that runs while it is frozen has ended */
	u32 base[(COUNTERS_END - COUNTERS) / 4]; /* what is subtracted from the counters */
};

static inline struct igbvf *igbvf_of(struct vfio_mig_device *mig)
{
	return container_of(mig, struct igbvf, pci.mig);
}

static inline u32 igbvf_get(struct igbvf *igbvf, u32 reg)
{
	return ioread32(igbvf->pci.bar[0] + reg);
}

static inline void igbvf_set(struct igbvf *igbvf, u32 reg, u32 value)
{
	iowrite32(value, igbvf->pci.bar[0] + reg);
}

/* registers.c; between vfio_mig_access_begin() and _end(), but for a guest's own use */
u64 igbvf_read(struct vfio_mig_device *mig, u32 reg, u32 width);
int igbvf_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width);
void igbvf_hold(struct vfio_mig_device *mig);
void igbvf_queues_on(struct igbvf *igbvf);
void igbvf_freeze(struct vfio_mig_device *mig);
void igbvf_thaw(struct vfio_mig_device *mig);
void igbvf_reset(struct igbvf *igbvf);
void igbvf_look_at_vtivar(struct igbvf *igbvf);
bool igbvf_vtivar_can_be(struct igbvf *igbvf, u32 value);

/* pf.c; likewise, but for the last, which waits */
u32 igbvf_listen(struct igbvf *igbvf);
void igbvf_speak(struct igbvf *igbvf, u32 value);
bool igbvf_has_answered(struct vfio_mig_device *mig);
void igbvf_restore_mailbox(struct igbvf *igbvf);
int igbvf_have_granted(struct igbvf *igbvf, const struct igbvf_granted *wants,
		       struct vfio_mig_refusal *why);

#endif
