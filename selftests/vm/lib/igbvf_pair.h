/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of igbvf share: three VFs of a PF, two of which a guest has in turn. */
#ifndef SELFTESTS_VM_IGBVF_PAIR_H
#define SELFTESTS_VM_IGBVF_PAIR_H

#include "common.h"
#include "vf.h"

#define DRIVER	"igbvf_vfio_pci"
#define GUEST	0x020000000001 /* the MAC of what is moved */
#define OTHER	0x020000000002 /* and of whom it speaks to */

#define GOLDEN	"igbvf-1-guest" /* of selftests/golden */

#define ASSERT_VF(vf, expression)	ASSERT_EDU(&(vf)->edu, expression)

/**
 * struct trio - three VFs of one PF
 * @src: Where the guest is, running, with GUEST as its MAC.
 * @dst: Where it goes.
 * @other: Somebody else, running, with OTHER.
 */
struct trio {
	struct vf src;
	struct vf dst;
	struct vf other;
};

/* Open all of them; start those that run. */
int trio_open(struct trio *trio);
void trio_close(struct trio *trio);

/* A guest is moved: its memory, and the device's state.  @src is left in STOP. */
int trio_move(struct trio *trio);

/* Decode and Bus Master are what a guest begins with, whatever a reset has left. */
int enable(struct vf *vf);
int reset_and_enable(struct vf *vf);

/* After a move: the guest's VF is @src again, and @dst one that was reset. */
int trio_turn(struct trio *trio);

/* The stream GOLDEN: 0 or -1. */
int read_golden(struct stream *stream);

/* The name of the interface of a VF's PF: 0 or -errno. */
int pf_interface(const char *bdf, char *name, size_t size);

/* A command, with the PF's interface for %s and the VF's number for %d. */
int ask_host(const char *format, struct vf *vf);

#endif /* SELFTESTS_VM_IGBVF_PAIR_H */
