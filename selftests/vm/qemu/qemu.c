// SPDX-License-Identifier: GPL-2.0
/* qemu.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qemu.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* ---- the process ---- */

static void run(const char *bdf, const char *incoming, int qmp, int log)
{
	char device[128], chardev[64];
	const char * const argv[] = {
		"qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-m", "32",
		"-nodefaults", "-no-user-config", "-display", "none",
		"-kernel", "guest.elf", "-debugcon", "stdio",
		"-device", device, "-chardev", chardev,
		"-mon", "chardev=qmp,mode=control",
		incoming ? "-incoming" : NULL, incoming, NULL,
	};

	snprintf(device, sizeof(device),
		 "vfio-pci,host=%s,enable-migration=on", bdf);
	snprintf(chardev, sizeof(chardev), "socket,id=qmp,fd=%d", qmp);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDOUT_FILENO);
	execvp(argv[0], (char * const *)argv);
	_exit(127);
}

int qemu_start(struct qemu *qemu, const char *bdf, const char *incoming)
{
	int qmp[2], log[2];

	memset(qemu, 0, sizeof(*qemu));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, qmp) || pipe(log))
		return -errno;
	qemu->pid = fork();
	if (qemu->pid < 0)
		return -errno;
	if (!qemu->pid) {
		close(qmp[0]);
		close(log[0]);
		run(bdf, incoming, qmp[1], log[1]);
	}
	close(qmp[1]);
	close(log[1]);
	qemu->qmp = qmp[0];
	qemu->log = log[0];
	fcntl(qemu->qmp, F_SETFD, FD_CLOEXEC);
	fcntl(qemu->log, F_SETFD, FD_CLOEXEC);
	fcntl(qemu->log, F_SETFL, O_NONBLOCK);
	return qemu_command(qemu, "{\"execute\":\"qmp_capabilities\"}");
}

void qemu_stop(struct qemu *qemu)
{
	if (!qemu->pid)
		return;
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	close(qemu->qmp);
	close(qemu->log);
	qemu->pid = 0;
}

/* ---- QMP ---- */

static int fail(struct qemu *qemu, int error, const char *text)
{
	snprintf(qemu->failure, sizeof(qemu->failure), "%s", text);
	return error;
}

static int wait_for(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ret = poll(&pollfd, 1, QEMU_TIMEOUT_MS);

	if (ret < 0)
		return -errno;
	return ret ? 0 : -ETIMEDOUT;
}

/* The next message of QEMU; NULL if there is none. */
static struct json_object *receive(struct qemu *qemu)
{
	struct json_object *message;
	char *end;
	ssize_t got;

	while (!(end = memchr(qemu->input, '\n', qemu->used))) {
		if (qemu->used == sizeof(qemu->input) || wait_for(qemu->qmp))
			return NULL;
		got = read(qemu->qmp, qemu->input + qemu->used,
			   sizeof(qemu->input) - qemu->used);
		if (got <= 0)
			return NULL;
		qemu->used += got;
	}
	*end++ = '\0';
	message = json_tokener_parse(qemu->input);
	qemu->used -= end - qemu->input;
	memmove(qemu->input, end, qemu->used);
	return message;
}

static const char *string_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return "";
	return json_object_get_string(value);
}

static void note_event(struct qemu *qemu, struct json_object *message)
{
	struct json_object *data;

	if (strcmp(string_of(message, "event"), "MIGRATION") ||
	    !json_object_object_get_ex(message, "data", &data))
		return;
	snprintf(qemu->event, sizeof(qemu->event), "%s",
		 string_of(data, "status"));
}

/* 1: an answer that says yes; 0: something else; -errno. */
static int answer(struct qemu *qemu, struct json_object *message)
{
	struct json_object *part;

	if (json_object_object_get_ex(message, "return", &part))
		return 1;
	if (json_object_object_get_ex(message, "error", &part))
		return fail(qemu, -EREMOTEIO, string_of(part, "desc"));
	note_event(qemu, message);
	return 0;
}

int qemu_command(struct qemu *qemu, const char *json)
{
	struct json_object *message;
	int ret = 0;

	if (write(qemu->qmp, json, strlen(json)) < 0)
		return fail(qemu, -errno, "QEMU takes no command");
	while (!ret) {
		message = receive(qemu);
		if (!message)
			return fail(qemu, -EPIPE, "QEMU does not answer");
		ret = answer(qemu, message);
		json_object_put(message);
	}
	return ret < 0 ? ret : 0;
}

static bool is_over(const char *status)
{
	return !strcmp(status, "completed") || !strcmp(status, "failed") ||
	       !strcmp(status, "cancelled");
}

int qemu_wait_migration(struct qemu *qemu)
{
	struct json_object *message;

	while (!is_over(qemu->event)) {
		message = receive(qemu);
		if (!message)
			return fail(qemu, -EPIPE, "no word of the migration");
		note_event(qemu, message);
		json_object_put(message);
	}
	return 0;
}

/*
 * Without a tracker of dirty pages QEMU sends all memory again when it stops
 * the guest, so it must be allowed to take its time.
 */
int qemu_migrate(struct qemu *qemu, const char *address)
{
	static const char * const set_up[] = {
		"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[{\"capability\":\"events\",\"state\":true}]}}",
		"{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"downtime-limit\":60000}}",
	};
	char migrate[256];
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(set_up); i++) {
		ret = qemu_command(qemu, set_up[i]);
		if (ret)
			return ret;
	}
	qemu->event[0] = '\0';
	snprintf(migrate, sizeof(migrate),
		 "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"%s\"}}",
		 address);
	return qemu_command(qemu, migrate);
}

/* ---- the guest ---- */

static void take_line(struct guest *guest)
{
	long round;

	guest->line[guest->used] = '\0';
	guest->used = 0;
	if (sscanf(guest->line, "round %ld", &round) == 1 &&
	    round == guest->round + 1)
		guest->round = round;
	else if (!guest->complaint[0])
		snprintf(guest->complaint, sizeof(guest->complaint), "%s",
			 guest->line);
}

static void take_char(struct guest *guest, char c)
{
	if (c == '\n')
		take_line(guest);
	else if (guest->used < sizeof(guest->line) - 1)
		guest->line[guest->used++] = c;
}

static int take_some(struct guest *guest, struct qemu *qemu)
{
	char text[256];
	ssize_t got = read(qemu->log, text, sizeof(text));
	ssize_t i;

	if (got < 0)
		return -errno;
	for (i = 0; i < got; i++)
		take_char(guest, text[i]);
	return got ? 0 : -EPIPE;
}

int guest_listen(struct guest *guest, struct qemu *qemu, int rounds)
{
	long until = guest->round + rounds;
	int ret;

	do {
		ret = take_some(guest, qemu);
		if (ret && ret != -EAGAIN)
			return ret;
		if (guest->complaint[0])
			return -EPROTO;
		if (ret == -EAGAIN && guest->round >= until)
			return 0;
		if (ret == -EAGAIN)
			ret = wait_for(qemu->log);
	} while (!ret);
	return ret;
}
