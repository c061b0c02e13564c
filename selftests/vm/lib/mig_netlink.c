// SPDX-License-Identifier: GPL-2.0
/* mig_netlink.h says what is here. */
#include <errno.h>
#include <poll.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "mig_netlink.h"

#define U32(attrs, id) ((attrs)[id] ? nla_get_u32((attrs)[id]) : 0)
#define U64(attrs, id) ((attrs)[id] ? nla_get_u64((attrs)[id]) : 0)

static void copy_text(char *text, size_t size, struct nlattr *attr)
{
	snprintf(text, size, "%s", attr ? nla_get_string(attr) : "");
}

static void take_failure(struct told_failure *failure, struct nlattr *nest)
{
	struct nlattr *attrs[VFIO_MIG_A_FAILURE_MAX + 1];

	if (!nest || nla_parse_nested(attrs, VFIO_MIG_A_FAILURE_MAX, nest, NULL))
		return;
	failure->error = U32(attrs, VFIO_MIG_A_FAILURE_ERRNO);
	failure->from = U32(attrs, VFIO_MIG_A_FAILURE_FROM);
	failure->to = U32(attrs, VFIO_MIG_A_FAILURE_TO);
	failure->section = U32(attrs, VFIO_MIG_A_FAILURE_SECTION);
	copy_text(failure->text, sizeof(failure->text),
		  attrs[VFIO_MIG_A_FAILURE_TEXT]);
}

static void take_device(struct told_device *device, struct nlmsghdr *message)
{
	struct nlattr *attrs[VFIO_MIG_A_DEVICE_MAX + 1];

	memset(device, 0, sizeof(*device));
	if (genlmsg_parse(message, 0, attrs, VFIO_MIG_A_DEVICE_MAX, NULL))
		return;
	copy_text(device->name, sizeof(device->name),
		  attrs[VFIO_MIG_A_DEVICE_NAME]);
	copy_text(device->driver, sizeof(device->driver),
		  attrs[VFIO_MIG_A_DEVICE_DRIVER]);
	device->group = attrs[VFIO_MIG_A_DEVICE_GROUP] ?
			(int)nla_get_u32(attrs[VFIO_MIG_A_DEVICE_GROUP]) : -1;
	device->index = U32(attrs, VFIO_MIG_A_DEVICE_INDEX);
	device->open = attrs[VFIO_MIG_A_DEVICE_OPEN];
	device->state = U32(attrs, VFIO_MIG_A_DEVICE_STATE);
	device->state_ns = U64(attrs, VFIO_MIG_A_DEVICE_STATE_NS);
	device->features = U64(attrs, VFIO_MIG_A_DEVICE_FEATURES);
	device->bytes_read = U64(attrs, VFIO_MIG_A_DEVICE_BYTES_READ);
	device->bytes_written = U64(attrs, VFIO_MIG_A_DEVICE_BYTES_WRITTEN);
	device->session_bytes = U64(attrs, VFIO_MIG_A_DEVICE_SESSION_BYTES);
	device->sessions = U64(attrs, VFIO_MIG_A_DEVICE_SESSIONS);
	device->transitions = U64(attrs, VFIO_MIG_A_DEVICE_TRANSITIONS);
	device->failures = U64(attrs, VFIO_MIG_A_DEVICE_FAILURES);
	device->resets = U64(attrs, VFIO_MIG_A_DEVICE_RESETS);
	device->state_seq = U32(attrs, VFIO_MIG_A_DEVICE_STATE_SEQ);
	device->progress_seq = U32(attrs, VFIO_MIG_A_DEVICE_PROGRESS_SEQ);
	device->error_seq = U32(attrs, VFIO_MIG_A_DEVICE_ERROR_SEQ);
	take_failure(&device->last_error, attrs[VFIO_MIG_A_DEVICE_LAST_ERROR]);
}

static void take_arc(struct told_event *event, struct nlattr *nest)
{
	struct nlattr *attrs[VFIO_MIG_A_ARC_MAX + 1];

	if (event->arcs == TOLD_ARCS ||
	    nla_parse_nested(attrs, VFIO_MIG_A_ARC_MAX, nest, NULL))
		return;
	event->arc[event->arcs++] = (struct told_arc) {
		.from = U32(attrs, VFIO_MIG_A_ARC_FROM),
		.to = U32(attrs, VFIO_MIG_A_ARC_TO),
		.error = U32(attrs, VFIO_MIG_A_ARC_ERRNO),
		.time = U64(attrs, VFIO_MIG_A_ARC_TIME),
		.ns = U64(attrs, VFIO_MIG_A_ARC_NS),
	};
}

static void take_event(struct told_event *event, struct nlmsghdr *message)
{
	struct genlmsghdr *header = nlmsg_data(message);
	struct nlattr *attrs[VFIO_MIG_A_EVENT_MAX + 1];
	struct nlattr *attr;
	int left;

	memset(event, 0, sizeof(*event));
	if (genlmsg_parse(message, 0, attrs, VFIO_MIG_A_EVENT_MAX, NULL))
		return;
	event->command = header->cmd;
	copy_text(event->name, sizeof(event->name),
		  attrs[VFIO_MIG_A_EVENT_NAME]);
	event->seq = U32(attrs, VFIO_MIG_A_EVENT_SEQ);
	event->time = U64(attrs, VFIO_MIG_A_EVENT_TIME);
	event->cause = U32(attrs, VFIO_MIG_A_EVENT_CAUSE);
	event->from = U32(attrs, VFIO_MIG_A_EVENT_FROM);
	event->to = U32(attrs, VFIO_MIG_A_EVENT_TO);
	event->state = U32(attrs, VFIO_MIG_A_EVENT_STATE);
	event->ns = U64(attrs, VFIO_MIG_A_EVENT_NS);
	event->error = U32(attrs, VFIO_MIG_A_EVENT_ERRNO);
	event->session_bytes = U64(attrs, VFIO_MIG_A_EVENT_SESSION_BYTES);
	event->has_remaining = attrs[VFIO_MIG_A_EVENT_REMAINING];
	event->remaining = U64(attrs, VFIO_MIG_A_EVENT_REMAINING);
	event->has_initial = attrs[VFIO_MIG_A_EVENT_INITIAL];
	event->initial = U64(attrs, VFIO_MIG_A_EVENT_INITIAL);
	event->dirty = U64(attrs, VFIO_MIG_A_EVENT_DIRTY);
	take_failure(&event->failure, attrs[VFIO_MIG_A_EVENT_FAILURE]);
	nla_for_each_attr(attr, genlmsg_attrdata(header, 0),
			  genlmsg_attrlen(header, 0), left)
		if (nla_type(attr) == VFIO_MIG_A_EVENT_ARC)
			take_arc(event, attr);
}

/* ---- get and dump ---- */

struct answer {
	struct told_device *devices;
	int count;
	int error;
	bool done;
};

static int on_device(struct nl_msg *message, void *ctx)
{
	struct answer *answer = ctx;

	if (answer->count < TOLD_DEVICES)
		take_device(&answer->devices[answer->count++],
			    nlmsg_hdr(message));
	return NL_OK;
}

static int on_done(struct nl_msg *message, void *ctx)
{
	struct answer *answer = ctx;

	answer->done = true;
	return NL_STOP;
}

/* The kernel's own number; libnl makes another one of it. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *ctx)
{
	struct answer *answer = ctx;

	answer->error = error->error;
	answer->done = true;
	return NL_STOP;
}

static int receive(struct nl_sock *sock, struct answer *answer)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	int ret = 0;

	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_device, answer);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_done, answer);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_done, answer);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, answer);
	while (!answer->done && ret >= 0)
		ret = nl_recvmsgs(sock, callbacks);
	nl_cb_put(callbacks);
	return ret < 0 && !answer->error ? -EIO : answer->error;
}

/* One socket for each question, so that nothing is left of the one before. */
static int ask(int flags, int attr, const char *name, struct answer *answer)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *message = nlmsg_alloc();
	int family, ret = -EIO;

	if (genl_connect(sock))
		goto out;
	family = genl_ctrl_resolve(sock, VFIO_MIG_FAMILY_NAME);
	ret = -ENOENT;
	if (family < 0)
		goto out;
	genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
		    flags | NLM_F_REQUEST, VFIO_MIG_CMD_GET,
		    VFIO_MIG_FAMILY_VERSION);
	if (name)
		nla_put_string(message, attr, name);
	ret = nl_send_auto(sock, message) < 0 ? -EIO : receive(sock, answer);
out:
	nlmsg_free(message);
	nl_socket_free(sock);
	return ret;
}

int ask_device(const char *name, struct told_device *device)
{
	struct answer answer = { .devices = device };

	return ask(NLM_F_ACK, VFIO_MIG_A_DEVICE_NAME, name, &answer);
}

int ask_nonsense(bool unknown)
{
	struct told_device device;
	struct answer answer = { .devices = &device };

	return ask(NLM_F_ACK, VFIO_MIG_A_DEVICE_DRIVER, unknown ? "x" : NULL,
		   &answer);
}

int ask_all(struct told_device devices[TOLD_DEVICES])
{
	struct answer answer = { .devices = devices };
	int ret = ask(NLM_F_DUMP, 0, NULL, &answer);

	return ret ? ret : answer.count;
}

/* ---- events ---- */

static int join(struct nl_sock *sock, const char *group)
{
	int number = genl_ctrl_resolve_grp(sock, VFIO_MIG_FAMILY_NAME, group);

	if (number < 0)
		return -ENOENT;
	if (setsockopt(nl_socket_get_fd(sock), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)))
		return -errno;
	return 0;
}

int listen_to(struct listener *listener, const char *groups)
{
	char copy[64], *group, *rest = copy;
	int ret = 0;

	listener->groups = 0;
	listener->sock = nl_socket_alloc();
	if (genl_connect(listener->sock))
		return -EIO;
	snprintf(copy, sizeof(copy), "%s", groups);
	while ((group = strtok_r(rest, " ", &rest))) {
		int joined = join(listener->sock, group);

		listener->groups += !joined;
		ret = ret ? ret : joined;
	}
	return ret;
}

void listen_end(struct listener *listener)
{
	nl_socket_free(listener->sock);
	listener->sock = NULL;
}

void listen_narrowly(struct listener *listener, int bytes)
{
	setsockopt(nl_socket_get_fd(listener->sock), SOL_SOCKET, SO_RCVBUF,
		   &bytes, sizeof(bytes));
}

int listen_next(struct listener *listener, struct told_event *event)
{
	static union {
		struct nlmsghdr header;
		char bytes[16384];
	} buffer;
	ssize_t got;

	got = recv(nl_socket_get_fd(listener->sock), &buffer, sizeof(buffer),
		   MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (!nlmsg_ok(&buffer.header, got))
		return -EBADMSG;
	take_event(event, &buffer.header);
	return 1;
}

int listen_wait(struct listener *listener, int timeout_ms)
{
	struct pollfd pollfd = {
		.fd = nl_socket_get_fd(listener->sock),
		.events = POLLIN,
	};
	int ret = poll(&pollfd, 1, timeout_ms);

	if (ret < 0)
		return -errno;
	return ret ? 0 : -ETIMEDOUT;
}

void listen_drain(struct listener *listener)
{
	struct told_event event;

	while (listen_next(listener, &event))
		;
}
