/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest of KVM with one processor and no firmware, which runs the code that it is
 * given: to see what KVM makes of a device's memory, one instruction at a time.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef SELFTESTS_VM_KVM_GUEST_H
#define SELFTESTS_VM_KVM_GUEST_H

#include <stddef.h>
#include <stdint.h>

#define KVM_GUEST_MEMORY	0x10000
#define KVM_GUEST_CODE		0x1000	/* what is run is put here */
#define KVM_GUEST_DATA		0x4000	/* in %esi when it begins */
#define KVM_GUEST_STACK		0x8000	/* in %esp, likewise */
#define KVM_GUEST_DEVICE	0x10000000

struct kvm_run;

/**
 * struct kvm_guest - such a guest
 * @vm: Its file.
 * @cpu: Its processor's file.
 * @run: What KVM says of that, in @run_size bytes.
 * @memory: Its own memory, KVM_GUEST_MEMORY bytes at 0.
 * @why: Why kvm_guest_run() or kvm_guest_go_on() failed.
 */
struct kvm_guest {
	int vm;
	int cpu;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *memory;
	char why[96];
};

/* Code that ends with hlt: 32 bits, flat segments, no paging, no interrupts. */
struct kvm_code {
	const uint8_t *begin;
	const uint8_t *end;
};

/* @name##_begin and @name##_end are around the @text of some code. */
#define KVM_CODE(name, text)						\
	extern const uint8_t name##_begin[], name##_end[];		\
	__asm__(".pushsection .rodata\n"				\
		".code32\n"						\
		#name "_begin:\n"					\
		text "\n"						\
		"hlt\n"							\
		#name "_end:\n"						\
		".code64\n"						\
		".popsection\n")

/* What @device maps is at KVM_GUEST_DEVICE.  -ENODEV if there is no KVM. */
int kvm_guest_open(struct kvm_guest *guest, void *device, size_t size);
void kvm_guest_close(struct kvm_guest *guest);

/* From the beginning to hlt, with those in %eax and %edi.  -EIO: another end. */
int kvm_guest_run(struct kvm_guest *guest, struct kvm_code code, uint32_t eax,
		  uint32_t edi);

/* From where it was when that failed. */
int kvm_guest_go_on(struct kvm_guest *guest);

#endif /* SELFTESTS_VM_KVM_GUEST_H */
