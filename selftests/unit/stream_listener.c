// SPDX-License-Identifier: GPL-2.0
/* A reader's caller that writes down what it is told. */
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_listener.h"

static void must(struct listener *listener, bool right, const char *what)
{
	if (!right && !listener->disorder)
		listener->disorder = what;
}

/* Comes first in each callback. */
static void must_be_listening(struct listener *listener)
{
	must(listener, !listener->failed && !listener->reader.why.error,
	     "a callback after the refusal");
	must(listener, !listener->ended, "a callback after the end");
}

static void __printf(2, 3) note(struct listener *listener,
				const char *format, ...)
{
	size_t used = strlen(listener->events);
	va_list args;

	va_start(args, format);
	vsnprintf(listener->events + used, sizeof(listener->events) - used,
		  format, args);
	va_end(args);
}

/* What a callback returns: 0, unless this is where to refuse. */
static int answer(struct listener *listener, char event,
		  struct vfio_mig_refusal *why)
{
	if (!listener->error || listener->fail_at != event)
		return 0;
	listener->failed = true;
	if (listener->sentence)
		vfio_mig_refuse(why, listener->error, listener->frame, "%s",
				listener->sentence);
	return listener->error;
}

static int on_header(void *ctx, const struct vfio_mig_stream_header *header,
		     struct vfio_mig_refusal *why)
{
	struct listener *listener = ctx;

	must_be_listening(listener);
	must(listener, !listener->began, "a second header");
	listener->began = true;
	listener->header = *header;
	note(listener, "H ");
	return answer(listener, 'H', why);
}

static int on_frame(void *ctx, const struct vfio_mig_frame *frame,
		    struct vfio_mig_refusal *why)
{
	struct listener *listener = ctx;
	int ret;

	must_be_listening(listener);
	must(listener, listener->began, "a frame before the header");
	must(listener, !listener->in_frame, "a frame within another");
	listener->in_frame = true;
	listener->frame = le32toh(frame->id);
	listener->left = le32toh(frame->length);
	listener->offset = le64toh(frame->offset);
	listener->wanted = listener->frame != listener->skip;
	must(listener, listener->frame != END, "END told as a frame");
	must(listener, listener->left <= FRAME_LONGEST, "a frame too long");
	note(listener, "F%x+%u ", listener->frame, listener->left);
	ret = answer(listener, 'F', why);
	return ret ? ret : listener->wanted;
}

static int on_payload(void *ctx, const struct vfio_mig_frame *frame,
		      __u64 offset, const void *data, size_t length,
		      struct vfio_mig_refusal *why)
{
	struct listener *listener = ctx;

	must_be_listening(listener);
	must(listener, listener->in_frame, "a payload outside of a frame");
	must(listener, listener->wanted, "a payload that was not wanted");
	must(listener, le32toh(frame->id) == listener->frame,
	     "a payload of another frame");
	must(listener, length > 0, "a payload of no bytes");
	must(listener, length <= listener->left, "more payload than announced");
	must(listener, offset == listener->offset, "a payload at another place");
	if (listener->length + length <= listener->room)
		memcpy(listener->data + listener->length, data, length);
	listener->length += length;
	listener->left -= length;
	listener->offset += length;
	return answer(listener, 'P', why);
}

static int on_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			 struct vfio_mig_refusal *why)
{
	struct listener *listener = ctx;

	must_be_listening(listener);
	must(listener, listener->in_frame, "a frame done before it began");
	must(listener, le32toh(frame->id) == listener->frame,
	     "another frame done");
	must(listener, !listener->wanted || !listener->left,
	     "a frame done before all of it came");
	listener->in_frame = false;
	note(listener, "D%x ", listener->frame);
	return answer(listener, 'D', why);
}

static int on_done(void *ctx, struct vfio_mig_refusal *why)
{
	struct listener *listener = ctx;

	must_be_listening(listener);
	must(listener, listener->began, "an end before the header");
	must(listener, !listener->in_frame, "an end within a frame");
	listener->ended = true;
	note(listener, "E ");
	return answer(listener, 'E', why);
}

static const struct vfio_mig_reader_ops listening = {
	.header = on_header,
	.frame = on_frame,
	.payload = on_payload,
	.frame_done = on_frame_done,
	.done = on_done,
};

void listener_restart(struct listener *listener)
{
	listener->events[0] = '\0';
	listener->length = 0;
	listener->disorder = NULL;
	listener->began = false;
	listener->ended = false;
	listener->failed = false;
	listener->in_frame = false;
	listener->frame = 0;
	memset(&listener->header, 0, sizeof(listener->header));
	vfio_mig_reader_init(&listener->reader, &listening, listener);
}

void listener_init(struct listener *listener, size_t room)
{
	memset(listener, 0, sizeof(*listener));
	listener->data = malloc(room);
	listener->room = room;
	if (!listener->data) {
		perror("malloc");
		exit(1);
	}
	listener_restart(listener);
}

void listener_free(struct listener *listener)
{
	free(listener->data);
	listener->data = NULL;
}

int hear(struct listener *listener, const struct bytes *bytes, size_t chunk)
{
	size_t at, piece;
	int ret;

	for (at = 0; at < bytes->length; at += piece) {
		piece = bytes->length - at;
		if (piece > chunk)
			piece = chunk;
		ret = vfio_mig_reader_feed(&listener->reader, bytes->at + at,
					   piece);
		if (ret)
			return ret;
	}
	return 0;
}

int hear_all(struct listener *listener, const struct bytes *bytes,
	     size_t chunk)
{
	int ret = hear(listener, bytes, chunk);

	return ret ? ret : vfio_mig_reader_finish(&listener->reader);
}
