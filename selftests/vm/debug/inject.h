/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Let allocations and copies fail that the kernel makes for this thread where one of
 * this project's modules has a part in it: it is among the callers.
 */
#ifndef SELFTESTS_VM_INJECT_H
#define SELFTESTS_VM_INJECT_H

#include <stdbool.h>

/* More than any path has; to see a sweep that never ends. */
#define INJECT_MOST	1000

/*
 * Allocations that may sleep fail as well, and without a word to the console;
 * 0, or -errno if this kernel has no fault injection.
 */
int inject_setup(void);

/*
 * Not in the functions from @first to @last as they are linked, nor in what is
 * done for them, until others or NULL are said: those of the kernel's own that
 * cannot fail and be well.  0, or -errno if there are none of these names.
 */
int inject_spare(const char *first, const char *last);

/*
 * What fails: one, or it and all that come after.  Some allocations are made in
 * another way if the first does not work, and only the second fails those.
 */
int inject_all_after(bool all);

/* From here on they are counted, and the @nth one fails. */
void inject_begin(unsigned int nth);

/* Until here.  Has it failed? */
bool inject_end(void);

/* May what was called have returned @ret because of that? */
bool inject_excuses(int ret);

/*
 * For main(): @run, which is test_harness_run(), or all is skipped where nothing
 * can be injected.
 */
int inject_main(int argc, char **argv, int (*run)(int argc, char **argv));

#endif /* SELFTESTS_VM_INJECT_H */
