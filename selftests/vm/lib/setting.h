/* SPDX-License-Identifier: GPL-2.0 */
/* What the environment says about how a test is run: rounds, seconds, seeds. */
#ifndef SELFTESTS_VM_SETTING_H
#define SELFTESTS_VM_SETTING_H

/* The number in the variable @name, or @otherwise if it is not one. */
unsigned long setting(const char *name, unsigned long otherwise);

/* By how much to multiply a time limit on this kernel; 1 on most. */
unsigned int patience(void);

#endif
