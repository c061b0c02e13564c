/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is put into a device, so that its state is not that of power-on, and how to see
 * whether it is there.
 *
 * A content is a user's, in files (content_files.c), of a device that is known
 * (content_edu.c, content_bochs.c, content_serial.c, content_igbvf.c), or made of registers
 * that were found to keep what is written (content_found.c).
 */
#ifndef VFIO_MIG_VERIFY_CONTENT_H
#define VFIO_MIG_VERIFY_CONTENT_H

#include "check.h"

#define SEEN_MAX	128

/* What something is that is seen. */
#define SEEN_REGISTER	(1 << 0)
#define SEEN_MEMORY	(1 << 1)
#define SEEN_IRQ	(1 << 2)

/**
 * struct seen - something of a device that was looked at
 * @name: Where it is.
 * @kind: SEEN_*.
 * @size: Its bytes.
 * @value: What is there: a number, or the sum of the bytes.
 * @counts: It has to be there after a move too.
 */
struct seen {
	char name[40];
	unsigned int kind;
	size_t size;
	__u64 value;
	bool counts;
};

/**
 * struct view - all that was looked at
 * @list, @count: It, always in the same order.
 */
struct view {
	struct seen list[SEEN_MAX];
	unsigned int count;
};

/**
 * struct outcome - is what work has to come to there?
 * @wrong: SEEN_* that is not.
 * @fewer, @more: Interrupts than there have to be.
 * @text: The first of it.
 */
struct outcome {
	unsigned int wrong;
	bool fewer;
	bool more;
	char text[TEXT_LENGTH];
};

/**
 * struct content - a way to change a device's state, and to see it
 * @name: For the report.
 * @fits: Is the device one that it is for?
 * @clear: Take away what a reset leaves; NULL: it leaves nothing.
 * @prepare: Make the state of a device that runs another than that of power-on; what
 *	this leaves stays as it is.
 * @look: Look at that, in a device that runs; where it works, when that is done.
 * @glance: The same after power-on, where nothing is to be waited for; NULL: @look.
 * @expects: What @look has to see after a move; NULL: what it saw before.
 * @start: Have the device work for a while; NULL: nobody knows how.
 * @watch: Look at all that moves meanwhile.
 * @finish: Wait for the work's end, and see what came of it.
 *
 * Functions that return a bool have said why not, as those of check.h do.
 */
struct content {
	const char *name;
	bool (*fits)(struct verify *v);
	bool (*clear)(struct verify *v, struct side *side);
	bool (*prepare)(struct verify *v, struct side *side);
	bool (*look)(struct verify *v, struct side *side, struct view *view);
	bool (*glance)(struct verify *v, struct side *side, struct view *view);
	bool (*expects)(struct verify *v, struct view *view);
	bool (*start)(struct verify *v, struct side *side);
	bool (*watch)(struct verify *v, struct side *side, struct view *view);
	bool (*finish)(struct verify *v, struct side *side,
		       struct outcome *outcome);
};

extern const struct content files_content;
extern const struct content edu_content;
extern const struct content bochs_content;
extern const struct content serial_content;
extern const struct content igbvf_content;
extern const struct content found_content;

/* ---- content.c ---- */

/* Which is it?  NULL: none, and so only the power-on state can be moved. */
const struct content *find_content(struct verify *v);

/* For the functions of a content: look at a thing, and add it. */
bool see_register(struct verify *v, struct side *side, struct view *view,
		  __u32 region, __u64 offset, size_t size);
bool see_memory(struct verify *v, struct side *side, struct view *view,
		__u64 iova, size_t size);
bool see_irqs(struct verify *v, struct side *side, struct view *view);
struct seen *add_seen(struct view *view, unsigned int kind, size_t size,
		      __u64 value);

/* A number, or the sum of what is there. */
__u64 value_of(const void *data, size_t size);

/* Write a register; wait for some bits of one.  False: blocked. */
bool put(struct verify *v, struct side *side, __u32 region, __u64 offset,
	 size_t size, __u64 value);
bool wait_bits(struct verify *v, struct side *side, __u32 region,
	       __u64 offset, size_t size, __u64 mask, __u64 value);

/* Something is not what it has to be: note that, and the first in words. */
void add_wrong(struct outcome *outcome, unsigned int kind, const char *format,
	       ...) __printf(3, 4);

/* The number of interrupts is to be @count, and to stay so. */
bool check_irqs(struct verify *v, struct side *side, __u64 count,
		struct outcome *outcome);

/*
 * SEEN_* in which they differ, as far as it counts; the first one in words, if @text is
 * not NULL.
 */
unsigned int compare_views(const struct view *expected, const struct view *came,
			   char *text);

/* The same of all that is of some kinds, whether it counts or not. */
unsigned int differing(const struct view *one, const struct view *other,
		       unsigned int kinds, char *text);

/* ---- content_files.c ---- */

/* Read them, either may be NULL; returns the exit status. */
int load_files(const char *prepare, const char *expect);

/* ---- scene.c ---- */

/*
 * Both devices are RUNNING and as after power-on, they see no memory and have no
 * interrupt; decode and bus mastering are on.  The calls from then on are kept.
 */
bool begin(struct verify *v);

/* Decode of memory and I/O, and bus mastering. */
bool set_decode(struct verify *v, struct side *side, bool on);

/* Where the state is moved to: the peer, or the device itself. */
struct side *target(struct verify *v);

/* What a device saves after power-on, and what is seen of it; NULL: blocked. */
const struct bytes *power_on(struct verify *v, const struct view **view);

/* @from RUNNING: prepare it, and see what has to be there from then on. */
bool prepared(struct verify *v, struct side *from, struct view *before);

/* The same, and save that; it is in STOP then. */
bool save_prepared(struct verify *v, struct side *from, struct view *before,
		   struct bytes *bytes);

/* What a VMM does at the destination, before the stream comes. */
bool arrive(struct verify *v, struct side *to, struct side *from);

/* Is there now what was seen before? */
bool expect_view(struct verify *v, const struct view *before,
		 const struct view *after);

/* Load it and let it run: what has to be there, and what is? */
bool load_and_look(struct verify *v, struct side *to, const struct bytes *bytes,
		   size_t chunk, struct view *after);

/* Is the plain move right, so that there is something to go by?  Else blocked. */
bool arrives(struct verify *v);

/*
 * Does a device save the power-on state that it has loaded, and the prepared state
 * twice alike?  Else blocked.
 */
bool is_fixed_point(struct verify *v);

/* How the plain move ends. */
enum arrival {
	ARRIVES,
	ARRIVES_NOT,		/* all is as after power-on */
	ARRIVES_SWAPPED,	/* some numbers have their bytes in another order */
	ARRIVES_IN_PART,
	ARRIVES_UNKNOWN,	/* something was in the way */
};

enum arrival plain_move(struct verify *v, size_t chunk, char *text);

/* Take away what the checks have set up. */
void put_away(struct verify *v, struct side *side);

#endif /* VFIO_MIG_VERIFY_CONTENT_H */
