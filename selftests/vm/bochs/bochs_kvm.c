// SPDX-License-Identifier: GPL-2.0
/*
 * A guest of KVM that writes to a display while it is pre-copied, by all kinds of
 * instructions.  KVM asks for a page in a way of its own: if it finds the page mapped
 * to be read, it takes it for one that cannot be written, and emulates the instruction,
 * or ends the guest where it cannot.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "displays.h"
#include "kvm_guest.h"

#define ROUNDS	100
#define TIMEOUT	300

/* Each writes something at %edi; data at %esi and in %eax is another each time. */
KVM_CODE(code_byte, "movb %al, (%edi)");
KVM_CODE(code_word, "movw %ax, (%edi)");
KVM_CODE(code_long, "movl %eax, (%edi)");
KVM_CODE(code_change, "xorl %eax, (%edi)");
KVM_CODE(code_flag, "notb (%edi)");
KVM_CODE(code_x87_real, "fninit; fldpi; fstpl (%edi)");
KVM_CODE(code_x87_integer, "fninit; fildl (%esi); fistpl (%edi)");
KVM_CODE(code_x87_long, "fninit; fildll (%esi); fistpll (%edi)");
KVM_CODE(code_x87_decimal, "fninit; fildl (%esi); fbstp (%edi)");
KVM_CODE(code_x87_all, "fninit; fldpi; fnsave (%edi)");
KVM_CODE(code_mmx, "movq (%esi), %mm0; movq %mm0, (%edi); emms");
KVM_CODE(code_sse, "movups (%esi), %xmm0; movups %xmm0, (%edi)");
KVM_CODE(code_sse_aligned, "movups (%esi), %xmm0; movaps %xmm0, (%edi)");
KVM_CODE(code_sse_around, "movups (%esi), %xmm0; movntps %xmm0, (%edi)");
KVM_CODE(code_sse_masked,
	 "movups (%esi), %xmm0; pcmpeqd %xmm1, %xmm1; maskmovdqu %xmm1, %xmm0");
KVM_CODE(code_sse_half, "movups (%esi), %xmm0; movlps %xmm0, (%edi)");
KVM_CODE(code_sse_all, "movups (%esi), %xmm0; fxsave (%edi)");
KVM_CODE(code_around, "movnti %eax, (%edi)");
KVM_CODE(code_locked, "orl $1, %eax; lock addl %eax, (%edi)");
KVM_CODE(code_exchange, "xchgl %eax, (%edi)");
KVM_CODE(code_compare,
	 "movl %eax, %ebx; movl (%edi), %eax; lock cmpxchgl %ebx, (%edi)");
KVM_CODE(code_compare_8,
	 "movl %eax, %ebx; movl %eax, %ecx; movl (%edi), %eax;"
	 "movl 4(%edi), %edx; lock cmpxchg8b (%edi)");
KVM_CODE(code_bit, "lock btcl $5, (%edi)");
KVM_CODE(code_copy, "movl $300, %ecx; rep movsb");
KVM_CODE(code_fill, "movl $300, %ecx; rep stosl");
KVM_CODE(code_push, "leal 64(%edi), %esp; pushl %eax");
KVM_CODE(code_push_all, "leal 64(%edi), %esp; pushal");
KVM_CODE(code_call, "leal 64(%edi), %esp; call 1f; 1:");
KVM_CODE(code_table, "sgdt (%edi)");
KVM_CODE(code_two_pages, "movl %eax, 4094(%edi)");
KVM_CODE(code_two_pages_sse, "movups (%esi), %xmm0; movups %xmm0, 4088(%edi)");

KVM_CODE(code_read, "movl (%edi), %eax; movl 4096(%edi), %eax");

#define CODE(name)	{ code_##name##_begin, code_##name##_end }
#define WAY(name)	{ #name, CODE(name) }

static const struct {
	const char *name;
	struct kvm_code code;
} ways[] = {
	WAY(byte), WAY(word), WAY(long), WAY(change), WAY(flag),
	WAY(x87_real), WAY(x87_integer), WAY(x87_long), WAY(x87_decimal),
	WAY(x87_all), WAY(mmx), WAY(sse), WAY(sse_aligned), WAY(sse_around),
	WAY(sse_masked), WAY(sse_half), WAY(sse_all), WAY(around), WAY(locked),
	WAY(exchange), WAY(compare), WAY(compare_8), WAY(bit), WAY(copy),
	WAY(fill), WAY(push), WAY(push_all), WAY(call), WAY(table),
	WAY(two_pages), WAY(two_pages_sse),
};

#define WAYS	(sizeof(ways) / sizeof(*ways))

FIXTURE(kvm)
{
	struct display_pair pair;
	struct kvm_guest guest;
};

FIXTURE_SETUP(kvm)
{
	struct display_pair *pair = &self->pair;
	int ret;

	ASSERT_BOCHS(&pair->src, pair_open(pair));
	ret = kvm_guest_open(&self->guest, pair->src.memory, pair->src.size);
	if (ret == -ENODEV)
		SKIP(return, "there is no KVM");
	ASSERT_EQ(0, ret);
	display_compare_dma(false);
	display_fill(&pair->src, 1);
}

FIXTURE_TEARDOWN(kvm)
{
	kvm_guest_close(&self->guest);
	pair_close(&self->pair);
}

/* All that waits; returns how much that was, or ~0. */
static uint64_t send_all(struct display_pair *pair)
{
	uint64_t bytes;

	return display_pump(pair->from, pair->to, ANY_AMOUNT, &bytes) ==
	       -ENOMSG ? bytes : ~0ull;
}

static void begin(struct __test_metadata *_metadata, struct display_pair *pair)
{
	ASSERT_EQ(0, pair_begin(pair));
	ASSERT_LT(pair->src.size, send_all(pair));
}

static void nothing_is_lost(struct __test_metadata *_metadata,
			    struct display_pair *pair)
{
	uint64_t bytes;

	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	EXPECT_TRUE(pair_same(pair));
}

/* By read(), of which no page is mapped. */
static int look(struct bochs *bochs, size_t at, uint8_t *bytes)
{
	return vfiomig_read(bochs->dev, BOCHS_MEMORY, at, bytes, 2 * PAGE,
			    &bochs->error);
}

/* ---- each way, and what was done to the page before ---- */

typedef int (*prepare_fn)(struct kvm_guest *guest, const uint8_t *memory,
			  size_t at);

static int by_nobody(struct kvm_guest *guest, const uint8_t *memory, size_t at)
{
	return 0;
}

static int read_by_guest(struct kvm_guest *guest, const uint8_t *memory,
			 size_t at)
{
	static const struct kvm_code code = CODE(read);

	return kvm_guest_run(guest, code, 0, KVM_GUEST_DEVICE + at);
}

static int read_by_vmm(struct kvm_guest *guest, const uint8_t *memory,
		       size_t at)
{
	__atomic_load_n(memory + at, __ATOMIC_RELAXED);
	__atomic_load_n(memory + at + PAGE, __ATOMIC_RELAXED);
	return 0;
}

static int written_by_guest(struct kvm_guest *guest, const uint8_t *memory,
			    size_t at)
{
	static const struct kvm_code code = CODE(long);

	return kvm_guest_run(guest, code, 0, KVM_GUEST_DEVICE + at);
}

static void write_once(struct __test_metadata *_metadata,
		       struct display_pair *pair, struct kvm_guest *guest,
		       size_t way, prepare_fn prepare)
{
	static uint8_t was[2 * PAGE], is[2 * PAGE];
	size_t at = way * 3 * PAGE;

	memset(guest->memory + KVM_GUEST_DATA, 0x40 + way, 512);
	ASSERT_EQ(0, look(&pair->src, at, was));
	ASSERT_EQ(0, prepare(guest, pair->src.memory, at)) {
		TH_LOG("before %s: %s", ways[way].name, guest->why);
	}
	EXPECT_EQ(0, kvm_guest_run(guest, ways[way].code, 0x5eed0000 + way,
				   KVM_GUEST_DEVICE + at)) {
		TH_LOG("%s: %s", ways[way].name, guest->why);
	}
	ASSERT_EQ(0, look(&pair->src, at, is));
	EXPECT_NE(0, memcmp(was, is, sizeof(was))) {
		TH_LOG("%s: nothing is written", ways[way].name);
	}
	EXPECT_LE(PAGE, send_all(pair)) {
		TH_LOG("%s: nothing is sent", ways[way].name);
	}
}

static void write_in_every_way(struct __test_metadata *_metadata,
			       struct display_pair *pair,
			       struct kvm_guest *guest, prepare_fn prepare)
{
	size_t way;

	begin(_metadata, pair);
	for (way = 0; way < WAYS; way++)
		write_once(_metadata, pair, guest, way, prepare);
	nothing_is_lost(_metadata, pair);
}

TEST_F_TIMEOUT(kvm, page_that_nobody_touched_is_written, TIMEOUT)
{
	write_in_every_way(_metadata, &self->pair, &self->guest, by_nobody);
}

TEST_F_TIMEOUT(kvm, page_that_the_guest_read_is_written, TIMEOUT)
{
	write_in_every_way(_metadata, &self->pair, &self->guest,
			   read_by_guest);
}

TEST_F_TIMEOUT(kvm, page_that_the_vmm_read_is_written, TIMEOUT)
{
	write_in_every_way(_metadata, &self->pair, &self->guest, read_by_vmm);
}

TEST_F_TIMEOUT(kvm, page_that_the_guest_wrote_is_written, TIMEOUT)
{
	write_in_every_way(_metadata, &self->pair, &self->guest,
			   written_by_guest);
}

/* ---- memory that is taken away and given back ---- */

/* What VMM and guest tell each other, at %esi. */
struct told {
	uint32_t number;	/* being written */
	uint32_t quit;
	uint32_t written;
};

/*
 * Numbers, one after the other into 16 pages in turn, each of which is read first.
 * By x87, which KVM cannot emulate.
 */
KVM_CODE(code_numbers,
	 "	fninit\n"
	 "	xorl %ebx, %ebx\n"
	 "1:	movl %ebx, %edx\n"
	 "	andl $15, %edx\n"
	 "	shll $12, %edx\n"
	 "	addl %edi, %edx\n"
	 "	movl (%edx), %eax\n"
	 "	incl %ebx\n"
	 "	movl %ebx, (%esi)\n"
	 "	fildl (%esi)\n"
	 "	fistpl (%edx)\n"
	 "	movl %ebx, 8(%esi)\n"
	 "	cmpl $0, 4(%esi)\n"
	 "	je 1b");

struct runner {
	struct kvm_guest *guest;
	struct told *told;
	pthread_t thread;
	atomic_bool ended;
	int ret;
};

static void *run_numbers(void *ctx)
{
	static const struct kvm_code code = CODE(numbers);
	struct runner *runner = ctx;

	runner->ret = kvm_guest_run(runner->guest, code, 0, KVM_GUEST_DEVICE);
	atomic_store(&runner->ended, true);
	return NULL;
}

static int runner_start(struct runner *runner, struct kvm_guest *guest)
{
	runner->guest = guest;
	runner->told = (struct told *)(guest->memory + KVM_GUEST_DATA);
	memset(runner->told, 0, sizeof(*runner->told));
	return -pthread_create(&runner->thread, NULL, run_numbers, runner);
}

static uint32_t runner_written(struct runner *runner)
{
	return __atomic_load_n(&runner->told->written, __ATOMIC_ACQUIRE);
}

/* It has written more, or nobody will. */
static void runner_wait(struct runner *runner)
{
	uint32_t before = runner_written(runner);

	while (runner_written(runner) == before &&
	       !atomic_load(&runner->ended))
		usleep(100);
}

static int runner_end(struct runner *runner)
{
	__atomic_store_n(&runner->told->quit, 1, __ATOMIC_RELEASE);
	pthread_join(runner->thread, NULL);
	return runner->ret;
}

TEST_F_TIMEOUT(kvm, processor_runs_while_memory_is_taken_away, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	struct runner runner = {};
	uint64_t bytes;
	unsigned int i;
	int ret;

	begin(_metadata, pair);
	ASSERT_EQ(0, runner_start(&runner, &self->guest));
	for (i = 0; i < ROUNDS; i++) {
		runner_wait(&runner);
		ret = display_pump(pair->from, pair->to, 4 * PAGE, &bytes);
		ASSERT_TRUE(!ret || ret == -ENOMSG);
	}
	EXPECT_EQ(0, runner_end(&runner)) {
		TH_LOG("%s", self->guest.why);
	}
	nothing_is_lost(_metadata, pair);
}

/*
 * No VMM lets a guest run then, and this is not a way to pause one; but nothing is
 * to be written, and nothing is to stay that a guest would meet afterwards.
 */
TEST_F(kvm, guest_of_a_display_that_stands_still_goes_on_later)
{
	static const struct kvm_code code = CODE(x87_integer);
	struct bochs *src = &self->pair.src;
	uint8_t was[2 * PAGE], is[2 * PAGE];

	memset(self->guest.memory + KVM_GUEST_DATA, 0x77, 512);
	ASSERT_EQ(0, display_set(src, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, look(src, 0, was));
	EXPECT_EQ(-EFAULT, kvm_guest_run(&self->guest, code, 0,
					 KVM_GUEST_DEVICE)) {
		TH_LOG("%s", self->guest.why);
	}
	/* As for a picture of the screen. */
	read_by_vmm(&self->guest, src->memory, 0);
	ASSERT_EQ(0, look(src, 0, is));
	EXPECT_EQ(0, memcmp(was, is, sizeof(was)));

	ASSERT_EQ(0, display_set(src, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, kvm_guest_go_on(&self->guest)) {
		TH_LOG("%s", self->guest.why);
	}
	ASSERT_EQ(0, look(src, 0, is));
	EXPECT_NE(0, memcmp(was, is, sizeof(was)));
}

TEST_HARNESS_MAIN
