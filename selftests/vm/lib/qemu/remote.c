// SPDX-License-Identifier: GPL-2.0
/* remote.h says what is here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edu.h"
#include "initramfs.h"
#include "named.h"
#include "remote.h"
#include "vfiomig.h"

#define PORT		4700
#define TRY_AGAIN_MS	100

static const char * const drivers[] = {
	[REMOTE_EDU] = "edu_vfio_pci",
	[REMOTE_IGBVF] = "igbvf_vfio_pci",
};

static int find(enum remote_kind kind, unsigned int nth, char *name, size_t size)
{
	return kind == REMOTE_IGBVF ? device_named("VFIO_MIG_IGBVF", nth, name, size) :
				      edu_find(nth, false, name, size);
}

int remote_devices(struct qemu_setup *setup, enum remote_kind kind, unsigned int count)
{
	static char names[QEMU_DEVICES][64];
	struct vfiomig_error error;
	int ret;

	setup->linux_guest = kind == REMOTE_IGBVF;
	if (setup->linux_guest && !make_initramfs("linux_net.cpio", "-a igbvf 8021q"))
		return -ENOENT;
	for (setup->count = 0; setup->count < count; setup->count++) {
		char *name = names[setup->count];

		ret = find(kind, setup->count, name, sizeof(names[0]));
		if (ret)
			return ret;
		ret = vfiomig_bind(name, drivers[kind], &error);
		if (ret) {
			fprintf(stderr, "%s: %s\n", name, error.text);
			return ret;
		}
		setup->name[setup->count] = name;
	}
	return 0;
}

/* ---- the host that serves ---- */

static int listen_here(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 ||
	    bind(listener, (void *)&address, sizeof(address)) ||
	    listen(listener, 2))
		return -errno;
	return listener;
}

/* Not a byte more: what follows is for QEMU. */
static int read_line(int fd, char *line, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while (used < size - 1) {
		got = read(fd, line + used, 1);
		if (got <= 0)
			return got ? -errno : -EPIPE;
		if (line[used++] == '\n')
			break;
	}
	line[used] = '\0';
	return 0;
}

static void show(int errors)
{
	off_t from = 0;

	sendfile(STDERR_FILENO, errors, &from, INT_MAX);
}

/*
 * Until it is not wanted any more.  What it complained of is worth showing if it
 * has ended by itself.
 */
static void run_qemu(const struct qemu_setup *setup, int qmp, int log)
{
	struct pollfd unwanted = { .fd = log, .events = POLLRDHUP };
	int errors = memfd_create("qemu-errors", MFD_CLOEXEC);
	pid_t pid = fork();

	if (!pid)
		qemu_become(setup, qmp, log, errors);
	close(qmp);
	poll(&unwanted, 1, -1);
	if (pid > 0 && waitpid(pid, NULL, WNOHANG) == pid) {
		show(errors);
	} else if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(errors);
	close(log);
}

static int have_qemu(const char *line, int qmp, int log)
{
	struct qemu_setup setup = {};
	unsigned int kind, count, key;
	char incoming[64];
	int ret;

	if (sscanf(line, "start %u %u %63s %u", &kind, &count, incoming, &key) != 4 ||
	    kind > REMOTE_IGBVF || count > QEMU_DEVICES)
		return -EPROTO;
	setup.incoming = incoming;
	ret = remote_devices(&setup, kind, count);
	if (!ret)
		ret = qemu_make_key(key);
	if (!ret)
		run_qemu(&setup, qmp, log);
	return ret;
}

int remote_serve(void)
{
	int listener = listen_here();
	int ret = listener < 0 ? listener : 0;
	char line[128];
	int qmp;

	while (!ret) {
		qmp = accept(listener, NULL, NULL);
		if (qmp < 0)
			return -errno;
		ret = read_line(qmp, line, sizeof(line));
		if (!ret && !strcmp(line, "end\n"))
			return 0;
		if (!ret)
			ret = have_qemu(line, qmp,
					accept(listener, NULL, NULL));
	}
	return ret;
}

/* ---- the host that wants a QEMU there ---- */

/* Nobody tells when the other host is up, so that is tried. */
static int connect_to(int host)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	char text[32];
	int fd, tries;

	snprintf(text, sizeof(text), REMOTE_ADDRESS, host);
	inet_pton(AF_INET, text, &address.sin_addr);
	for (tries = 0; tries < qemu_timeout_ms() / TRY_AGAIN_MS; tries++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0)
			return -errno;
		if (!connect(fd, (void *)&address, sizeof(address)))
			return fd;
		close(fd);
		poll(NULL, 0, TRY_AGAIN_MS);
	}
	return -ETIMEDOUT;
}

int remote_end(void)
{
	int fd = connect_to(2);

	if (fd < 0)
		return fd;
	return write(fd, "end\n", 4) == 4 ? 0 : -EIO;
}

int remote_start(struct qemu *qemu, enum remote_kind kind, unsigned int count,
		 const char *incoming, unsigned int key)
{
	memset(qemu, 0, sizeof(*qemu));
	qemu->qmp = connect_to(2);
	if (qemu->qmp < 0)
		return qemu->qmp;
	qemu->log = connect_to(2);
	if (qemu->log < 0)
		return qemu->log;
	dprintf(qemu->qmp, "start %u %u %s %u\n", kind, count, incoming, key);
	return qemu_greet(qemu);
}

void remote_stop(struct qemu *qemu)
{
	shutdown(qemu->log, SHUT_WR);
}

void remote_close(struct qemu *qemu)
{
	close(qemu->qmp);
	close(qemu->log);
}
