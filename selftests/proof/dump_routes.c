// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the routes of each kind of device as C: working them out symbolically is
 * most of what a proof takes, so one proof does, and shows that they are these.
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

/* Of a device that has @features, which are the place of it. */
static void print_routes(__u32 features)
{
	struct vfio_mig_routes routes;

	vfio_mig_routes_init(&routes, features);
	printf("[%u] = {\n.features = %u,\n", features, routes.features);
	print_table("next", routes.next);
	print_table("hop", routes.hop);
	print_table("hops", routes.hops);
	printf(".direct = %#llx,\n", (unsigned long long)routes.direct);
	printf(".settable = %#llx,\n},\n", (unsigned long long)routes.settable);
}

int main(void)
{
	__u32 features;

	for (features = 0; features <= (VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
					VFIO_MIG_HAS_PRE_COPY); features++)
		print_routes(features);
	return 0;
}
