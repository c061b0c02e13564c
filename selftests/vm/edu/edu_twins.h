/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two edus, one of them the bare hardware on plain vfio-pci, that are to give
 * the same answers, bit for bit.
 */
#ifndef SELFTESTS_VM_EDU_TWINS_H
#define SELFTESTS_VM_EDU_TWINS_H

#include "edu_view.h"

/**
 * struct twins - the oracle, and what is held against it
 * @bare: On vfio-pci.
 * @edu: On edu_vfio_pci.
 * @wide: vfio-pci makes accesses of 8 bytes.  Before Linux 6.10 it cuts them in
 *	two, so an answer to one of them is not the hardware's.
 */
struct twins {
	struct edu bare;
	struct edu edu;
	bool wide;
};

/* Open both and bring them to equal states; 0 or -errno. */
int twins_open(struct twins *twins);
void twins_close(struct twins *twins);

/* Would a read() or write() of that kind reach the hardware as it is? */
bool twins_comparable(const struct twins *twins, uint64_t offset, size_t size);

void twins_set(struct twins *twins, uint32_t reg, uint32_t value);
void twins_set64(struct twins *twins, uint32_t reg, uint64_t value);

/* Until neither computes or moves anything. */
void twins_wait(struct twins *twins);

/* The first register in which they differ, "" if there is none. */
const char *twins_difference(struct twins *twins);

#define EXPECT_TWINS(twins) EXPECT_STREQ("", twins_difference(twins))

#endif /* SELFTESTS_VM_EDU_TWINS_H */
