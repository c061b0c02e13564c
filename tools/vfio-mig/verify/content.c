// SPDX-License-Identifier: GPL-2.0
/* Which content a device is given, and what all of them look with. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"

/* How long an interrupt may take, and how long none may come after the last. */
#define IRQ_MS		5000
#define QUIET_MS	200

const struct content *find_content(struct verify *v)
{
	static const struct content * const contents[] = {
		&files_content, &edu_content, &bochs_content,
		&serial_content, &igbvf_content, &found_content,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(contents); i++)
		if (contents[i]->fits(v))
			return contents[i];
	return NULL;
}

__u64 value_of(const void *data, size_t size)
{
	return is_number_size(size) ? number_of(data, size) :
				      sum_of(data, size);
}

struct seen *add_seen(struct view *view, unsigned int kind, size_t size,
		      __u64 value)
{
	struct seen *seen;

	/* Whoever has more to look at has to leave something out. */
	if (view->count == SEEN_MAX)
		view->count--;
	seen = &view->list[view->count++];
	*seen = (struct seen) {
		.kind = kind,
		.size = size,
		.value = value,
		.counts = true,
	};
	return seen;
}

bool see_register(struct verify *v, struct side *side, struct view *view,
		  __u32 region, __u64 offset, size_t size)
{
	__u8 *data = calloc(1, size);
	struct seen *seen;
	int ret;

	if (!data)
		return blocked(v, "there is no memory");
	ret = call_bar_read(v, side, region, offset, data, size);
	if (!ret) {
		seen = add_seen(view, SEEN_REGISTER, size,
				value_of(data, size));
		snprintf(seen->name, sizeof(seen->name), "region %u, %#llx",
			 region, offset);
	}
	free(data);
	return ret ? blocked(v, "region %u, %#llx cannot be read: %s", region,
			     offset, errno_text(ret)) : true;
}

bool see_memory(struct verify *v, struct side *side, struct view *view,
		__u64 iova, size_t size)
{
	__u8 *data = calloc(1, size);
	struct seen *seen;
	int ret;

	if (!data)
		return blocked(v, "there is no memory");
	ret = call_memory_read(v, side, iova, data, size);
	if (!ret) {
		seen = add_seen(view, SEEN_MEMORY, size, value_of(data, size));
		snprintf(seen->name, sizeof(seen->name), "memory %#llx", iova);
	}
	free(data);
	return ret ? blocked(v, "there is no memory at %#llx", iova) : true;
}

bool see_irqs(struct verify *v, struct side *side, struct view *view)
{
	struct seen *seen;
	__u64 count;

	if (side->irq < 0)
		return true;
	call_irq_count(v, side, 0, &count);
	seen = add_seen(view, SEEN_IRQ, sizeof(count), count);
	snprintf(seen->name, sizeof(seen->name), "interrupts");
	return true;
}

bool put(struct verify *v, struct side *side, __u32 region, __u64 offset,
	 size_t size, __u64 value)
{
	int ret = call_bar_set(v, side, region, offset, size, value);

	return ret ? blocked(v, "region %u, %#llx cannot be written: %s",
			     region, offset, errno_text(ret)) : true;
}

bool wait_bits(struct verify *v, struct side *side, __u32 region,
	       __u64 offset, size_t size, __u64 mask, __u64 value)
{
	int ret = call_bar_wait(v, side, region, offset, size, mask, value);

	return ret ? blocked(v, "region %u, %#llx does not become %#llx: %s",
			     region, offset, value, errno_text(ret)) : true;
}

void add_wrong(struct outcome *outcome, unsigned int kind, const char *format,
	       ...)
{
	va_list args;

	outcome->wrong |= kind;
	if (outcome->text[0])
		return;
	va_start(args, format);
	vsnprintf(outcome->text, sizeof(outcome->text), format, args);
	va_end(args);
}

bool check_irqs(struct verify *v, struct side *side, __u64 count,
		struct outcome *outcome)
{
	__u64 came = 0, before;
	int ret;

	/* Each time one came it may be the last but one. */
	do {
		before = came;
		ret = call_irq_count(v, side, came < count ? IRQ_MS : 0, &came);
	} while (!ret && came < count && came > before);
	if (ret)
		return blocked(v, "there is no interrupt to be counted");
	call_sleep(v, side, QUIET_MS);
	call_irq_count(v, side, 0, &came);
	outcome->fewer = came < count;
	outcome->more = came > count;
	if (came != count)
		add_wrong(outcome, SEEN_IRQ, "%llu interrupts, not %llu", came,
			  count);
	return true;
}

static unsigned int compare(const struct view *expected, const struct view *came,
			    unsigned int kinds, bool all, char *text)
{
	unsigned int i, different = 0;

	for (i = 0; i < expected->count && i < came->count; i++) {
		const struct seen *one = &expected->list[i];
		const struct seen *other = &came->list[i];

		if (!(one->kind & kinds) || !(all || one->counts) ||
		    one->value == other->value)
			continue;
		if (!different && text)
			snprintf(text, TEXT_LENGTH, "%s: %#llx, not %#llx",
				 one->name, other->value, one->value);
		different |= one->kind;
	}
	return different;
}

unsigned int differing(const struct view *one, const struct view *other,
		       unsigned int kinds, char *text)
{
	return compare(one, other, kinds, true, text);
}

unsigned int compare_views(const struct view *expected, const struct view *came,
			   char *text)
{
	return compare(expected, came, ~0u, false, text);
}
