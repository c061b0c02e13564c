/* SPDX-License-Identifier: GPL-2.0 */
/* What libFuzzer calls and what it has, under names of the kernel's style. */
#ifndef SELFTESTS_FUZZ_LIBFUZZER_H
#define SELFTESTS_FUZZ_LIBFUZZER_H

#include "stream.h"

/* Ours: try one input; returns 0. */
int fuzz_one_input(const __u8 *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");

/* Ours: damage an input of @size bytes, to at most @max; returns its size. */
size_t fuzz_custom_mutator(__u8 *data, size_t size, size_t max,
			   unsigned int seed)
	__asm__("LLVMFuzzerCustomMutator");

/* libFuzzer's own way to do that. */
size_t fuzz_mutate(__u8 *data, size_t size, size_t max)
	__asm__("LLVMFuzzerMutate");

#endif /* SELFTESTS_FUZZ_LIBFUZZER_H */
