/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests on real devices share: two edus, streams, faults. */
#ifndef SELFTESTS_VM_COMMON_H
#define SELFTESTS_VM_COMMON_H

#include <stdint.h>
#include <stddef.h>

#include "arcs.h"
#include "edu.h"

/* Why an expectation about @edu failed, in the harness's log. */
#define LOG_EDU(edu) \
	TH_LOG("%s: %s %s", (edu)->bdf, (edu)->error.text, (edu)->error.hint)

#define ASSERT_EDU(edu, expression) \
	ASSERT_EQ(0, (expression)) { LOG_EDU(edu); }

/* Open the first two edus behind ports; the second if @dst is not NULL. */
int open_pair(struct edu *src, struct edu *dst);

/*
 * Open the first edu, or the first display in a VM that has no edu, with these
 * optional states shown and the others hidden; close it, and show all of them
 * again.  Of a display, what is in @edu's device may not be asked for.
 */
int open_with_states(struct edu *edu, bool p2p, bool pre_copy);
void close_and_show(struct edu *edu);

/* Is it an edu that open_with_states() opens? */
bool has_edu(void);

/* @text instead of what is in the file: 0 or -errno. */
int write_file(const char *path, const char *text);

/* The same, of a file that need not be there. */
int make_file(const char *path, const void *bytes, size_t size);

/* A golden stream that was made anew goes to the folder $GOLDEN, if that is set. */
int leave_golden(const char *name, const void *bytes, size_t size);

/* ---- states ---- */

/* -1 if it cannot be read. */
int state_of(struct edu *edu);

/* A bare SET: 0 or -errno; *@data_fd is what the kernel wrote there. */
int set_state(struct edu *edu, uint32_t state, int *data_fd);

/*
 * Bring a device that was just reset to @state; what opens a session is left
 * in *@data_fd, else -1.
 */
int go_to(struct edu *edu, uint32_t state, int *data_fd);

/* ---- streams ---- */

#define STREAM_MAX	(64 * 1024)

/**
 * struct stream - a whole stream, in memory
 * @bytes: Its bytes.
 * @size: How many.
 */
struct stream {
	uint8_t bytes[STREAM_MAX];
	size_t size;
};

/* Read @data_fd to its end, @chunk bytes at a time; 0 or -errno. */
int read_all(int data_fd, struct stream *stream, size_t chunk);

/* Append what there is now; 0 at the end of the stream, else -errno. */
int read_more(int data_fd, struct stream *stream);

/* Write all, @chunk bytes at a time; 0 or the -errno of the failing write. */
int write_all(int data_fd, const void *bytes, size_t size, size_t chunk);

/* RUNNING to STOP_COPY, read all, and on to STOP. */
int save_and_stop(struct edu *edu, struct stream *stream);

/* To RESUMING, write all, and to STOP: 0, or the first -errno of the two. */
int load_and_stop(struct edu *edu, const void *bytes, size_t size,
		  size_t chunk);

/* Move @src to @dst as a VMM does: @src is left in STOP, @dst RUNNING. */
int move_state(struct edu *src, struct edu *dst);

/* ---- the device ---- */

/* Does it answer, compute and move bytes?  0 or -errno; it must be RUNNING. */
int device_works(struct edu *edu);

/* Leave something in each register and in the buffer of a RUNNING device. */
int mark_device(struct edu *edu);

/* Is that in the registers?  A stopped device answers too. */
bool is_marked(struct edu *edu);

/* Is it in the buffer?  The device must be RUNNING. */
bool is_buffer_marked(struct edu *edu);

/* Are the registers those of a device that was just powered on? */
bool is_blank(struct edu *edu);

/* What its command register has, whatever VFIO tells of it; or -errno. */
int pci_command_of(const char *bdf);

/* ---- faults ---- */

/* The @nth time from now that the arc is taken, it fails with @error (> 0). */
int fail_arc(struct edu *edu, uint32_t from, uint32_t to, int error,
	     unsigned int nth);

/* Write to a knob, or see what is armed; 0 or -errno. */
int set_knob(struct edu *edu, const char *knob, const char *text);
int get_knob(struct edu *edu, const char *knob, char *text, size_t size);

/* Up to the first that does not return 0, which is then returned. */
int each_knob(struct edu *edu, int (*visit)(struct edu *edu,
					    const char *knob));
int clear_faults(struct edu *edu);

/* ---- a device and its driver ---- */

/* An edu in software, which is no PCI device: its name is a UUID. */
bool is_software(const char *bdf);

/* A file of the device's in sysfs. */
void device_file(char *path, size_t size, const char *bdf, const char *file);

/*
 * Take it away from its driver, and give it back; one in software is deleted, and created
 * under the same name.
 */
int leave_driver(const char *bdf, struct vfiomig_error *error);
int return_to_driver(const char *bdf, struct vfiomig_error *error);

/* ---- programs and modules ---- */

/* Run a command: its exit status, or -1; what it writes is in @output. */
int run_command(const char *command, char *output, size_t size);

/* Load the module in a file, or take one away that nobody uses; 0 or -errno. */
int load_module(const char *path);
int unload_module(const char *name);

/* Is there a build of selftests/modules?  On a host of one's own there is none. */
bool has_test_modules(void);

/* Load one of them, unless it is there; 0 or -errno. */
int load_test_module(const char *name);

/* Open file descriptors of this process. */
int count_fds(void);

#endif /* SELFTESTS_VM_COMMON_H */
