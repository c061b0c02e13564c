// SPDX-License-Identifier: GPL-2.0
/*
 * Makes one mistake when it is loaded, the one that its parameter names: for
 * seeing that the debug kernel's detectors say so.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

/* Some of them may be found by chance, in a register or on a stack. */
#define LEAKS	10

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "The mistake to make.");

static DEFINE_MUTEX(one);	/* protects nothing */
static DEFINE_MUTEX(other);	/* protects nothing */
static DEFINE_SPINLOCK(spin);	/* protects nothing */

static void nothing(void)
{
}

static void use_after_free(void)
{
	char *bytes = kzalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(bytes);
	kfree(bytes);
	/* Hidden once more, or the compiler warns. */
	OPTIMIZER_HIDE_VAR(bytes);
	if (bytes)
		READ_ONCE(bytes[3]);
}

static void two_orders(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void shift_too_far(void)
{
	int distance = 40;

	OPTIMIZER_HIDE_VAR(distance);
	distance = 1 << distance;
	OPTIMIZER_HIDE_VAR(distance);
}

static void never(struct timer_list *timer)
{
}

static void free_active_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void leak(void)
{
	void *lost;
	int i;

	for (i = 0; i < LEAKS; i++) {
		lost = kzalloc(200, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "nothing", nothing },
	{ "use-after-free", use_after_free },
	{ "two-orders", two_orders },
	{ "sleep-in-atomic", sleep_in_atomic },
	{ "shift-too-far", shift_too_far },
	{ "free-active-timer", free_active_timer },
	{ "leak", leak },
};

static int __init splat_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(what, mistakes[i].name))
			continue;
		pr_warn("splat: %s\n", what);
		mistakes[i].make();
		return 0;
	}
	return -EINVAL;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_DESCRIPTION("One mistake, for the kernel's detectors to find");
MODULE_LICENSE("GPL");
