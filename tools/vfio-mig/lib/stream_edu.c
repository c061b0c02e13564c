// SPDX-License-Identifier: GPL-2.0
/*
 * The streams of edu_vfio_pci: fields, and the rules that Documentation/edu.md
 * has for them.
 */
#include "lib.h"
#include "stream_env.h"
#include "stream_table.h"

#define STATUS_COMPUTING	0x01
#define STATUS_IRQ		0x80
#define DMA_RUN			0x01
#define DMA_DELAY_US		100000
#define BUFFER_SIZE		4096

/* From 34 on, a factorial is 0 modulo 2^32. */
#define FACTORIAL_ZERO		34

#define FIELD(type, member, base)					\
	{								\
		.name = #member,					\
		.offset = offsetof(struct type, member),		\
		.size = sizeof(((struct type *)0)->member),		\
		.hex = (base) == 16,					\
	}

static const struct vfiomig_field registers_fields[] = {
	FIELD(vfio_mig_edu_registers, liveness, 16),
	FIELD(vfio_mig_edu_registers, factorial, 10),
	FIELD(vfio_mig_edu_registers, status, 16),
	FIELD(vfio_mig_edu_registers, interrupt, 16),
	FIELD(vfio_mig_edu_registers, dma_src, 16),
	FIELD(vfio_mig_edu_registers, dma_dst, 16),
	FIELD(vfio_mig_edu_registers, dma_count, 10),
	FIELD(vfio_mig_edu_registers, dma_command, 16),
	{}
};

static const struct vfiomig_field dma_fields[] = {
	FIELD(vfio_mig_edu_dma, remaining_us, 10),
	FIELD(vfio_mig_edu_dma, reserved, 16),
	{}
};

static bool is_factorial(__u32 result)
{
	__u32 factorial = 1;
	__u32 n;

	for (n = 1; n <= FACTORIAL_ZERO; n++) {
		if (factorial == result)
			return true;
		factorial *= n;
	}
	return factorial == result;
}

static int check_registers(const void *payload, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_edu_registers *in = payload;
	__u32 factorial = le32_to_cpu(in->factorial);
	__u32 status = le32_to_cpu(in->status);

	if (status & ~(__u32)(STATUS_COMPUTING | STATUS_IRQ))
		return vfio_mig_refuse(why, -EINVAL,
				       VFIO_MIG_SECTION_EDU_REGISTERS,
				       "section registers: status %#x cannot be",
				       status);
	if (!(status & STATUS_COMPUTING) && !is_factorial(factorial))
		return vfio_mig_refuse(why, -EINVAL,
				       VFIO_MIG_SECTION_EDU_REGISTERS,
				       "section registers: %u is no factorial modulo 2^32",
				       factorial);
	return 0;
}

static int check_dma(const void *payload, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_edu_dma *in = payload;

	if (le32_to_cpu(in->remaining_us) > DMA_DELAY_US)
		return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_EDU_DMA,
				       "section dma: %u us are left of %u",
				       le32_to_cpu(in->remaining_us),
				       DMA_DELAY_US);
	return 0;
}

/* A pending command and the section about it come together or not at all. */
static int check(const struct vfiomig_stream *stream,
		 struct vfio_mig_refusal *why)
{
	struct vfio_mig_edu_registers registers;
	const struct vfiomig_section *section;
	bool pending;
	int err;

	section = vfiomig_stream_section(stream,
					 VFIO_MIG_SECTION_EDU_REGISTERS);
	err = vfiomig_stream_read(stream, section, 0, &registers,
				  sizeof(registers), NULL);
	if (err)
		return err;
	pending = le64_to_cpu(registers.dma_command) & DMA_RUN;
	if (pending == !!vfiomig_stream_section(stream,
						VFIO_MIG_SECTION_EDU_DMA))
		return 0;
	return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_EDU_DMA,
			       "section dma: %s", pending ?
			       "missing, and a command is pending" :
			       "present, and no command is pending");
}

static const struct vfiomig_section_type sections[] = {
	{
		.id = VFIO_MIG_SECTION_EDU_REGISTERS,
		.size = sizeof(struct vfio_mig_edu_registers),
		.always = true,
		.fields = registers_fields,
		.check = check_registers,
	},
	{
		.id = VFIO_MIG_SECTION_EDU_BUFFER,
		.size = BUFFER_SIZE,
		.pieces = true,
	},
	{
		.id = VFIO_MIG_SECTION_EDU_DMA,
		.size = sizeof(struct vfio_mig_edu_dma),
		.fields = dma_fields,
		.check = check_dma,
	},
};

const struct vfiomig_device_type vfiomig_edu_type = {
	.vendor = 0x1234,
	.device = 0x11e8,
	.sections = sections,
	.count = LIB_COUNT(sections),
	.check = check,
};
