// SPDX-License-Identifier: GPL-2.0
/* Asks the drivers over netlink how their devices are. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"
#include "netlink.h"
#include "uapi/linux/vfio_mig_netlink.h"

__u32 lib_attr_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

__u64 lib_attr_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

void lib_attr_text(struct nlattr *attr, char *text, size_t size)
{
	snprintf(text, size, "%s", attr ? nla_get_string(attr) : "");
}

/* What is shorter or longer than it has to be is as if it had not come. */
static struct nla_policy failure_policy[VFIO_MIG_A_FAILURE_MAX + 1] = {
	[VFIO_MIG_A_FAILURE_ERRNO] = { .type = NLA_U32 },
	[VFIO_MIG_A_FAILURE_FROM] = { .type = NLA_U32 },
	[VFIO_MIG_A_FAILURE_TO] = { .type = NLA_U32 },
	[VFIO_MIG_A_FAILURE_SECTION] = { .type = NLA_U32 },
	[VFIO_MIG_A_FAILURE_TEXT] = { .type = NLA_STRING },
};

void lib_attr_failure(struct nlattr *nest, struct vfiomig_failure *failure)
{
	struct nlattr *attrs[VFIO_MIG_A_FAILURE_MAX + 1];

	memset(failure, 0, sizeof(*failure));
	if (!nest || nla_parse_nested(attrs, VFIO_MIG_A_FAILURE_MAX, nest,
				      failure_policy))
		return;
	failure->error = lib_attr_u32(attrs[VFIO_MIG_A_FAILURE_ERRNO]);
	failure->from = lib_attr_u32(attrs[VFIO_MIG_A_FAILURE_FROM]);
	failure->to = lib_attr_u32(attrs[VFIO_MIG_A_FAILURE_TO]);
	failure->section = lib_attr_u32(attrs[VFIO_MIG_A_FAILURE_SECTION]);
	lib_attr_text(attrs[VFIO_MIG_A_FAILURE_TEXT], failure->text,
		      sizeof(failure->text));
}

/* ---- the socket ---- */

/* Where the core is loaded, the family is missing in another namespace only. */
static int fail_no_family(struct vfiomig_error *error)
{
	if (!access("/sys/module/vfio_mig", F_OK)) {
		lib_fail(error, -ENONET,
			 "this is another network namespace than the first, in which alone devices tell what they do");
		lib_hint(error, "go there (from the host: nsenter -t 1 -n), or use: vfio-mig monitor --poll");
		return -ENONET;
	}
	lib_fail(error, -EOPNOTSUPP,
		 "no driver is loaded that tells what its devices do");
	lib_hint(error, "those on the vfio_mig core do; for others use: vfio-mig monitor --poll");
	return -EOPNOTSUPP;
}

struct nl_sock *lib_netlink_open(int *family, int *err,
				 struct vfiomig_error *error)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock) {
		*err = lib_fail_errno(error, -ENOMEM, "netlink");
		return NULL;
	}
	if (genl_connect(sock)) {
		*err = lib_fail(error, -EOPNOTSUPP,
				"this kernel has no generic netlink");
		nl_socket_free(sock);
		return NULL;
	}
	*family = genl_ctrl_resolve(sock, VFIO_MIG_FAMILY_NAME);
	if (*family >= 0)
		return sock;
	*err = fail_no_family(error);
	nl_socket_free(sock);
	return NULL;
}

/* ---- questions ---- */

/**
 * struct answer - what comes of a question
 * @on_status: Called for each device.
 * @ctx: For it.
 * @ret: What it returned.
 * @err: The kernel's errno, negative.
 * @done: Nothing more will come.
 */
struct answer {
	vfiomig_on_status on_status;
	void *ctx;
	int ret;
	int err;
	bool done;
};

static struct nla_policy policy[VFIO_MIG_A_DEVICE_MAX + 1] = {
	[VFIO_MIG_A_DEVICE_NAME] = { .type = NLA_STRING },
	[VFIO_MIG_A_DEVICE_DRIVER] = { .type = NLA_STRING },
	[VFIO_MIG_A_DEVICE_GROUP] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_INDEX] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_OPEN] = { .type = NLA_FLAG },
	[VFIO_MIG_A_DEVICE_STATE] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_STATE_NS] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_FEATURES] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_BYTES_READ] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_BYTES_WRITTEN] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_SESSION_BYTES] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_SESSIONS] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_TRANSITIONS] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_FAILURES] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_RESETS] = { .type = NLA_U64 },
	[VFIO_MIG_A_DEVICE_STATE_SEQ] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_PROGRESS_SEQ] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_ERROR_SEQ] = { .type = NLA_U32 },
	[VFIO_MIG_A_DEVICE_LAST_ERROR] = { .type = NLA_NESTED },
};

static void fill_numbers(struct vfiomig_status *status, struct nlattr **attrs)
{
	const struct {
		__u64 *field;
		int attr;
	} numbers[] = {
		{ &status->state_ns, VFIO_MIG_A_DEVICE_STATE_NS },
		{ &status->features, VFIO_MIG_A_DEVICE_FEATURES },
		{ &status->bytes_read, VFIO_MIG_A_DEVICE_BYTES_READ },
		{ &status->bytes_written, VFIO_MIG_A_DEVICE_BYTES_WRITTEN },
		{ &status->session_bytes, VFIO_MIG_A_DEVICE_SESSION_BYTES },
		{ &status->sessions, VFIO_MIG_A_DEVICE_SESSIONS },
		{ &status->transitions, VFIO_MIG_A_DEVICE_TRANSITIONS },
		{ &status->failures, VFIO_MIG_A_DEVICE_FAILURES },
		{ &status->resets, VFIO_MIG_A_DEVICE_RESETS },
	};
	size_t i;

	for (i = 0; i < LIB_COUNT(numbers); i++)
		*numbers[i].field = lib_attr_u64(attrs[numbers[i].attr]);
}

static void fill_status(struct vfiomig_status *status, struct nlattr **attrs)
{
	memset(status, 0, sizeof(*status));
	lib_attr_text(attrs[VFIO_MIG_A_DEVICE_NAME], status->name,
		      sizeof(status->name));
	lib_attr_text(attrs[VFIO_MIG_A_DEVICE_DRIVER], status->driver,
		      sizeof(status->driver));
	status->group = -1;
	if (attrs[VFIO_MIG_A_DEVICE_GROUP])
		status->group = lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_GROUP]);
	status->index = lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_INDEX]);
	status->open = attrs[VFIO_MIG_A_DEVICE_OPEN];
	status->state = lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_STATE]);
	fill_numbers(status, attrs);
	status->seq[VFIOMIG_EVENT_STATE] =
		lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_STATE_SEQ]);
	status->seq[VFIOMIG_EVENT_PROGRESS] =
		lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_PROGRESS_SEQ]);
	status->seq[VFIOMIG_EVENT_ERROR] =
		lib_attr_u32(attrs[VFIO_MIG_A_DEVICE_ERROR_SEQ]);
	lib_attr_failure(attrs[VFIO_MIG_A_DEVICE_LAST_ERROR],
			 &status->last_error);
}

static int on_message(struct nl_msg *message, void *ctx)
{
	struct nlattr *attrs[VFIO_MIG_A_DEVICE_MAX + 1];
	struct vfiomig_status status;
	struct answer *answer = ctx;

	if (answer->ret || genlmsg_parse(nlmsg_hdr(message), 0, attrs,
					 VFIO_MIG_A_DEVICE_MAX, policy))
		return NL_SKIP;
	fill_status(&status, attrs);
	answer->ret = answer->on_status(&status, answer->ctx);
	return NL_OK;
}

static int on_done(struct nl_msg *message, void *ctx)
{
	struct answer *answer = ctx;

	(void)message;
	answer->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error,
		    void *ctx)
{
	struct answer *answer = ctx;

	(void)from;
	answer->err = error->error;
	answer->done = true;
	return NL_STOP;
}

static int receive(struct nl_sock *sock, struct answer *answer)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	int ret = 0;

	if (!callbacks)
		return -ENOMEM;
	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_message, answer);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_done, answer);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_done, answer);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, answer);
	while (!answer->done && ret >= 0)
		ret = nl_recvmsgs(sock, callbacks);
	nl_cb_put(callbacks);
	return ret < 0 && !answer->err ? -EIO : answer->err;
}

static int send_question(struct nl_sock *sock, int family, const char *name)
{
	int flags = NLM_F_REQUEST | (name ? NLM_F_ACK : NLM_F_DUMP);
	struct nl_msg *message = nlmsg_alloc();
	int ret;

	if (!message)
		return -ENOMEM;
	if (!genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags,
			 VFIO_MIG_CMD_GET, VFIO_MIG_FAMILY_VERSION) ||
	    (name && nla_put_string(message, VFIO_MIG_A_DEVICE_NAME, name)))
		ret = -ENOMEM;
	else
		ret = nl_send_auto(sock, message) < 0 ? -EIO : 0;
	nlmsg_free(message);
	return ret;
}

/* One device by its @name, or all. */
static int query(const char *name, struct answer *answer,
		 struct vfiomig_error *error)
{
	struct nl_sock *sock;
	int family, err;

	sock = lib_netlink_open(&family, &err, error);
	if (!sock)
		return err;
	err = send_question(sock, family, name);
	if (!err)
		err = receive(sock, answer);
	nl_socket_free(sock);
	if (err == -ENODEV)
		return lib_fail(error, err,
				"%s: its driver does not tell what it does",
				name);
	if (err)
		lib_fail_errno(error, err, "cannot ask %s how it is",
			       name ? name : "devices");
	if (err == -EPERM)
		lib_hint(error, "that takes CAP_NET_ADMIN");
	return err ? err : answer->ret;
}

static int keep(const struct vfiomig_status *status, void *ctx)
{
	*(struct vfiomig_status *)ctx = *status;
	return 0;
}

int vfiomig_status(const char *name, struct vfiomig_status *status,
		   struct vfiomig_error *error)
{
	struct answer answer = { .on_status = keep, .ctx = status };
	struct vfiomig_info info;
	int err;

	err = vfiomig_lookup(name, &info, error);
	return err ? err : query(info.name, &answer, error);
}

int vfiomig_status_all(vfiomig_on_status on_status, void *ctx,
		       struct vfiomig_error *error)
{
	struct answer answer = { .on_status = on_status, .ctx = ctx };

	return query(NULL, &answer, error);
}
