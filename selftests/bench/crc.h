/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's crc32c alone, by AF_ALG. */
#ifndef SELFTESTS_BENCH_CRC_H
#define SELFTESTS_BENCH_CRC_H

#include <stddef.h>

/* MiB a second for @bytes, whole pieces of 32 KiB; 0 without AF_ALG. */
double crc_rate(const void *bytes, size_t size);

#endif /* SELFTESTS_BENCH_CRC_H */
