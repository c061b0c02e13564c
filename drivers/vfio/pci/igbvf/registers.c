// SPDX-License-Identifier: GPL-2.0
/* The registers: as a guest uses them where that is trapped; out of the hardware, and back. */
#include "igbvf.h"

/* ---- VTIVAR: what is written is ORed in the PF, until that is reset ---- */

/* All bits of the entries that are valid. */
static u32 entries(u32 value)
{
	return (value & 0x8080) / 0x80 * 0x87;
}

/* What the PF makes of a value: vectors of this VF; another VF's is not written. */
static u32 vtivar_of(u32 value)
{
	unsigned int i;

	for (i = 0; i < 16; i += 8)
		if ((value >> i & 7) >= VECTORS)
			value &= ~(0xff << i);
	return value & entries(value);
}

/* After a reset of the PF the register reads 0, which is never written. */
void igbvf_look_at_vtivar(struct igbvf *igbvf)
{
	u32 now = igbvf_get(igbvf, VTIVAR);

	igbvf->ivar = now ? igbvf->ivar | (now & entries(now)) : 0;
}

/* An entry keeps its vector: the PF ORs its own numbers of them, and a VF's 0 is not 0 there. */
bool igbvf_vtivar_can_be(struct igbvf *igbvf, u32 value)
{
	u32 both = entries(vtivar_of(value)) & entries(igbvf->ivar);

	return !((igbvf->ivar ^ value) & both);
}

static int set_vtivar(struct igbvf *igbvf, u32 value)
{
	igbvf_look_at_vtivar(igbvf);
	if (!igbvf_vtivar_can_be(igbvf, value))
		return -EIO;
	igbvf->state.reg[VTIVAR / 4] = value;
	vfio_mig_changed(&igbvf->pci.mig, SECTION_PF);
	value = vtivar_of(value);
	igbvf->ivar |= value;
	if (value)
		igbvf_set(igbvf, VTIVAR, value);
	return 0;
}

/* ---- what a guest reads and writes ---- */

/* Is it in the hardware now, and not in the state? */
static bool is_live(struct igbvf *igbvf, u32 reg)
{
	return igbvf->mode < (IS_XDCTL(reg) ? IGBVF_HELD : IGBVF_FROZEN) &&
	       (IS_RING(reg) || IS_WORD(reg) || IS_COUNTER(reg));
}

static u32 get(struct igbvf *igbvf, u32 reg)
{
	u32 value = igbvf_get(igbvf, reg);

	return IS_COUNTER(reg) ? value - igbvf->base[(reg - COUNTERS) / 4] : value;
}

u64 igbvf_read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	struct igbvf *igbvf = igbvf_of(mig);
	u32 *kept = &igbvf->state.reg[reg / 4];
	u32 at = reg & ~3, value = *kept;

	if (at == VTSTATUS)
		value = igbvf_get(igbvf, at) & ~VTSTATUS_VFS;
	else if (is_live(igbvf, at))
		value = get(igbvf, at);
	if (igbvf->mode != IGBVF_FROZEN && at == V2PMAILBOX)
		value |= igbvf_listen(igbvf);
	if (igbvf->mode != IGBVF_FROZEN && (at == V2PMAILBOX || at == VTEICR))
		*kept = 0;
	return value >> 8 * (reg & 3);
}

/* Into the state, and what acts into the hardware.  No driver writes less than a register. */
int igbvf_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct igbvf *igbvf = igbvf_of(mig);
	struct igbvf_state *state = &igbvf->state;
	u32 acts = ~0;

	if (igbvf->mode == IGBVF_FROZEN || width != 4)
		return 0;
	switch (reg) {
	case VTCTRL:
	case VTCTRL + 4:
		if (value & VTCTRL_RST)
			igbvf_reset(igbvf);
		return 0;
	case V2PMAILBOX:
		igbvf_speak(igbvf, value);
		return 0;
	case VTIVAR:
		return set_vtivar(igbvf, value);
	case VTEIMC:
		state->unmasked &= ~value;
		fallthrough;
	case VTEICS:
		igbvf_set(igbvf, reg, value & ALL_VECTORS);
		return 0;
	case VTEIMS:
		state->unmasked |= value & ALL_VECTORS;
		fallthrough;
	case VTEICR:
	case VTEIAC:
		acts = ALL_VECTORS;
		break;
	case VTEIAM:
		acts = 0;
		break;
	case VTEITR ... VTEITR + 4 * (VECTORS - 1):
		value &= 0x7fffffff;
		igbvf->longest = max_t(u32, igbvf->longest, value & 0x7ffe);
		break;
	case VTIVAR_MISC:
		acts = 0x83;
		break;
	default:
		if (!IS_RING(reg) && !IS_WORD(reg))
			return 0;
		if (IS_WORD(reg) && state->request[0])
			igbvf->clean = false;
		if (IS_XDCTL(reg) && igbvf->mode == IGBVF_HELD)
			acts &= ~XDCTL_ENABLE;
	}
	state->reg[reg / 4] = value;
	igbvf_set(igbvf, reg, value & acts);
	return 0;
}

/* ---- out of the hardware, and into it ---- */

static const u16 xdctls[] = { RXDCTL, RXDCTL + QUEUE_APART, TXDCTL, TXDCTL + QUEUE_APART };

/* Transmit first; a write ends all of a queue's DMA.  One that waits is on in the state alone. */
void igbvf_hold(struct vfio_mig_device *mig)
{
	struct igbvf *igbvf = igbvf_of(mig);
	u32 waits = igbvf->mode == IGBVF_WAITING ? XDCTL_ENABLE : 0;
	unsigned int i;
	u32 value, *kept;

	for (i = ARRAY_SIZE(xdctls); i--;) {
		kept = &igbvf->state.reg[xdctls[i] / 4];
		value = igbvf_get(igbvf, xdctls[i]);
		igbvf_set(igbvf, xdctls[i], value & ~XDCTL_ENABLE);
		*kept = value | (*kept & waits);
	}
	igbvf->mode = IGBVF_HELD;
}

/*
 * To enable starts nothing; a tail does.  For a guest that uses vectors all of them are
 * raised, as it cannot be read which waited: one that is masked is told when it is unmasked.
 */
void igbvf_queues_on(struct igbvf *igbvf)
{
	bool uses = igbvf->state.unmasked || igbvf->state.reg[VTEIMS / 4];
	unsigned int i;
	u32 value, tail;

	for (i = 0; i < ARRAY_SIZE(xdctls); i++) {
		value = igbvf->state.reg[xdctls[i] / 4];
		tail = xdctls[i] - XDCTL_TO_TAIL;
		if (!(value & XDCTL_ENABLE))
			continue;
		igbvf_set(igbvf, xdctls[i], value);
		igbvf_set(igbvf, tail, igbvf_get(igbvf, tail));
	}
	igbvf_set(igbvf, VTEICS, uses ? ALL_VECTORS : 0);
	igbvf->mode = IGBVF_RUNNING;
}

/* All that is in the hardware alone, and no vector is on then, nor is a timer started. */
void igbvf_freeze(struct vfio_mig_device *mig)
{
	struct igbvf *igbvf = igbvf_of(mig);
	u32 vfu = igbvf_listen(igbvf) & MAILBOX_VFU;
	u32 reg;

	igbvf_set(igbvf, VTEIMC, ALL_VECTORS);
	for (reg = VTEITR; reg < VTEITR + 4 * VECTORS; reg += 4)
		igbvf_set(igbvf, reg, 0);
	igbvf->still = ktime_add_ns(ktime_get(), igbvf->longest * 1024);
	igbvf->state.reg[V2PMAILBOX / 4] |= vfu;
	for (reg = VMBMEM; reg < RINGS_END; reg += 4)
		if (is_live(igbvf, reg))
			igbvf->state.reg[reg / 4] = get(igbvf, reg);
	igbvf->mode = IGBVF_FROZEN;
}

/* Words that are of this mailbox are there: the PF may have spoken since. */
static void restore(struct igbvf *igbvf, u32 reg)
{
	u32 value = igbvf->state.reg[reg / 4];

	if (IS_COUNTER(reg))
		igbvf->base[(reg - COUNTERS) / 4] = igbvf_get(igbvf, reg) - value;
	else if (IS_WORD(reg) ? igbvf->foreign : reg >= VTEIAC)
		igbvf_write(&igbvf->pci.mig, reg, value, 4);
}

/*
 * All of it, for no reset does that.  The queues stay off, and from the end of the registers
 * each is so before its tail is written: a reset of the PF has switched one of VF 0 on.
 */
void igbvf_thaw(struct vfio_mig_device *mig)
{
	struct igbvf *igbvf = igbvf_of(mig);
	u32 reg;

	igbvf->mode = IGBVF_HELD;
	if (!igbvf->foreign)
		igbvf->longest = 0;
	igbvf_set(igbvf, VTEIMC, ALL_VECTORS);
	igbvf_set(igbvf, VTEICR, ALL_VECTORS);
	for (reg = RINGS_END - 4; reg >= VMBMEM; reg -= 4)
		restore(igbvf, reg);
	igbvf_set(igbvf, VTEIMS, igbvf->state.unmasked);
	igbvf_restore_mailbox(igbvf);
}

/* VTCTRL.RST: the queues are off, and the PF forgets most of what it has granted. */
void igbvf_reset(struct igbvf *igbvf)
{
	unsigned int i;

	igbvf_listen(igbvf);
	igbvf_look_at_vtivar(igbvf);
	igbvf_set(igbvf, VTCTRL, VTCTRL_RST);
	for (i = 0; i < ARRAY_SIZE(xdctls); i++)
		igbvf->state.reg[xdctls[i] / 4] &= ~XDCTL_ENABLE;
	igbvf_granted_reset(&igbvf->state.granted);
	vfio_mig_changed(&igbvf->pci.mig, SECTION_PF);
}
