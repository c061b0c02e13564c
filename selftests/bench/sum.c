// SPDX-License-Identifier: GPL-2.0
/* sum.h says what is here. */
#include <linux/if_alg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "sum.h"

#define PIECE	(32 * 1024)

static int open_sum(const char *algorithm)
{
	struct sockaddr_alg name = {
		.salg_family = AF_ALG,
		.salg_type = "hash",
	};
	int named = socket(AF_ALG, SOCK_SEQPACKET, 0);
	int fd;

	if (named < 0)
		return -1;
	snprintf((char *)name.salg_name, sizeof(name.salg_name), "%s",
		 algorithm);
	fd = bind(named, (struct sockaddr *)&name, sizeof(name)) ? -1 :
	     accept(named, NULL, 0);
	close(named);
	return fd;
}

double sum_rate(const char *name, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	int fd = open_sum(name);
	double start, rate;
	uint64_t sum;
	size_t done;

	if (fd < 0)
		return 0;
	start = seconds();
	for (done = 0; done < size; done += PIECE)
		if (send(fd, from + done, PIECE, MSG_MORE) != PIECE)
			break;
	rate = read(fd, &sum, sizeof(sum)) > 0 && done == size ?
	       size / 1048576.0 / (seconds() - start) : 0;
	close(fd);
	return rate;
}
