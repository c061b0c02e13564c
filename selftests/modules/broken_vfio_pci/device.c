// SPDX-License-Identifier: GPL-2.0
/*
 * The device that a user sees in BAR0: registers in the page that is migrated, and work
 * that takes a while.  And the mistakes of a device that is not stopped.
 */
#include <linux/eventfd.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "broken.h"

#define TICK_MS		10
#define TICKS_MAX	1000

/* When mistakes of a stopped device begin, so that who only passes by sees none. */
#define LATE_MS		100

u32 broken_get(const struct broken *broken, unsigned int reg)
{
	__le32 value;

	memcpy(&value, broken->data + BROKEN_REGISTERS + reg, sizeof(value));
	return le32_to_cpu(value);
}

void broken_set(struct broken *broken, unsigned int reg, u32 value)
{
	__le32 data = cpu_to_le32(value);

	memcpy(broken->data + BROKEN_REGISTERS + reg, &data, sizeof(data));
}

bool broken_decodes(const struct broken *broken)
{
	u16 command = 0;

	pci_read_config_word(broken->core.pdev, PCI_COMMAND, &command);
	return command & PCI_COMMAND_MEMORY;
}

/* ---- work ---- */

/* What a tick does. */
#define TICK_COUNTS	(1 << 0)
#define TICK_WRITES	(1 << 1)
#define TICK_SIGNALS	(1 << 2)

static bool is_late(const struct broken *broken)
{
	return ktime_ms_delta(ktime_get(), broken->since) > LATE_MS;
}

static unsigned int what_to_do(const struct broken *broken)
{
	lockdep_assert_held(&broken_lock);

	if (!broken_get(broken, BROKEN_TICKS))
		return 0;
	switch (broken->state) {
	case VFIO_MIG_RUNNING:
	case VFIO_MIG_PRE_COPY:
		return TICK_COUNTS | TICK_WRITES;
	case VFIO_MIG_RUNNING_P2P:
		return is_late(broken) && is_broken("dma_in_p2p") ? TICK_WRITES : 0;
	case VFIO_MIG_STOP:
		if (is_broken("counts_on_in_stop"))
			return TICK_COUNTS;
		if (!is_late(broken))
			return 0;
		return is_broken("dma_in_stop") ? TICK_WRITES :
		       is_broken("interrupts_in_stop") ? TICK_SIGNALS : 0;
	default:
		return 0;
	}
}

static void signal_end(struct broken *broken)
{
	unsigned int i, times = 1;

	lockdep_assert_held(&broken_lock);

	if (broken->loaded && is_broken("loses_an_interrupt"))
		times = 0;
	if (broken->loaded && is_broken("doubles_an_interrupt"))
		times = 2;
	for (i = 0; broken->trigger && i < times; i++)
		eventfd_signal(broken->trigger);
}

/* It was reset meanwhile if @number is another. */
static void commit(struct broken *broken, unsigned int todo, unsigned int number)
{
	u32 left = broken_get(broken, BROKEN_TICKS);

	lockdep_assert_held(&broken_lock);

	if (broken->number != number || !left)
		return;
	if (todo & TICK_SIGNALS && broken->trigger)
		eventfd_signal(broken->trigger);
	if (!(todo & TICK_COUNTS))
		return;
	if (left == 1 && todo & TICK_WRITES && broken_get(broken, BROKEN_IRQ))
		signal_end(broken);
	broken_set(broken, BROKEN_COUNT, broken_get(broken, BROKEN_COUNT) + 1);
	broken_set(broken, BROKEN_TICKS, left - 1);
}

/*
 * work_lock is held for all of it, so an arc comes before or after a tick.  User memory
 * is written without broken_lock.
 */
void broken_tick(struct work_struct *work)
{
	struct broken *broken = container_of(to_delayed_work(work),
					     struct broken, tick);
	unsigned int todo, number;
	dma_addr_t iova;
	__le32 value;
	bool goes_on;

	mutex_lock(&broken->work_lock);
	mutex_lock(&broken_lock);
	todo = what_to_do(broken);
	number = broken->number;
	iova = broken_get(broken, BROKEN_IOVA_REG);
	value = cpu_to_le32(todo & TICK_COUNTS ? broken_get(broken, BROKEN_COUNT) + 1 :
					   (u32)jiffies | BIT(31));
	mutex_unlock(&broken_lock);
	if (todo & TICK_WRITES)
		vfio_dma_rw(&broken->core.vdev, iova, &value, sizeof(value),
			    true);
	mutex_lock(&broken_lock);
	commit(broken, todo, number);
	goes_on = broken_get(broken, BROKEN_TICKS);
	mutex_unlock(&broken_lock);
	mutex_unlock(&broken->work_lock);
	if (goes_on)
		schedule_delayed_work(&broken->tick, msecs_to_jiffies(TICK_MS));
}

/* ---- BAR0 ---- */

/* What a register takes; the rest of them takes anything. */
static void write_register(struct broken *broken, unsigned int reg, u32 value)
{
	lockdep_assert_held(&broken_lock);

	/* A device that stands still takes nothing. */
	if (broken->state == VFIO_MIG_STOP ||
	    broken->state == VFIO_MIG_STOP_COPY ||
	    broken->state == VFIO_MIG_RESUMING)
		return;
	if (reg == BROKEN_COUNT || (reg == BROKEN_TICKS && value > TICKS_MAX))
		return;
	broken_set(broken, reg, reg == BROKEN_IRQ ? value & 1 : value);
	broken_session_changed(broken);
	if (reg == BROKEN_TICKS && value)
		schedule_delayed_work(&broken->tick, msecs_to_jiffies(TICK_MS));
}

static bool is_register(loff_t pos, size_t count)
{
	return count == sizeof(u32) && !(pos % sizeof(u32)) &&
	       pos < BROKEN_REGISTERS_SIZE;
}

/* Whatever is no register reads as if nobody answered. */
ssize_t broken_bar_read(struct broken *broken, char __user *buf, size_t count,
			loff_t pos)
{
	u64 none = ~0ull;
	__le32 value;

	if (!broken_decodes(broken))
		return -EIO;
	if (!is_register(pos, count)) {
		count = min(count, sizeof(none));
		return copy_to_user(buf, &none, count) ? -EFAULT : count;
	}
	mutex_lock(&broken_lock);
	value = cpu_to_le32(broken_get(broken, pos));
	mutex_unlock(&broken_lock);
	return copy_to_user(buf, &value, count) ? -EFAULT : count;
}

ssize_t broken_bar_write(struct broken *broken, const char __user *buf,
			 size_t count, loff_t pos)
{
	__le32 value;

	if (!broken_decodes(broken))
		return -EIO;
	if (!is_register(pos, count))
		return count;
	if (copy_from_user(&value, buf, count))
		return -EFAULT;
	mutex_lock(&broken_lock);
	write_register(broken, pos, le32_to_cpu(value));
	mutex_unlock(&broken_lock);
	return count;
}

/* ---- its interrupt: the eventfd that the user has given vfio-pci ---- */

void broken_set_trigger(struct broken *broken, int fd)
{
	struct eventfd_ctx *trigger = fd < 0 ? NULL : eventfd_ctx_fdget(fd);

	if (IS_ERR(trigger))
		trigger = NULL;
	mutex_lock(&broken_lock);
	swap(broken->trigger, trigger);
	mutex_unlock(&broken_lock);
	if (trigger)
		eventfd_ctx_put(trigger);
}
