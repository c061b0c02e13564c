// SPDX-License-Identifier: GPL-2.0
/* Listens to what the drivers tell over netlink, and sees what was lost. */
#include <assert.h>
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib.h"
#include "netlink.h"
#include "uapi/linux/vfio_mig_netlink.h"

static_assert((int)VFIOMIG_CAUSE_CLOSE == (int)VFIO_MIG_CAUSE_CLOSE,
	      "the causes are the kernel's");

#define KINDS	VFIOMIG_EVENT_LOST

/* As the kernel's commands say it. */
static const enum vfiomig_event_kind kinds[VFIO_MIG_CMD_MAX + 1] = {
	[VFIO_MIG_CMD_GET] = VFIOMIG_EVENT_LOST,
	[VFIO_MIG_CMD_STATE] = VFIOMIG_EVENT_STATE,
	[VFIO_MIG_CMD_PROGRESS] = VFIOMIG_EVENT_PROGRESS,
	[VFIO_MIG_CMD_ERROR] = VFIOMIG_EVENT_ERROR,
};

/**
 * struct known - a device that has been heard of
 * @name: Its address.
 * @seq: Numbers of the last events that were told, by kind.
 */
struct known {
	char name[64];
	__u32 seq[KINDS];
};

struct vfiomig_monitor {
	struct nl_sock *sock;
	int family;
	struct known *known;
	unsigned int count;
	/* What one recv() may bring, aligned as netlink wants it. */
	union {
		struct nlmsghdr header;
		char bytes[16384];
	} buffer;
};

static int join(struct nl_sock *sock, const char *group)
{
	int number = genl_ctrl_resolve_grp(sock, VFIO_MIG_FAMILY_NAME, group);

	if (number < 0)
		return -EOPNOTSUPP;
	if (setsockopt(nl_socket_get_fd(sock), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)))
		return -errno;
	return 0;
}

static int join_all(struct nl_sock *sock, struct vfiomig_error *error)
{
	static const char * const groups[] = {
		VFIO_MIG_MCGRP_STATE, VFIO_MIG_MCGRP_PROGRESS,
		VFIO_MIG_MCGRP_ERROR,
	};
	size_t i;
	int err;

	for (i = 0; i < LIB_COUNT(groups); i++) {
		err = join(sock, groups[i]);
		if (!err)
			continue;
		lib_fail_errno(error, err, "cannot listen to devices");
		if (err == -EPERM)
			lib_hint(error, "that takes CAP_NET_ADMIN");
		return err;
	}
	return 0;
}

int vfiomig_monitor_open(struct vfiomig_monitor **monitor,
			 struct vfiomig_error *error)
{
	struct vfiomig_monitor *new;
	int err;

	*monitor = NULL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return lib_fail_errno(error, -ENOMEM, "monitor");
	new->sock = lib_netlink_open(&new->family, &err, error);
	if (!new->sock)
		goto free_monitor;
	err = join_all(new->sock, error);
	if (err)
		goto free_socket;
	*monitor = new;
	return 0;

free_socket:
	nl_socket_free(new->sock);
free_monitor:
	free(new);
	return err;
}

void vfiomig_monitor_close(struct vfiomig_monitor *monitor)
{
	if (!monitor)
		return;
	nl_socket_free(monitor->sock);
	free(monitor->known);
	free(monitor);
}

int vfiomig_monitor_fd(const struct vfiomig_monitor *monitor)
{
	return nl_socket_get_fd(monitor->sock);
}

/* ---- what was told ---- */

/* NULL if there is no memory. */
static struct known *find(struct vfiomig_monitor *monitor, const char *name)
{
	struct known *known;
	unsigned int i;

	for (i = 0; i < monitor->count; i++)
		if (!strcmp(monitor->known[i].name, name))
			return &monitor->known[i];
	known = realloc(monitor->known, (i + 1) * sizeof(*known));
	if (!known)
		return NULL;
	monitor->known = known;
	monitor->count++;
	memset(&known[i], 0, sizeof(*known));
	memcpy(known[i].name, name, sizeof(known[i].name) - 1);
	return &known[i];
}

struct syncing {
	struct vfiomig_monitor *monitor;
	vfiomig_on_status on_status;
	void *ctx;
};

static int take_status(const struct vfiomig_status *status, void *ctx)
{
	struct syncing *syncing = ctx;
	struct known *known = find(syncing->monitor, status->name);

	if (!known)
		return -ENOMEM;
	memcpy(known->seq, status->seq, sizeof(known->seq));
	return syncing->on_status(status, syncing->ctx);
}

int vfiomig_monitor_sync(struct vfiomig_monitor *monitor,
			 vfiomig_on_status on_status, void *ctx,
			 struct vfiomig_error *error)
{
	struct syncing syncing = { monitor, on_status, ctx };

	return vfiomig_status_all(take_status, &syncing, error);
}

/*
 * Is it new?  A device that is bound again begins again, which shows as its
 * first event of a kind.
 */
static bool is_new(struct vfiomig_monitor *monitor, __u32 seq,
		   struct vfiomig_event *event)
{
	struct known *known = find(monitor, event->name);
	__s32 ahead;

	if (!known)
		return true;
	ahead = seq - known->seq[event->kind];
	if (seq == 1 && ahead)
		ahead = 1;
	if (ahead <= 0)
		return false;
	event->lost = ahead - 1;
	known->seq[event->kind] = seq;
	return true;
}

/* ---- messages ---- */

static struct nla_policy policy[VFIO_MIG_A_EVENT_MAX + 1] = {
	[VFIO_MIG_A_EVENT_NAME] = { .type = NLA_STRING },
	[VFIO_MIG_A_EVENT_SEQ] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_TIME] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_CAUSE] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_FROM] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_TO] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_STATE] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_NS] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_ERRNO] = { .type = NLA_U32 },
	[VFIO_MIG_A_EVENT_ARC] = { .type = NLA_NESTED },
	[VFIO_MIG_A_EVENT_SESSION_BYTES] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_REMAINING] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_INITIAL] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_DIRTY] = { .type = NLA_U64 },
	[VFIO_MIG_A_EVENT_FAILURE] = { .type = NLA_NESTED },
};

static struct nla_policy arc_policy[VFIO_MIG_A_ARC_MAX + 1] = {
	[VFIO_MIG_A_ARC_FROM] = { .type = NLA_U32 },
	[VFIO_MIG_A_ARC_TO] = { .type = NLA_U32 },
	[VFIO_MIG_A_ARC_TIME] = { .type = NLA_U64 },
	[VFIO_MIG_A_ARC_NS] = { .type = NLA_U64 },
	[VFIO_MIG_A_ARC_ERRNO] = { .type = NLA_U32 },
};

static void take_arc(struct vfiomig_event *event, struct nlattr *nest)
{
	struct nlattr *attrs[VFIO_MIG_A_ARC_MAX + 1];

	if (event->arcs == VFIOMIG_EVENT_ARCS ||
	    nla_parse_nested(attrs, VFIO_MIG_A_ARC_MAX, nest, arc_policy))
		return;
	event->arc[event->arcs++] = (struct vfiomig_event_arc) {
		.from = lib_attr_u32(attrs[VFIO_MIG_A_ARC_FROM]),
		.to = lib_attr_u32(attrs[VFIO_MIG_A_ARC_TO]),
		.error = lib_attr_u32(attrs[VFIO_MIG_A_ARC_ERRNO]),
		.time = lib_attr_u64(attrs[VFIO_MIG_A_ARC_TIME]),
		.ns = lib_attr_u64(attrs[VFIO_MIG_A_ARC_NS]),
	};
}

static void take_attributes(struct vfiomig_event *event, struct nlattr **attrs)
{
	lib_attr_text(attrs[VFIO_MIG_A_EVENT_NAME], event->name,
		      sizeof(event->name));
	event->time = lib_attr_u64(attrs[VFIO_MIG_A_EVENT_TIME]);
	event->cause = lib_attr_u32(attrs[VFIO_MIG_A_EVENT_CAUSE]);
	event->from = lib_attr_u32(attrs[VFIO_MIG_A_EVENT_FROM]);
	event->to = lib_attr_u32(attrs[VFIO_MIG_A_EVENT_TO]);
	event->state = lib_attr_u32(attrs[VFIO_MIG_A_EVENT_STATE]);
	event->ns = lib_attr_u64(attrs[VFIO_MIG_A_EVENT_NS]);
	event->error = lib_attr_u32(attrs[VFIO_MIG_A_EVENT_ERRNO]);
	event->session_bytes =
		lib_attr_u64(attrs[VFIO_MIG_A_EVENT_SESSION_BYTES]);
	event->saving = attrs[VFIO_MIG_A_EVENT_REMAINING];
	event->remaining = lib_attr_u64(attrs[VFIO_MIG_A_EVENT_REMAINING]);
	event->pre_copy = attrs[VFIO_MIG_A_EVENT_INITIAL];
	event->initial = lib_attr_u64(attrs[VFIO_MIG_A_EVENT_INITIAL]);
	event->dirty = lib_attr_u64(attrs[VFIO_MIG_A_EVENT_DIRTY]);
	lib_attr_failure(attrs[VFIO_MIG_A_EVENT_FAILURE], &event->failure);
}

/* An event that is new? */
static bool take_message(struct vfiomig_monitor *monitor,
			 struct nlmsghdr *message, struct vfiomig_event *event)
{
	struct nlattr *attrs[VFIO_MIG_A_EVENT_MAX + 1], *attr;
	struct genlmsghdr *header = nlmsg_data(message);
	int left;

	memset(event, 0, sizeof(*event));
	if (message->nlmsg_type != monitor->family ||
	    !genlmsg_valid_hdr(message, 0) || header->cmd > VFIO_MIG_CMD_MAX)
		return false;
	event->kind = kinds[header->cmd];
	if (event->kind == VFIOMIG_EVENT_LOST ||
	    genlmsg_parse(message, 0, attrs, VFIO_MIG_A_EVENT_MAX, policy))
		return false;
	take_attributes(event, attrs);
	nla_for_each_attr(attr, genlmsg_attrdata(header, 0),
			  genlmsg_attrlen(header, 0), left)
		if (nla_type(attr) == VFIO_MIG_A_EVENT_ARC)
			take_arc(event, attr);
	return is_new(monitor, lib_attr_u32(attrs[VFIO_MIG_A_EVENT_SEQ]),
		      event);
}

/* The kernel sends one message at a time. */
static ssize_t receive(struct vfiomig_monitor *monitor, int flags)
{
	ssize_t got = recv(nl_socket_get_fd(monitor->sock), &monitor->buffer,
			   sizeof(monitor->buffer), flags);

	return got < 0 ? -errno : got;
}

/*
 * The kernel says ENOBUFS once, and drops all that comes from then on, until the
 * socket was found empty.  So nothing may wait in it when a dump is asked for, or a
 * device that moves after the dump, and before the last of this is read, would never
 * be heard of.  What waits is older than that dump, and would not be told.
 */
static int forget_waiting(struct vfiomig_monitor *monitor)
{
	ssize_t got;

	do {
		got = receive(monitor, MSG_DONTWAIT);
	} while (got >= 0 || got == -ENOBUFS || got == -EINTR);
	return got == -EAGAIN ? 0 : got;
}

int vfiomig_monitor_next(struct vfiomig_monitor *monitor,
			 struct vfiomig_event *event,
			 struct vfiomig_error *error)
{
	ssize_t got;
	bool lost;

	do {
		got = receive(monitor, 0);
		lost = got == -ENOBUFS;
		if (lost)
			got = forget_waiting(monitor);
		if (got < 0)
			return lib_fail_errno(error, got,
					      "cannot listen any more");
	} while (!lost && (!nlmsg_ok(&monitor->buffer.header, got) ||
			   !take_message(monitor, &monitor->buffer.header,
					 event)));
	if (lost) {
		memset(event, 0, sizeof(*event));
		event->kind = VFIOMIG_EVENT_LOST;
	}
	return 0;
}
