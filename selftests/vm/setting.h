/* SPDX-License-Identifier: GPL-2.0 */
/* What the environment says about how a test is run: rounds, seconds, seeds. */
#ifndef SELFTESTS_VM_SETTING_H
#define SELFTESTS_VM_SETTING_H

/* The number in the variable @name, or @otherwise if it is not one. */
unsigned long setting(const char *name, unsigned long otherwise);

#endif
