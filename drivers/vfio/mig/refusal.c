// SPDX-License-Identifier: GPL-2.0
/* Why something was not taken, in a sentence; <linux/vfio_mig_types.h> has it. */
#include "stream.h"
#include "stream_env.h"

int vfio_mig_refuse(struct vfio_mig_refusal *why, int error, __u32 section,
		    const char *format, ...)
{
	va_list args;

	if (why->error)
		return why->error;
	why->error = error;
	why->section = section;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return error;
}
