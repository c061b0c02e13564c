/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's checksums alone, by AF_ALG. */
#ifndef SELFTESTS_BENCH_SUM_H
#define SELFTESTS_BENCH_SUM_H

#include <stddef.h>

/* What AF_ALG calls them. */
#define SUM_CRC32C	"crc32c"
#define SUM_XXH64	"xxhash64"

/*
 * MiB a second for @bytes, whole pieces of 32 KiB, which the kernel copies first; 0
 * where it has no such checksum.
 */
double sum_rate(const char *name, const void *bytes, size_t size);

#endif /* SELFTESTS_BENCH_SUM_H */
