/* SPDX-License-Identifier: GPL-2.0 */
/* What the proofs are written in. */
#ifndef SELFTESTS_CBMC_H
#define SELFTESTS_CBMC_H

/* Has no body: cbmc takes it to return every value there is. */
unsigned int nondet_number(void);

/* Look no further where this does not hold. */
#define assume(condition)	__CPROVER_assume(condition)

/* Has to hold whenever it is come to. */
#define prove(condition)	__CPROVER_assert(condition, #condition)

#endif /* SELFTESTS_CBMC_H */
