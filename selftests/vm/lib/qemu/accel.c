// SPDX-License-Identifier: GPL-2.0
/* Whether a QEMU can have KVM; qemu.h says what is here. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "qemu.h"

/*
 * A kernel can have it as a module that nobody has loaded.  Without a word of the
 * processor's it is not tried, for it would complain.  A guest of the guest is not
 * wanted, and without that the module does less.
 */
#define LOAD								\
	"grep -qsw svm /proc/cpuinfo && modprobe -q kvm_amd nested=0;"	\
	"grep -qsw vmx /proc/cpuinfo && modprobe -q kvm_intel nested=0"

static int create_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	close(kvm);
	return vm;
}

bool qemu_has_kvm(void)
{
	static enum { UNKNOWN, NO, YES } known;
	int vm;

	if (known)
		return known == YES;
	if (access("/dev/kvm", F_OK) && system(LOAD))
		known = NO;
	vm = create_vm();
	known = vm < 0 ? NO : YES;
	close(vm);
	return known == YES;
}
