/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that does not answer before it is told to: whoever touches it waits, in the
 * kernel as well.  A userfaultfd does that.
 */
#ifndef SELFTESTS_VM_SLOW_MEMORY_H
#define SELFTESTS_VM_SLOW_MEMORY_H

#include <stddef.h>

/**
 * struct slow_memory - some pages of this process
 * @uffd: Who is asked for them; may be open before, else -1.
 * @start: The first.
 * @size: Of all, in bytes.
 */
struct slow_memory {
	int uffd;
	void *start;
	size_t size;
};

/* A userfaultfd, or -errno. */
int slow_memory_open(void);

/*
 * From now on what is in these pages is gone, and they do not answer; pinned by
 * somebody or not.  0 or -errno.
 */
int slow_memory_begin(struct slow_memory *slow, void *start, size_t size);

/* Back when somebody waits for one of them. */
int slow_memory_asked(struct slow_memory *slow);

/* There they are: as many bytes, or zeros if that is NULL. */
int slow_memory_answer(struct slow_memory *slow, const void *bytes);

/* Those that have not come are pages like any other from now on. */
void slow_memory_end(struct slow_memory *slow);

#endif /* SELFTESTS_VM_SLOW_MEMORY_H */
