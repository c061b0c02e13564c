// SPDX-License-Identifier: GPL-2.0
/*
 * What is asked of a device, just as it is asked: nothing is repeated, checked
 * or made good.  Each call is noted.  files.c has those of data files.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "uapi/linux/vfio_mig.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX
#define HEAD	sizeof(struct vfio_device_feature)
#define SIGNAL_MS	1000
#define FILL	0xa5

static int feature_ioctl(struct side *side, __u32 flags, size_t argsz,
			 void *data, size_t size)
{
	struct {
		struct vfio_device_feature feature;
		__u8 data[FEATURE_ROOM];
	} arg = { .feature = { .argsz = argsz, .flags = flags } };
	int ret;

	/* A probe of a feature has no data: not even memcpy() of nothing. */
	if (size)
		memcpy(arg.data, data, size);
	ret = ioctl(vfiomig_fd(side->dev), VFIO_DEVICE_FEATURE, &arg);
	if (ret < 0)
		ret = -errno;
	if (size)
		memcpy(data, arg.data, size);
	return ret;
}

int call_feature(struct verify *v, struct side *side, __u32 flags,
		 size_t argsz, void *data, size_t size)
{
	static const __u32 methods = VFIO_DEVICE_FEATURE_PROBE |
				     VFIO_DEVICE_FEATURE_GET |
				     VFIO_DEVICE_FEATURE_SET |
				     VFIO_DEVICE_FEATURE_MASK;
	char hex[2 * FEATURE_ROOM + 1], more[16] = "";
	int ret;

	if (flags & ~methods)
		snprintf(more, sizeof(more), "+%#x", flags & ~methods);
	note_call(v, side, "feature %u%s%s%s%s %zu%s%s",
		  flags & VFIO_DEVICE_FEATURE_MASK,
		  flags & VFIO_DEVICE_FEATURE_PROBE ? "+probe" : "",
		  flags & VFIO_DEVICE_FEATURE_GET ? "+get" : "",
		  flags & VFIO_DEVICE_FEATURE_SET ? "+set" : "", more, argsz,
		  size ? " " : "", hex_text(hex, sizeof(hex), data, size));
	ret = feature_ioctl(side, flags, argsz, data, size);
	note_result(v, "%s%s%s", errno_text(ret), !ret && size ? ", " : "",
		    ret ? "" : hex_text(hex, sizeof(hex), data, size));
	return ret;
}

int call_set(struct verify *v, struct side *side, __u32 state, int *data_fd)
{
	struct vfio_device_feature_mig_state set = {
		.device_state = state,
		.data_fd = -2,
	};
	bool came;
	int ret;

	if (state < VFIO_MIG_NR_STATES)
		note_call(v, side, "set %s", vfio_mig_state_name(state));
	else
		note_call(v, side, "set %u", state);
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			    HEAD + sizeof(set), &set, sizeof(set));
	came = !ret && set.data_fd >= 0;
	note_result(v, "%s%s", errno_text(ret), came ? ", a data_fd" : "");
	if (came)
		note_data_fd(v, side, set.data_fd);
	if (data_fd)
		*data_fd = set.data_fd;
	else if (came)
		call_close(v, set.data_fd);
	return ret;
}

static int get_state(struct side *side,
		     struct vfio_device_feature_mig_state *state)
{
	*state = (struct vfio_device_feature_mig_state) { .data_fd = -2 };
	return feature_ioctl(side, VFIO_DEVICE_FEATURE_GET |
			     VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			     HEAD + sizeof(*state), state, sizeof(*state));
}

int call_get(struct verify *v, struct side *side,
	     struct vfio_device_feature_mig_state *state)
{
	int ret = get_state(side, state);

	note_call(v, side, "get");
	note_result(v, "%s%s", ret ? errno_text(ret) :
		    vfio_mig_state_name(state->device_state),
		    !ret && state->data_fd != -1 ? ", a data_fd" : "");
	return ret;
}

/* On the way, and so not noted. */
int state_of(struct side *side)
{
	struct vfio_device_feature_mig_state now;

	return get_state(side, &now) ? -1 : (int)now.device_state;
}

int call_data_size(struct verify *v, struct side *side, __u64 *bytes)
{
	struct vfio_device_feature_mig_data_size size = {};
	int ret;

	note_call(v, side, "size");
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			    HEAD + sizeof(size), &size, sizeof(size));
	note_result(v, "%s, %llu bytes", errno_text(ret),
		    size.stop_copy_length);
	*bytes = size.stop_copy_length;
	return ret;
}

int call_precopy_v2(struct verify *v, struct side *side)
{
	int ret = call_feature(v, side, VFIO_DEVICE_FEATURE_SET |
			       FEATURE_PRECOPY_INFO_V2, HEAD, NULL, 0);

	if (!ret && side == &v->self)
		v->opted_in = true;
	return ret;
}

int call_arcs(struct verify *v, struct side *side,
	      struct vfio_device_mig_arc *query)
{
	int ret;

	*query = (struct vfio_device_mig_arc) {
		.argsz = sizeof(*query),
		.flags = VFIO_MIG_ARC_ALL,
	};
	note_call(v, side, "arcs");
	ret = vfiomig_call(side->dev, VFIOMIG_ARC_SUPPORTED, query);
	note_result(v, "%s, %#llx, direct %#llx", errno_text(ret),
		    query->settable, query->direct);
	return ret;
}

int call_info(struct verify *v, struct side *side, __u32 *flags)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int ret;

	note_call(v, side, "info");
	ret = ioctl(vfiomig_fd(side->dev), VFIO_DEVICE_GET_INFO, &info);
	ret = ret < 0 ? -errno : 0;
	note_result(v, "%s, flags %#x", errno_text(ret), info.flags);
	*flags = ret ? 0 : info.flags;
	return ret;
}

int call_sleep(struct verify *v, struct side *side, unsigned int ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	note_call(v, side, "sleep %u", ms);
	nanosleep(&pause, NULL);
	note_result(v, "%s", errno_text(0));
	return 0;
}

/* ---- resets ---- */

int call_reset(struct verify *v, struct side *side)
{
	int ret;

	note_call(v, side, "reset");
	ret = ioctl(vfiomig_fd(side->dev), VFIO_DEVICE_RESET);
	ret = ret < 0 ? -errno : 0;
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_hot_reset(struct verify *v, struct side *side)
{
	int ret;

	note_call(v, side, "hot-reset");
	ret = vfiomig_hot_reset(side->dev, NULL);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

/* ---- config space, regions, interrupts ---- */

int call_config_read(struct verify *v, struct side *side, __u32 offset,
		     void *data, size_t size)
{
	char hex[33];
	int ret;

	note_call(v, side, "config-read %#x %zu", offset, size);
	ret = vfiomig_read(side->dev, CONFIG, offset, data, size, NULL);
	note_result(v, "%s%s%s", errno_text(ret), ret ? "" : ", ",
		    ret ? "" : hex_text(hex, sizeof(hex), data,
					size < 16 ? size : 16));
	return ret;
}

int call_config_write(struct verify *v, struct side *side, __u32 offset,
		      const void *data, size_t size)
{
	char hex[33];
	int ret;

	note_call(v, side, "config-write %#x %s", offset,
		  hex_text(hex, sizeof(hex), data, size));
	ret = vfiomig_write(side->dev, CONFIG, offset, data, size, NULL);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_region(struct verify *v, struct side *side, __u32 index, __u64 *size)
{
	struct vfio_region_info info = {};
	int ret;

	note_call(v, side, "region %u", index);
	ret = vfiomig_region_info(side->dev, index, &info, NULL);
	note_result(v, "%s, %llu bytes", errno_text(ret), info.size);
	*size = info.size;
	return ret;
}

int enable_irq(struct side *side, __u32 index)
{
	int ret;

	if (side->eventfd >= 0)
		close(side->eventfd);
	side->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = vfiomig_irq_enable(side->dev, index, &side->eventfd, 1, NULL);
	side->irq = ret ? -1 : (int)index;
	side->irq_count = 0;
	return ret;
}

int call_irq_on(struct verify *v, struct side *side, __u32 index)
{
	int ret;

	note_call(v, side, "irq-on %u", index);
	ret = enable_irq(side, index);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_irq_trigger(struct verify *v, struct side *side, __u32 index)
{
	struct pollfd pollfd = { .fd = side->eventfd, .events = POLLIN };
	eventfd_t count;
	int ret;

	note_call(v, side, "irq-trigger %u", index);
	ret = vfiomig_irq_trigger(side->dev, index, 0, NULL);
	if (ret) {
		note_result(v, "%s", errno_text(ret));
		return ret;
	}
	if (poll(&pollfd, 1, SIGNAL_MS) == 1 &&
	    !eventfd_read(side->eventfd, &count)) {
		note_result(v, "success, it comes");
		return 0;
	}
	note_result(v, "success, but it does not come");
	return -ETIME;
}

int call_irq_off(struct verify *v, struct side *side, __u32 index)
{
	int ret;

	note_call(v, side, "irq-off %u", index);
	ret = vfiomig_irq_disable(side->dev, index, NULL);
	note_result(v, "%s", errno_text(ret));
	if (side->eventfd >= 0)
		close(side->eventfd);
	side->eventfd = -1;
	side->irq = -1;
	return ret;
}

/* ---- memory ---- */

int map_memory(struct side *side, __u64 iova, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (memory == MAP_FAILED)
		return -ENOMEM;
	memset(memory, FILL, size);
	ret = vfiomig_dma_map(side->dev, memory, iova, size,
			      VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE, NULL);
	if (ret) {
		munmap(memory, size);
		return ret;
	}
	side->memory = memory;
	side->memory_size = size;
	side->iova = iova;
	return 0;
}

int call_map(struct verify *v, struct side *side, __u64 iova, size_t size)
{
	int ret;

	note_call(v, side, "map %#llx %zu", iova, size);
	ret = map_memory(side, iova, size);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_memory(struct verify *v, struct side *side)
{
	size_t i = 0;

	note_call(v, side, "memory");
	while (i < side->memory_size && side->memory[i] == FILL)
		i++;
	if (i == side->memory_size)
		note_result(v, "as it was");
	else
		note_result(v, "written at byte %zu", i);
	return i == side->memory_size ? 0 : -ECHRNG;
}

int call_unmap(struct verify *v, struct side *side, __u64 iova)
{
	int ret;

	note_call(v, side, "unmap %#llx", iova);
	ret = vfiomig_dma_unmap(side->dev, iova, side->memory_size, NULL);
	if (side->memory)
		munmap(side->memory, side->memory_size);
	side->memory = NULL;
	side->memory_size = 0;
	note_result(v, "%s", errno_text(ret));
	return ret;
}

/* ---- DMA logging: what it is told holds addresses, so it has calls ---- */

int call_log_start(struct verify *v, struct side *side, __u64 page_size,
		   const struct vfio_device_feature_dma_logging_range *ranges,
		   unsigned int count)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = page_size,
		.num_ranges = count,
		.ranges = (uintptr_t)ranges,
	};
	char text[NOTE_LENGTH] = "";
	size_t used = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < count && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used,
				 " %#llx+%#llx", ranges[i].iova,
				 ranges[i].length);
	note_call(v, side, "log-start %llu%s", page_size, text);
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			    HEAD + sizeof(control), &control,
			    sizeof(control));
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_log_stop(struct verify *v, struct side *side)
{
	int ret;

	note_call(v, side, "log-stop");
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, HEAD, NULL,
			    0);
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_log_report(struct verify *v, struct side *side, __u64 page_size,
		    __u64 iova, __u64 length, __u64 *bitmap)
{
	struct vfio_device_feature_dma_logging_report arg = {
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.bitmap = (uintptr_t)bitmap,
	};
	int ret;

	note_call(v, side, "log-report %llu %#llx+%#llx %#llx", page_size, iova,
		  length, *bitmap);
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			    HEAD + sizeof(arg), &arg, sizeof(arg));
	note_result(v, "%s, %#llx", errno_text(ret), *bitmap);
	return ret;
}
