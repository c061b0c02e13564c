// SPDX-License-Identifier: GPL-2.0
/* What a guest and its PF say is noted here, and what is granted is granted anew by another. */
#include "igbvf.h"

#define LOCK_US		2000 /* the PF uses the words for a moment only */
#define ANSWER_US	1000000 /* a PF that is up has answered by then */
#define MESSAGES	512 /* more than a PF can grant a VF, and take back */

/* ---- both talks: the guest's, and the driver's own for one that stands still ---- */

/* All but the timers is cleared, and nothing granted; Linux's igb keeps a unicast list's room. */
static void note_reset(struct igbvf *igbvf)
{
	if (igbvf->state.granted.unicast[0])
		igbvf->clean = false;
	memset(&igbvf->state.granted, 0, sizeof(igbvf->state.granted));
	memset(igbvf->base, 0, sizeof(igbvf->base));
	igbvf_look_at_vtivar(igbvf);
	vfio_mig_changed(&igbvf->pci.mig, SECTION_PF);
}

static void note_answer(struct igbvf *igbvf)
{
	struct igbvf_state *state = &igbvf->state;
	u32 words[IGBVF_WORDS];
	int ret;

	__ioread32_copy(words, igbvf->pci.bar[0] + VMBMEM, IGBVF_WORDS);
	ret = igbvf_granted_answer(&state->granted, state->request, words);
	if (ret > 0)
		return;
	igbvf->refused = ret;
	memset(state->request, 0, sizeof(state->request));
	vfio_mig_changed(&igbvf->pci.mig, SECTION_PF);
}

/* V2PMAILBOX; the bits that this clears are kept for the guest. */
u32 igbvf_listen(struct igbvf *igbvf)
{
	u32 value = igbvf_get(igbvf, V2PMAILBOX);

	igbvf->state.reg[V2PMAILBOX / 4] |= value & MAILBOX_CLEARED;
	if (value & (MAILBOX_RSTI | MAILBOX_RSTD))
		note_reset(igbvf);
	if (value & MAILBOX_PFSTS && igbvf->state.request[0])
		note_answer(igbvf);
	return value;
}

void igbvf_speak(struct igbvf *igbvf, u32 value)
{
	igbvf_listen(igbvf);
	if (value & MAILBOX_REQ) {
		__ioread32_copy(igbvf->state.request, igbvf->pci.bar[0] + VMBMEM, IGBVF_WORDS);
		/* Nobody would see what the PF reads instead. */
		igbvf->clean &= !!igbvf->state.request[0];
	}
	igbvf_set(igbvf, V2PMAILBOX, value & (MAILBOX_REQ | MAILBOX_ACK | MAILBOX_VFU));
}

bool igbvf_has_answered(struct vfio_mig_device *mig)
{
	igbvf_listen(igbvf_of(mig));
	return !igbvf_of(mig)->state.request[0];
}

/* A message that was not answered where it was saved is sent here; there it has been. */
void igbvf_restore_mailbox(struct igbvf *igbvf)
{
	u32 *bits = &igbvf->state.reg[V2PMAILBOX / 4], *request = igbvf->state.request;
	u32 resets;

	if (igbvf->foreign) {
		resets = igbvf_get(igbvf, V2PMAILBOX) & (MAILBOX_RSTI | MAILBOX_RSTD);
		if (resets)
			note_reset(igbvf);
		if (request[0])
			__iowrite32_copy(igbvf->pci.bar[0] + VMBMEM, request, IGBVF_WORDS);
		igbvf_set(igbvf, V2PMAILBOX, request[0] ? MAILBOX_REQ : *bits & MAILBOX_VFU);
		*bits |= resets;
	}
	igbvf->foreign = false;
	*bits &= MAILBOX_CLEARED;
}

/* ---- the driver's own ---- */

/* The next message, if there is one, as soon as the PF is up and the words are the VF's. */
static bool send(struct vfio_mig_device *mig)
{
	struct igbvf *igbvf = igbvf_of(mig);
	struct igbvf_message message;

	igbvf->state.request[0] = 0;
	igbvf_listen(igbvf);
	if (!igbvf_granted_next(igbvf->wants, &igbvf->state.granted, &message))
		return true;
	igbvf_set(igbvf, V2PMAILBOX, MAILBOX_VFU);
	if ((igbvf_listen(igbvf) & (MAILBOX_VFU | MAILBOX_RSTI)) != MAILBOX_VFU)
		return false;
	__iowrite32_copy(igbvf->pci.bar[0] + VMBMEM, message.words, IGBVF_WORDS);
	igbvf_speak(igbvf, MAILBOX_REQ);
	return true;
}

int igbvf_have_granted(struct igbvf *igbvf, const struct igbvf_granted *wants,
		       struct vfio_mig_refusal *why)
{
	struct vfio_mig_device *mig = &igbvf->pci.mig;
	unsigned int left = MESSAGES;
	struct igbvf_message message;

	igbvf->wants = wants;
	igbvf->refused = false;
	do {
		if (vfio_mig_access_poll(mig, send, LOCK_US) ||
		    vfio_mig_access_poll(mig, igbvf_has_answered, ANSWER_US))
			return vfio_mig_refuse(why, -EIO, SECTION_PF,
					       "the PF does not answer: is it up?");
		if (!left--)
			return vfio_mig_refuse(why, -EINVAL, SECTION_PF,
					       "no PF can have granted that");
		if (!igbvf_granted_next(wants, &igbvf->state.granted, &message))
			return 0;
	} while (!igbvf->refused);
	return vfio_mig_refuse(why, -EPERM, SECTION_PF, "the PF does not let this VF have %s %#llx",
			       message.about, message.number);
}
