// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the routes of a device with everything as C, for proofs that are to
 * fail: working them out symbolically is most of what a proof takes.
 */
#include <stdio.h>

#include "arcs.c"

static void print_table(const char *name,
			const __u8 table[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES])
{
	unsigned int from, to;

	printf(".%s = {\n", name);
	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES; to++)
			printf("%s%u,", to ? " " : "\t{ ", table[from][to]);
		printf(" },\n");
	}
	printf("},\n");
}

int main(void)
{
	struct vfio_mig_routes routes;

	vfio_mig_routes_init(&routes, VFIO_MIG_HAS_STOP_COPY |
			     VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_PRE_COPY);
	printf(".features = %u,\n", routes.features);
	print_table("next", routes.next);
	print_table("hop", routes.hop);
	print_table("hops", routes.hops);
	printf(".direct = %#llx,\n", (unsigned long long)routes.direct);
	printf(".settable = %#llx,\n", (unsigned long long)routes.settable);
	return 0;
}
