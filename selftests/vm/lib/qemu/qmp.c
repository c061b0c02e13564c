// SPDX-License-Identifier: GPL-2.0
/* QEMU's monitor; qemu.h says what is here. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu.h"

#define KEY_FOLDER	"/tmp/vfio-mig-psk"

static int fail(struct qemu *qemu, int error, const char *text)
{
	snprintf(qemu->failure, sizeof(qemu->failure), "%s", text);
	return error;
}

int qemu_wait_for(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ret = poll(&pollfd, 1, ms);

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
		if (qemu->used == sizeof(qemu->input) ||
		    qemu_wait_for(qemu->qmp, qemu_timeout_ms()))
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

static int64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return 0;
	return json_object_get_int64(value);
}

static void note_event(struct qemu *qemu, struct json_object *message)
{
	size_t used = strlen(qemu->events);
	const char *name = string_of(message, "event");
	struct json_object *data;

	if (!strcmp(name, "STOP") || !strcmp(name, "RESUME"))
		qemu->stopped = !strcmp(name, "STOP");
	if (!json_object_object_get_ex(message, "data", &data))
		return;
	if (!strcmp(name, "MIGRATION_PASS"))
		qemu->passes = number_of(data, "pass");
	if (strcmp(name, "MIGRATION"))
		return;
	snprintf(qemu->event, sizeof(qemu->event), "%s",
		 string_of(data, "status"));
	snprintf(qemu->events + used, sizeof(qemu->events) - used, "%s ",
		 qemu->event);
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

int qemu_ask(struct qemu *qemu, const char *json)
{
	return write(qemu->qmp, json, strlen(json)) < 0 ?
	       fail(qemu, -errno, "QEMU takes no command") : 0;
}

/* Its answer to what it was asked, which may say no; NULL without one. */
static int take_answer(struct qemu *qemu, struct json_object **message)
{
	int ret;

	*message = NULL;
	do {
		json_object_put(*message);
		*message = receive(qemu);
		if (!*message)
			return fail(qemu, -EPIPE, "QEMU does not answer");
		ret = answer(qemu, *message);
	} while (!ret);
	return ret < 0 ? ret : 0;
}

int qemu_answered(struct qemu *qemu)
{
	struct json_object *message;
	int ret = take_answer(qemu, &message);

	json_object_put(message);
	return ret;
}

int qemu_command(struct qemu *qemu, const char *format, ...)
{
	char json[512];
	va_list args;

	va_start(args, format);
	vsnprintf(json, sizeof(json), format, args);
	va_end(args);
	return qemu_ask(qemu, json) ?: qemu_answered(qemu);
}

struct json_object *qemu_query(struct qemu *qemu, const char *json)
{
	struct json_object *message = NULL, *part = NULL;

	if (!qemu_ask(qemu, json) && !take_answer(qemu, &message) &&
	    json_object_object_get_ex(message, "return", &part))
		json_object_get(part);
	json_object_put(message);
	return part;
}

int qemu_capability(struct qemu *qemu, const char *name)
{
	return qemu_command(qemu,
			    "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[{\"capability\":\"%s\",\"state\":true}]}}",
			    name);
}

static bool is_over(const char *status)
{
	return !strcmp(status, "completed") || !strcmp(status, "failed") ||
	       !strcmp(status, "cancelled");
}

static int wait_event(struct qemu *qemu)
{
	struct json_object *message = receive(qemu);

	if (!message)
		return fail(qemu, -EPIPE, "no word of the migration");
	note_event(qemu, message);
	json_object_put(message);
	return 0;
}

int qemu_wait_migration(struct qemu *qemu)
{
	int ret = 0;

	while (!ret && !is_over(qemu->event))
		ret = wait_event(qemu);
	return ret;
}

static bool has_line(struct qemu *qemu)
{
	return memchr(qemu->input, '\n', qemu->used);
}

int qemu_wait_word(struct qemu *qemu, int ms)
{
	struct pollfd pollfds[] = {
		{ .fd = qemu->qmp, .events = POLLIN },
		{ .fd = qemu->log, .events = POLLIN },
	};
	int ret;

	if (has_line(qemu))
		return 0;
	ret = poll(pollfds, 2, ms);
	if (ret < 0)
		return -errno;
	return ret ? 0 : -ETIMEDOUT;
}

bool qemu_migration_over(struct qemu *qemu)
{
	struct pollfd pollfd = { .fd = qemu->qmp, .events = POLLIN };

	while (!is_over(qemu->event) &&
	       (has_line(qemu) || poll(&pollfd, 1, 0) > 0))
		if (wait_event(qemu))
			return false;
	return is_over(qemu->event);
}

int qemu_wait_running(struct qemu *qemu)
{
	int ret = 0;

	while (!ret && qemu->stopped)
		ret = wait_event(qemu);
	/* That is said before it is done; whoever does it has QEMU's lock. */
	return ret ?: qemu_command(qemu, "{\"execute\":\"query-status\"}");
}

int qemu_continue(struct qemu *qemu)
{
	int ret;

	do {
		ret = qemu_command(qemu, "{\"execute\":\"cont\"}");
	} while (ret == -EREMOTEIO && strstr(qemu->failure, "not finalized"));
	return ret;
}

static void forget_events(struct qemu *qemu)
{
	qemu->event[0] = '\0';
	qemu->events[0] = '\0';
	qemu->passes = 0;
}

/* It is no secret: both ends are the test's. */
int qemu_make_key(unsigned int key)
{
	FILE *file;

	if (mkdir(KEY_FOLDER, 0700) && errno != EEXIST)
		return -errno;
	file = fopen(KEY_FOLDER "/keys.psk", "w");
	if (!file)
		return -errno;
	fprintf(file, "qemu:%064u\n", key);
	return fclose(file) ? -errno : 0;
}

int qemu_tls(struct qemu *qemu, const char *endpoint)
{
	int ret;

	ret = qemu_command(qemu,
			   "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"tls-creds-psk\",\"id\":\"%s\",\"dir\":\"%s\",\"endpoint\":\"%s\"}}",
			   endpoint, KEY_FOLDER, endpoint);
	if (ret)
		return ret;
	return qemu_command(qemu,
			    "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"tls-creds\":\"%s\"}}",
			    endpoint);
}

int qemu_downtime_limit(struct qemu *qemu, unsigned int ms)
{
	return qemu_command(qemu,
			    "{\"execute\":\"migrate-set-parameters\",\"arguments\":{\"downtime-limit\":%u}}",
			    ms);
}

int qemu_migrate(struct qemu *qemu, const char *address)
{
	forget_events(qemu);
	return qemu_command(qemu,
			    "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"%s\"}}",
			    address);
}

int qemu_incoming(struct qemu *qemu, const char *address)
{
	forget_events(qemu);
	return qemu_command(qemu,
			    "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"%s\"}}",
			    address);
}

/* A number that is one level deeper. */
static int64_t number_in(struct json_object *object, const char *part,
			 const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, part, &value))
		return 0;
	return number_of(value, key);
}

int qemu_version(struct qemu *qemu)
{
	struct json_object *info, *part;
	int64_t major = -1;

	info = qemu_query(qemu, "{\"execute\":\"query-version\"}");
	if (info && json_object_object_get_ex(info, "qemu", &part))
		major = number_of(part, "major");
	json_object_put(info);
	return major;
}

int qemu_figures(struct qemu *qemu, struct figures *figures)
{
	struct json_object *info;
	int64_t page_size;

	info = qemu_query(qemu, "{\"execute\":\"query-migrate\"}");
	if (!info)
		return -EREMOTEIO;
	figures->total_ms = number_of(info, "total-time");
	figures->downtime_ms = number_of(info, "downtime");
	figures->ram_bytes = number_in(info, "ram", "transferred");
	/* Those that are all zeroes are duplicates. */
	figures->pages = number_in(info, "ram", "normal") +
			 number_in(info, "ram", "duplicate");
	page_size = number_in(info, "ram", "page-size");
	figures->guest_pages = page_size ? number_in(info, "ram", "total") / page_size : 0;
	figures->device_bytes = number_in(info, "vfio", "transferred");
	json_object_put(info);
	return 0;
}
