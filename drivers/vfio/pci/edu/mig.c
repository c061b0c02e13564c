// SPDX-License-Identifier: GPL-2.0
/*
 * What is particular to edu about migration: its arcs and its sections.
 * Documentation/edu.md says what each arc means for the device.
 */
#include <linux/pci.h>
#include <linux/string.h>

#include "edu.h"

static_assert(sizeof(struct vfio_mig_edu_registers) == 48);
static_assert(sizeof(struct vfio_mig_edu_dma) == 8);

/* ---- arcs ---- */

/* Towards a peer that cannot be told of a pending command, it has to end. */
static int running_to_running_p2p(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);
	int ret = 0;

	if (!(mig->behaviours & VFIO_MIG_EDU_DMA_PENDING))
		ret = edu_dma_drain(edu);
	return ret ?: edu_dma_quiesce(edu, false);
}

static int running_p2p_to_running(struct vfio_mig_device *mig)
{
	edu_dma_run(edu_from_mig(mig));
	return 0;
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	return edu_hw_freeze(edu_from_mig(mig));
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	return edu_hw_thaw(edu_from_mig(mig), false);
}

static int reset(struct vfio_mig_device *mig)
{
	return edu_hw_scrub(edu_from_mig(mig), true);
}

/* ---- section registers ---- */

static void save_registers(struct vfio_mig_device *mig, void *payload)
{
	const struct edu_state *state = &edu_from_mig(mig)->state;
	struct vfio_mig_edu_registers *out = payload;

	out->liveness = cpu_to_le32(state->liveness);
	out->factorial = cpu_to_le32(state->factorial);
	out->status = cpu_to_le32(state->status);
	out->interrupt = cpu_to_le32(state->irq_status);
	out->dma_src = cpu_to_le64(state->dma_src);
	out->dma_dst = cpu_to_le64(state->dma_dst);
	out->dma_count = cpu_to_le64(state->dma_count);
	out->dma_command = cpu_to_le64(state->dma_command);
}

static int check_registers(struct vfio_mig_device *mig, const void *payload,
			   struct vfio_mig_refusal *why)
{
	const struct vfio_mig_edu_registers *in = payload;
	u32 factorial = le32_to_cpu(in->factorial);
	u32 status = le32_to_cpu(in->status);

	if (status & ~(u32)(EDU_STATUS_COMPUTING | EDU_STATUS_IRQ))
		return vfio_mig_refuse(why, -EINVAL,
				       VFIO_MIG_SECTION_EDU_REGISTERS,
				       "section registers: status %#x cannot be",
				       status);
	if (!(status & EDU_STATUS_COMPUTING) &&
	    edu_hw_argument_of(factorial) < 0)
		return vfio_mig_refuse(why, -EINVAL,
				       VFIO_MIG_SECTION_EDU_REGISTERS,
				       "section registers: %u is no factorial modulo 2^32",
				       factorial);
	return 0;
}

static void load_registers(struct edu_state *state,
			   const struct vfio_mig_edu_registers *in)
{
	state->liveness = le32_to_cpu(in->liveness);
	state->factorial = le32_to_cpu(in->factorial);
	state->status = le32_to_cpu(in->status);
	state->irq_status = le32_to_cpu(in->interrupt);
	state->dma_src = le64_to_cpu(in->dma_src);
	state->dma_dst = le64_to_cpu(in->dma_dst);
	state->dma_count = le64_to_cpu(in->dma_count);
	state->dma_command = le64_to_cpu(in->dma_command);
}

/* ---- section buffer ---- */

static bool buffer_present(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);
	bool present;

	mutex_lock(&edu->lock);
	present = memchr_inv(edu->state.buffer, 0, EDU_BUFFER_SIZE);
	mutex_unlock(&edu->lock);
	return present;
}

static void save_buffer(struct vfio_mig_device *mig, void *payload)
{
	memcpy(payload, edu_from_mig(mig)->state.buffer, EDU_BUFFER_SIZE);
}

/* All zero is what a reader begins with, so that need not be sent. */
static int track_buffer(struct vfio_mig_device *mig, bool on)
{
	struct edu_device *edu = edu_from_mig(mig);

	mutex_lock(&edu->lock);
	edu->tracking = on;
	edu->buffer_waits = on && memchr_inv(edu->state.buffer, 0,
					     EDU_BUFFER_SIZE);
	mutex_unlock(&edu->lock);
	return 0;
}

static void buffer_waiting(struct vfio_mig_device *mig,
			   struct vfio_mig_waiting *sum)
{
	struct edu_device *edu = edu_from_mig(mig);

	mutex_lock(&edu->lock);
	if (edu->buffer_waits) {
		sum->bytes += EDU_BUFFER_SIZE;
		sum->pieces++;
	}
	mutex_unlock(&edu->lock);
}

static int buffer_pieces(struct vfio_mig_device *mig,
			 struct vfio_mig_pieces *out)
{
	struct vfio_mig_piece piece = { .length = EDU_BUFFER_SIZE };
	struct edu_device *edu = edu_from_mig(mig);
	void *payload;
	bool waits;
	u32 room;

	payload = vfio_mig_piece_room(out, &room);
	if (!payload || room < EDU_BUFFER_SIZE)
		return 0;
	mutex_lock(&edu->lock);
	waits = edu->buffer_waits;
	if (waits)
		memcpy(payload, edu->state.buffer, EDU_BUFFER_SIZE);
	edu->buffer_waits = false;
	mutex_unlock(&edu->lock);
	if (waits)
		vfio_mig_piece_put(out, &piece);
	return 0;
}

/* It is sent as a whole, so what is less than that changes nothing. */
static u64 dirty(struct vfio_mig_device *mig, u64 bytes)
{
	struct edu_device *edu = edu_from_mig(mig);

	if (bytes < EDU_BUFFER_SIZE)
		return 0;
	mutex_lock(&edu->lock);
	edu->buffer_waits = edu->tracking;
	mutex_unlock(&edu->lock);
	return bytes - bytes % EDU_BUFFER_SIZE;
}

/* ---- section dma ---- */

static bool dma_present(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);
	bool present;

	mutex_lock(&edu->lock);
	present = edu->state.dma_command & EDU_DMA_RUN;
	mutex_unlock(&edu->lock);
	return present;
}

static void save_dma(struct vfio_mig_device *mig, void *payload)
{
	struct vfio_mig_edu_dma *out = payload;

	out->remaining_us =
		cpu_to_le32(edu_from_mig(mig)->state.dma_remaining_us);
}

static int check_dma(struct vfio_mig_device *mig, const void *payload,
		     struct vfio_mig_refusal *why)
{
	const struct vfio_mig_edu_dma *in = payload;

	if (le32_to_cpu(in->remaining_us) > EDU_DMA_DELAY_US)
		return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_EDU_DMA,
				       "section dma: %u us are left of %u",
				       le32_to_cpu(in->remaining_us),
				       EDU_DMA_DELAY_US);
	return 0;
}

/* ---- the stream ---- */

static const struct vfio_mig_section sections[] = {
	{
		.name = "registers",
		.id = VFIO_MIG_SECTION_EDU_REGISTERS,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.size = sizeof(struct vfio_mig_edu_registers),
		.always = true,
		.save = save_registers,
		.check = check_registers,
	},
	{
		.name = "buffer",
		.id = VFIO_MIG_SECTION_EDU_BUFFER,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.size = EDU_BUFFER_SIZE,
		.present = buffer_present,
		.save = save_buffer,
		.track = track_buffer,
		.waiting = buffer_waiting,
		.pieces = buffer_pieces,
	},
	{
		.name = "dma",
		.id = VFIO_MIG_SECTION_EDU_DMA,
		.flags = VFIO_MIG_FRAME_REQUIRED,
		.behaviour = VFIO_MIG_EDU_DMA_PENDING,
		.size = sizeof(struct vfio_mig_edu_dma),
		.present = dma_present,
		.save = save_dma,
		.check = check_dma,
	},
};

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	struct pci_dev *pdev = to_pci_dev(mig->vdev->dev);

	header->vendor = cpu_to_le16(pdev->vendor);
	header->device = cpu_to_le16(pdev->device);
	header->subsystem_vendor = cpu_to_le16(pdev->subsystem_vendor);
	header->subsystem_device = cpu_to_le16(pdev->subsystem_device);
	header->revision = pdev->revision;
	header->geometry[0] = cpu_to_le64(edu_dma_mask);
	header->geometry[1] = cpu_to_le64(EDU_BUFFER_SIZE);
}

/* A pending command and the section about it come together or not at all. */
static int check(struct vfio_mig_device *mig, const struct vfio_mig_load *load,
		 struct vfio_mig_refusal *why)
{
	const struct vfio_mig_edu_registers *registers =
		vfio_mig_loaded(load, VFIO_MIG_SECTION_EDU_REGISTERS);
	bool pending = le64_to_cpu(registers->dma_command) & EDU_DMA_RUN;

	if (pending == !!vfio_mig_loaded(load, VFIO_MIG_SECTION_EDU_DMA))
		return 0;
	return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_EDU_DMA,
			       "section dma: %s", pending ?
			       "missing, and a command is pending" :
			       "present, and no command is pending");
}

static void load(struct vfio_mig_device *mig, const struct vfio_mig_load *load)
{
	const struct vfio_mig_edu_dma *dma =
		vfio_mig_loaded(load, VFIO_MIG_SECTION_EDU_DMA);
	const void *buffer = vfio_mig_loaded(load, VFIO_MIG_SECTION_EDU_BUFFER);
	struct edu_device *edu = edu_from_mig(mig);
	struct edu_state *state = &edu->state;

	mutex_lock(&edu->lock);
	memset(state, 0, sizeof(*state));
	load_registers(state, vfio_mig_loaded(load,
					      VFIO_MIG_SECTION_EDU_REGISTERS));
	if (buffer)
		memcpy(state->buffer, buffer, EDU_BUFFER_SIZE);
	if (dma)
		state->dma_remaining_us = le32_to_cpu(dma->remaining_us);
	mutex_unlock(&edu->lock);
}

const struct vfio_mig_ops edu_mig_ops = {
	.hardware = &edu_hardware,
	.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
		    VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG,
	.arc = {
		[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = running_to_running_p2p,
		[VFIO_MIG_RUNNING_P2P_TO_RUNNING] = running_p2p_to_running,
		[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		[VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P] = running_to_running_p2p,
		[VFIO_MIG_PRE_COPY_P2P_TO_PRE_COPY] = running_p2p_to_running,
		[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] = running_p2p_to_stop,
	},
	.behaviours = VFIO_MIG_EDU_DMA_PENDING,
	.sections = sections,
	.nr_sections = ARRAY_SIZE(sections),
	.identity = identity,
	.check = check,
	.load = load,
	.dirty = dirty,
	.reset = reset,
};
