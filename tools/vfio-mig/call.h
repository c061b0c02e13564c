/* SPDX-License-Identifier: GPL-2.0 */
/* vfio-mig call: its arguments, and the calls that take more than a number. */
#ifndef VFIO_MIG_CALL_H
#define VFIO_MIG_CALL_H

#include "tool.h"
#include "verify/check.h"

/* What verify's calls note what they did in. */
extern struct verify *calls;

/* ---- call_args.c: false or -1, and the error is on stderr ---- */

/* A whole number in any base. */
bool call_number(const char *text, __u64 *value);

/* "a0b1c2" or "a0x3": how many bytes. */
int call_hex(const char *text, __u8 *data, size_t room);

/*
 * What a register has, or memory: a number if there are 1, 2, 4 or 8 bytes, else as
 * many bytes; or "~SEED", which fill_pattern() fills in.
 */
bool call_value(const char *text, __u8 *data, size_t size);

/* "0x1000+0x2000" */
bool call_range(const char *text,
		struct vfio_device_feature_dma_logging_range *value);

/* "6+get+probe", and a number for other flags. */
bool call_flags(const char *text, __u32 *flags);

/* ---- call_more.c: each returns the exit status ---- */
int call_run_set(struct side *side, char **args, int count);
int call_run_feature(struct side *side, char **args, int count);
int call_run_config_read(struct side *side, char **args, int count);
int call_run_config_write(struct side *side, char **args, int count);
int call_run_map(struct side *side, char **args, int count);
int call_run_log_start(struct side *side, char **args, int count);
int call_run_log_report(struct side *side, char **args, int count);
int call_run_move(int data_fd, __u64 size, bool in);
int call_run_read_all(int data_fd, char **args, int count);
int call_run_write_all(int data_fd, char **args, int count);
int call_run_precopy_info(int data_fd, char **args, int count);

/* ---- call_access.c: likewise ---- */
int call_run_bar_read(struct side *side, char **args, int count);
int call_run_bar_write(struct side *side, char **args, int count);
int call_run_bar_wait(struct side *side, char **args, int count);
int call_run_memory_read(struct side *side, char **args, int count);
int call_run_memory_write(struct side *side, char **args, int count);
int call_run_irq_count(struct side *side, char **args, int count);
int call_run_take_over(struct side *side, char **args, int count);

/* What should have been read and was not, or "". */
extern char call_differs[TEXT_LENGTH];

/* ---- call.c ---- */

/* A device that calls were made of, or NULL. */
struct side *call_find_side(const char *name);

/* CALL [ARGUMENT...]: is there such a call?  Make it of @side.  The exit status. */
int call_check(char **words, int count);
int call_make(struct verify *v, struct side *side, char **words, int count);

#endif /* VFIO_MIG_CALL_H */
