// SPDX-License-Identifier: GPL-2.0
/* kvm_guest.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm_guest.h"
#include "qemu.h"

/* Pages below 4 GiB that an Intel processor wants for itself. */
#define TSS_ADDRESS	0xfffbd000

#define CR0_PE		(1 << 0)
#define CR0_MP		(1 << 1)
#define CR0_ET		(1 << 4)
#define CR0_NE		(1 << 5)
#define CR4_OSFXSR	(1 << 9)
#define CR4_OSXMMEXCPT	(1 << 10)

#define CPUID_ENTRIES	128

static int call(int fd, unsigned long request, unsigned long arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int call_with(int fd, unsigned long request, const void *arg)
{
	return call(fd, request, (unsigned long)arg);
}

static int add_memory(struct kvm_guest *guest, unsigned int slot, uint64_t at,
		      void *memory, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = at,
		.memory_size = size,
		.userspace_addr = (unsigned long)memory,
	};

	return call_with(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* All that this processor has, or SSE could not be switched on. */
static int set_features(struct kvm_guest *guest, int kvm)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
	} cpuid = { .head.nent = CPUID_ENTRIES };
	int ret;

	ret = call_with(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
	return ret ? ret : call_with(guest->cpu, KVM_SET_CPUID2, &cpuid);
}

static struct kvm_segment flat(uint16_t selector, uint8_t type)
{
	return (struct kvm_segment) {
		.limit = 0xffffffff,
		.selector = selector,
		.type = type,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
}

static int set_mode(struct kvm_guest *guest)
{
	struct kvm_sregs sregs;
	int ret;

	ret = call_with(guest->cpu, KVM_GET_SREGS, &sregs);
	if (ret)
		return ret;
	sregs.cs = flat(0x08, 0xb);
	sregs.ds = flat(0x10, 0x3);
	sregs.es = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
	sregs.cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
	return call_with(guest->cpu, KVM_SET_SREGS, &sregs);
}

static int add_cpu(struct kvm_guest *guest, int kvm)
{
	int ret, size;

	guest->cpu = call(guest->vm, KVM_CREATE_VCPU, 0);
	if (guest->cpu < 0)
		return guest->cpu;
	size = call(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return size;
	guest->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  guest->cpu, 0);
	if (guest->run == MAP_FAILED)
		return -errno;
	guest->run_size = size;
	ret = set_features(guest, kvm);
	return ret ? ret : set_mode(guest);
}

static int begin(struct kvm_guest *guest, int kvm, void *device, size_t size)
{
	int ret;

	guest->vm = call(kvm, KVM_CREATE_VM, 0);
	if (guest->vm < 0)
		return guest->vm;
	guest->memory = mmap(NULL, KVM_GUEST_MEMORY, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guest->memory == MAP_FAILED)
		return -errno;
	ret = call(guest->vm, KVM_SET_TSS_ADDR, TSS_ADDRESS);
	if (!ret)
		ret = add_memory(guest, 0, 0, guest->memory, KVM_GUEST_MEMORY);
	if (!ret)
		ret = add_memory(guest, 1, KVM_GUEST_DEVICE, device, size);
	return ret ? ret : add_cpu(guest, kvm);
}

int kvm_guest_open(struct kvm_guest *guest, void *device, size_t size)
{
	int kvm, ret;

	*guest = (struct kvm_guest) {
		.vm = -1,
		.cpu = -1,
		.run = MAP_FAILED,
		.memory = MAP_FAILED,
	};
	if (!qemu_has_kvm())
		return -ENODEV;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return -errno;
	ret = begin(guest, kvm, device, size);
	close(kvm);
	if (ret)
		kvm_guest_close(guest);
	return ret;
}

void kvm_guest_close(struct kvm_guest *guest)
{
	if (guest->run && guest->run != MAP_FAILED)
		munmap(guest->run, guest->run_size);
	if (guest->cpu >= 0)
		close(guest->cpu);
	if (guest->vm >= 0)
		close(guest->vm);
	if (guest->memory && guest->memory != MAP_FAILED)
		munmap(guest->memory, KVM_GUEST_MEMORY);
	*guest = (struct kvm_guest) { .vm = -1, .cpu = -1 };
}

static void explain(struct kvm_guest *guest)
{
	const struct kvm_run *run = guest->run;
	struct kvm_regs regs = {};

	call_with(guest->cpu, KVM_GET_REGS, &regs);
	snprintf(guest->why, sizeof(guest->why),
		 "KVM ended it with %u%s at %#llx", run->exit_reason,
		 run->exit_reason != KVM_EXIT_INTERNAL_ERROR ? "" :
		 run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ?
		 " (cannot emulate that)" : " (an internal error)", regs.rip);
}

int kvm_guest_go_on(struct kvm_guest *guest)
{
	int ret;

	guest->why[0] = '\0';
	do {
		ret = call(guest->cpu, KVM_RUN, 0);
	} while (ret == -EINTR);
	if (ret) {
		snprintf(guest->why, sizeof(guest->why), "KVM_RUN: %s",
			 strerror(-ret));
		return ret;
	}
	if (guest->run->exit_reason == KVM_EXIT_HLT)
		return 0;
	explain(guest);
	return -EIO;
}

int kvm_guest_run(struct kvm_guest *guest, struct kvm_code code, uint32_t eax,
		  uint32_t edi)
{
	struct kvm_regs regs = {
		.rax = eax,
		.rdi = edi,
		.rsi = KVM_GUEST_DATA,
		.rsp = KVM_GUEST_STACK,
		.rip = KVM_GUEST_CODE,
		.rflags = 2,
	};
	int ret;

	memcpy(guest->memory + KVM_GUEST_CODE, code.begin,
	       code.end - code.begin);
	ret = call_with(guest->cpu, KVM_SET_REGS, &regs);
	return ret ? ret : kvm_guest_go_on(guest);
}
