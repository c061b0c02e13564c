// SPDX-License-Identifier: GPL-2.0
/* The process of a QEMU; qemu.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qemu.h"
#include "setting.h"

#define ERRORS_MAX	16384
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * struct ends - the ends of what joins a test and its QEMU
 * @qmp: Of the socket for QMP.
 * @log: Of the pipe that the guest writes to.
 */
struct ends {
	int qmp[2];
	int log[2];
};

static int timeout_ms = 400000;

void qemu_set_timeout_ms(int ms)
{
	timeout_ms = ms;
}

int qemu_timeout_ms(void)
{
	return timeout_ms * patience();
}

/*
 * On q35 a QEMU that takes a guest has KVM raise another line than the guest's for
 * INTx: nobody tells VFIO of the lines that are loaded (10.0;
 * Documentation/ci.md).  Without KVM's help it raises the right one.
 */
#define INTX_BY_QEMU	",x-no-kvm-intx=on"

/* How many arguments: the memory of an edu's guest is below 256 MiB. */
static int add_guest(const struct qemu_setup *setup, const char **argv,
		     char *kernel, size_t size)
{
	static const char * const words[] = {
		"-m", "192", "-initrd", QEMU_INITRAMFS,
		"-append", "quiet nokaslr mitigations=off",
	};
	struct utsname name;

	if (!setup->linux_guest) {
		snprintf(kernel, size, "guest.elf");
		argv[0] = "-m";
		argv[1] = "32";
		return 2;
	}
	uname(&name);
	snprintf(kernel, size, "/boot/vmlinuz-%s", name.release);
	memcpy(argv, words, sizeof(words));
	return ARRAY_SIZE(words);
}

/* Likewise. */
static int add_card(const struct qemu_setup *setup, const char **argv, char *tap,
		    size_t size)
{
	if (!setup->tap)
		return 0;
	snprintf(tap, size, "tap,id=wire,ifname=%s,script=no,downscript=no", setup->tap);
	argv[0] = "-netdev";
	argv[1] = tap;
	argv[2] = "-device";
	argv[3] = "virtio-net-pci,netdev=wire,mac=52:54:00:12:00:02,romfile=";
	return 4;
}

void qemu_become(const struct qemu_setup *setup, int qmp, int log, int errors)
{
	char devices[QEMU_DEVICES][256], chardev[64], kernel[128], tap[96];
	bool kvm = !setup->tcg && qemu_has_kvm();
	const char *argv[40] = {
		"qemu-system-x86_64", "-M", "q35",
		"-accel", kvm ? "kvm" : "tcg", "-cpu", kvm ? "host" : "qemu64",
		"-nodefaults", "-no-user-config", "-display", "none",
		"-kernel", kernel, "-debugcon", "stdio",
		"-chardev", chardev, "-mon", "chardev=qmp,mode=control",
	};
	unsigned int argc = 19, i;

	snprintf(chardev, sizeof(chardev), "socket,id=qmp,fd=%d", qmp);
	for (i = 0; i < setup->count; i++) {
		snprintf(devices[i], sizeof(devices[i]),
			 "vfio-pci,sysfsdev=/sys/bus/%s/devices/%s,addr=%#x,enable-migration=on"
			 INTX_BY_QEMU "%s",
			 strchr(setup->name[i], ':') ? "pci" : "mdev",
			 setup->name[i], 4 + i,
			 setup->options ? setup->options : "");
		argv[argc++] = "-device";
		argv[argc++] = devices[i];
	}
	argc += add_card(setup, argv + argc, tap, sizeof(tap));
	argc += add_guest(setup, argv + argc, kernel, sizeof(kernel));
	if (setup->incoming) {
		argv[argc++] = "-incoming";
		argv[argc++] = setup->incoming;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execvp(argv[0], (char * const *)argv);
	_exit(127);
}

static int make_ends(struct ends *ends)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends->qmp))
		return -errno;
	if (!pipe(ends->log))
		return 0;
	close(ends->qmp[0]);
	close(ends->qmp[1]);
	return -errno;
}

void qemu_last_words(struct qemu *qemu)
{
	char text[512];
	off_t size = lseek(qemu->errors, 0, SEEK_END);
	ssize_t got;

	got = pread(qemu->errors, text, sizeof(text) - 1,
		    size > 511 ? size - 511 : 0);
	if (got <= 0)
		return;
	text[got] = '\0';
	if (text[got - 1] == '\n')
		text[got - 1] = '\0';
	snprintf(qemu->failure, sizeof(qemu->failure), "%s",
		 strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text);
}

int qemu_greet(struct qemu *qemu)
{
	int ret;

	fcntl(qemu->qmp, F_SETFD, FD_CLOEXEC);
	fcntl(qemu->log, F_SETFD, FD_CLOEXEC);
	fcntl(qemu->log, F_SETFL, O_NONBLOCK);
	ret = qemu_command(qemu, "{\"execute\":\"qmp_capabilities\"}");
	return ret ?: qemu_capability(qemu, "events");
}

int qemu_start(struct qemu *qemu, const struct qemu_setup *setup)
{
	struct ends ends;
	int ret;

	memset(qemu, 0, sizeof(*qemu));
	qemu->errors = memfd_create("qemu-errors", MFD_CLOEXEC);
	if (qemu->errors < 0)
		return -errno;
	ret = make_ends(&ends);
	if (ret)
		return ret;
	qemu->pid = fork();
	if (qemu->pid < 0)
		return -errno;
	if (!qemu->pid) {
		close(ends.qmp[0]);
		close(ends.log[0]);
		qemu_become(setup, ends.qmp[1], ends.log[1], qemu->errors);
	}
	close(ends.qmp[1]);
	close(ends.log[1]);
	qemu->qmp = ends.qmp[0];
	qemu->log = ends.log[0];
	ret = qemu_greet(qemu);
	if (ret)
		qemu_last_words(qemu);
	return ret;
}

void qemu_freeze(struct qemu *qemu)
{
	kill(qemu->pid, SIGSTOP);
	waitpid(qemu->pid, NULL, WUNTRACED);
}

void qemu_thaw(struct qemu *qemu)
{
	kill(qemu->pid, SIGCONT);
}

void qemu_stop(struct qemu *qemu)
{
	if (!qemu->pid)
		return;
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	close(qemu->qmp);
	close(qemu->log);
	close(qemu->errors);
	qemu->pid = 0;
}

bool qemu_said(struct qemu *qemu, const char *words)
{
	char text[ERRORS_MAX];
	ssize_t got = pread(qemu->errors, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	return strstr(text, words);
}
