// SPDX-License-Identifier: GPL-2.0
/* What the guest says, of guest.c; qemu.h says what is here. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qemu.h"
#include "setting.h"

static int silence_ms = GUEST_SILENCE_MS;

void guest_set_silence_ms(int ms)
{
	silence_ms = ms;
}

int guest_silence_ms(const struct guest *guest)
{
	if (guest->round < 0)
		return qemu_timeout_ms();
	return silence_ms * patience() + guest->pause_ms;
}

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
			ret = qemu_wait_for(qemu->log, guest_silence_ms(guest));
	} while (!ret);
	return ret;
}

void guest_why(const struct guest *guest, int error, char *text, size_t size)
{
	char when[48] = "before its first round";

	if (guest->round >= 0)
		snprintf(when, sizeof(when), "after round %ld", guest->round);
	if (error == -ETIMEDOUT)
		snprintf(text, size, "%s it stands still: no word for %.1f s", when,
			 guest_silence_ms(guest) / 1e3);
	else
		snprintf(text, size, "%s: %s; %s", when, guest->complaint,
			 strerror(-error));
}
