/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver that makes one mistake: the one that the parameter "fault" names.
 * Where is_broken() stands is what the mistake is; without one it keeps to all
 * the rules.  It works with any PCI device that it is bound to by
 * driver_override, and leaves the device itself alone: what it migrates is a
 * page of its own, and what a user sees in BAR0 are the registers at that page's end.
 */
#ifndef SELFTESTS_BROKEN_H
#define SELFTESTS_BROKEN_H

#include <linux/ktime.h>
#include <linux/vfio_mig_pci.h>
#include <linux/workqueue.h>

#include "../../../drivers/vfio/mig/arcs.h"

/* A stream: a head, the page, and the sum of that. */
#define BROKEN_HEAD	12
#define BROKEN_DATA	4096
#define BROKEN_SUM	(BROKEN_HEAD + BROKEN_DATA)
#define BROKEN_STREAM	(BROKEN_SUM + 4)

/*
 * The registers, of 4 bytes each, and where they are in the page.  All keep what is
 * written, but for these: TICKS is how often the device shall write COUNT to memory,
 * and then interrupt if IRQ is 1.
 */
#define BROKEN_REGISTERS_SIZE	64
#define BROKEN_REGISTERS	(BROKEN_DATA - BROKEN_REGISTERS_SIZE)
#define BROKEN_IOVA_REG		0x10
#define BROKEN_TICKS		0x14
#define BROKEN_COUNT		0x18
#define BROKEN_IRQ		0x1c

/* Where vfio-mig verify has memory that nobody shall write, and when it does. */
#define BROKEN_IOVA	0x2000000
#define BROKEN_DMA_MS	20

/* VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, which older headers do not have. */
#define BROKEN_PRECOPY_INFO_V2	12

struct broken_session;
struct eventfd_ctx;

/**
 * struct broken - a device
 * @core: vfio-pci's; the first member.
 * @routes: Which transitions there are.
 * @state: enum vfio_mig_state.
 * @kept: What it was when the device was closed, if that is the mistake.
 * @since: When it got there.
 * @session: If @state has one.
 * @data: What is migrated.
 * @dma: Writes to the user's memory, if that is the mistake.
 * @tick: Does what TICKS says.
 * @trigger: What an interrupt is signalled through, or NULL.
 * @number: How often it was reset.
 * @reset_delay: How long the kernel waits after a reset of the bus, in milliseconds,
 *	with other drivers.
 * @v2: Its user has asked for MIG_PRECOPY_INFOv2, on a kernel that does not know it.
 * @v2_left: One before him had, if that is the mistake.
 * @saved, @loaded: It was, since it was reset.
 * @work_lock: Held while @tick works and while a transition is made; outer to
 *	broken_lock.
 *
 * broken_lock protects all but @core and @routes.  It is taken under
 * vfio-pci's memory_lock, so nothing touches user memory under it.
 */
struct broken {
	struct vfio_pci_core_device core;
	struct vfio_mig_routes routes;
	u8 state;
	u8 kept;
	ktime_t since;
	struct broken_session *session;
	u8 data[BROKEN_DATA];
	struct delayed_work dma;
	struct delayed_work tick;
	struct eventfd_ctx *trigger;
	unsigned int number;
	unsigned int reset_delay;
	bool v2;
	bool v2_left;
	bool saved;
	bool loaded;
	/* Held while ticks and transitions are made. */
	struct mutex work_lock;
};

/* How a session came to its end. */
enum broken_end {
	BROKEN_LIVES,
	BROKEN_BY_ARC,
	BROKEN_BY_RESET,
	BROKEN_BY_CLOSE,
};

extern struct mutex broken_lock;

static inline struct broken *broken_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct broken, core.vdev);
}

/* main.c: is this the mistake to make? */
bool is_broken(const char *fault);

/* machine.c */
extern const struct vfio_migration_ops broken_mig_ops;
void broken_start_over(struct broken *broken, enum broken_end end);

/* device.c */
u32 broken_get(const struct broken *broken, unsigned int reg);
void broken_set(struct broken *broken, unsigned int reg, u32 value);
bool broken_decodes(const struct broken *broken);
void broken_tick(struct work_struct *work);
void broken_set_trigger(struct broken *broken, int fd);
ssize_t broken_bar_read(struct broken *broken, char __user *buf, size_t count,
			loff_t pos);
ssize_t broken_bar_write(struct broken *broken, const char __user *buf,
			 size_t count, loff_t pos);

/* session.c */
void broken_session_refresh(struct broken *broken);
void broken_session_changed(struct broken *broken);
struct file *broken_session_open(struct broken *broken, u8 state);
void broken_session_end(struct broken *broken, enum broken_end end);
int broken_session_load(struct broken *broken);

/* A file that is nothing, where there should be none. */
struct file *broken_no_file(void);

#endif /* SELFTESTS_BROKEN_H */
