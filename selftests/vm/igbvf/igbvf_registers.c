// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of a VF: as the bare one has them, mapped where they can be, and without a
 * trace of the user before.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "igbvf_pair.h"
#include "vfiomig_access.h"

#define REGION	0x4000
#define MAPPED	0x2000 /* from there on */

FIXTURE(registers)
{
	struct vf vf;
	struct vf bare;
	struct vf other;
};

FIXTURE_SETUP(registers)
{
	ASSERT_VF(&self->vf, vf_open(&self->vf, 0, DRIVER));
}

FIXTURE_TEARDOWN(registers)
{
	vf_close(&self->vf);
	vf_close(&self->bare);
	vf_close(&self->other);
}

/*
 * What acts, or is the PF's: VTCTRL, VTSTATUS, the mailbox and PBACL, counters, VTEICS and
 * VTIVAR, which the PF does not forget.  And RQDPC, which only some VFs have, and which
 * counts nothing.
 */
static bool is_left_out(uint32_t reg)
{
	return reg <= VF_VTSTATUS || (reg >= VF_V2PMAILBOX && reg < 0xf50) ||
	       reg == VF_VTEICS || reg == VF_VTIVAR || reg == 0x2830;
}

static uint32_t pattern_for(uint32_t reg, uint32_t pattern)
{
	bool enables = (reg & ~0x100u) == VF_RXDCTL || (reg & ~0x100u) == VF_TXDCTL;

	return enables ? pattern & ~VF_ENABLE : pattern;
}

TEST_F(registers, are_those_of_the_bare_vf)
{
	static const uint32_t patterns[] = { ~0u, 0x5a5a5a5a, 0 };
	uint32_t reg, value;
	unsigned int i;

	ASSERT_VF(&self->bare, vf_open(&self->bare, 1, "vfio-pci"));
	for (i = 0; i < 3; i++) {
		for (reg = 0; reg < REGION; reg += 4) {
			if (is_left_out(reg))
				continue;
			value = pattern_for(reg, patterns[i]);
			edu_set(&self->bare.edu, reg, value);
			edu_set(&self->vf.edu, reg, value);
		}
		for (reg = 0; reg < REGION; reg += 4) {
			if (is_left_out(reg))
				continue;
			value = edu_get(&self->bare.edu, reg);
			EXPECT_EQ(value, edu_get(&self->vf.edu, reg))
				TH_LOG("%#x after %#x", reg, patterns[i]);
		}
	}
}

TEST_F(registers, host_is_not_seen)
{
	EXPECT_EQ(0, edu_get(&self->vf.edu, VF_VTSTATUS) & 0x3c000);
	edu_set(&self->vf.edu, 0xf04, 0x1f);
	EXPECT_EQ(0, edu_get(&self->vf.edu, 0xf04));
}

TEST_F(registers, parts_of_a_register_can_be_read)
{
	uint8_t bytes[4];

	edu_set(&self->vf.edu, VF_TDBAH, 0x44332211);
	ASSERT_VF(&self->vf, vfiomig_read(self->vf.edu.dev, VFIO_PCI_BAR0_REGION_INDEX,
					  VF_TDBAH + 1, bytes, 1,
					  &self->vf.edu.error));
	EXPECT_EQ(0x22, bytes[0]);
	ASSERT_VF(&self->vf, vfiomig_read(self->vf.edu.dev, VFIO_PCI_BAR0_REGION_INDEX,
					  VF_TDBAH + 2, bytes, 2,
					  &self->vf.edu.error));
	EXPECT_EQ(0x33, bytes[0]);
	EXPECT_EQ(0x44, bytes[1]);
}

/* ---- what is mapped ---- */

static sigjmp_buf denied;

static void on_sigbus(int signal)
{
	siglongjmp(denied, 1);
}

static uint32_t *map(struct vf *vf, uint32_t from, size_t size)
{
	struct vfio_region_info info;
	void *at;

	if (vfiomig_region_info(vf->edu.dev, VFIO_PCI_BAR0_REGION_INDEX, &info,
				&vf->edu.error))
		return NULL;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		  vfiomig_fd(vf->edu.dev), info.offset + from);
	return at == MAP_FAILED ? NULL : at;
}

static bool can_write(uint32_t *at, uint32_t value)
{
	if (sigsetjmp(denied, 1))
		return false;
	__atomic_store_n(at, value, __ATOMIC_RELAXED);
	return true;
}

TEST_F(registers, of_rings_are_mapped)
{
	uint32_t *rings = map(&self->vf, MAPPED, REGION - MAPPED);

	ASSERT_NE(NULL, rings);
	EXPECT_TRUE(can_write(rings + (VF_TDBAH - MAPPED) / 4, 0x1234));
	EXPECT_EQ(0x1234, edu_get(&self->vf.edu, VF_TDBAH));
	munmap(rings, REGION - MAPPED);
}

TEST_F(registers, of_mailbox_and_interrupts_are_not_mapped)
{
	EXPECT_EQ(NULL, map(&self->vf, 0, 0x1000));
	EXPECT_EQ(NULL, map(&self->vf, 0x1000, 0x1000));
	EXPECT_EQ(NULL, map(&self->vf, 0, REGION));
}

TEST_F(registers, mapping_writes_nothing_while_the_device_stands_still)
{
	uint32_t *rings = map(&self->vf, MAPPED, REGION - MAPPED);
	uint32_t *tdbah = rings + (VF_TDBAH - MAPPED) / 4;
	struct sigaction action = { .sa_handler = on_sigbus }, before;
	static const uint32_t states[] = {
		VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP, VFIO_MIG_RUNNING_P2P
	};
	unsigned int i;

	ASSERT_NE(NULL, rings);
	sigaction(SIGBUS, &action, &before);
	ASSERT_TRUE(can_write(tdbah, 1));
	for (i = 0; i < 3; i++) {
		ASSERT_VF(&self->vf, set_state(&self->vf.edu, states[i], NULL));
		EXPECT_FALSE(can_write(tdbah, 2)) TH_LOG("state %u", states[i]);
	}
	ASSERT_VF(&self->vf, set_state(&self->vf.edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(1, edu_get(&self->vf.edu, VF_TDBAH));
	EXPECT_TRUE(can_write(tdbah, 3));
	EXPECT_EQ(3, edu_get(&self->vf.edu, VF_TDBAH));
	sigaction(SIGBUS, &before, NULL);
	munmap(rings, REGION - MAPPED);
}

/* ---- one user and the next ---- */

static void mark(struct edu *edu)
{
	uint32_t reg;

	for (reg = VF_VMBMEM; reg < VF_VMBMEM + 4 * VF_WORDS; reg += 4)
		edu_set(edu, reg, 0x600d0000 | reg);
	for (reg = 0x2800; reg < REGION; reg += 4)
		edu_set(edu, reg, pattern_for(reg, 0x55667788));
	edu_set(edu, VF_VTEIMS, 7);
	edu_set(edu, VF_VTEITR0, 488);
	edu_set(edu, VF_VTIVAR_MISC, 0x82);
}

static uint32_t at_first(uint32_t reg)
{
	switch (reg & ~0x100u) {
	case VF_RXDCTL:
		return 0x10000;
	case 0x3814:
		return 0x2a00;
	}
	return 0;
}

static void is_fresh(struct __test_metadata *_metadata, struct edu *edu)
{
	uint32_t reg;

	for (reg = VF_VMBMEM; reg < REGION; reg += 4)
		if (reg != VF_V2PMAILBOX)
			EXPECT_EQ(at_first(reg), edu_get(edu, reg)) TH_LOG("%#x", reg);
}

TEST_F(registers, next_user_finds_nothing)
{
	is_fresh(_metadata, &self->vf.edu);
	mark(&self->vf.edu);
	vf_close(&self->vf);
	ASSERT_VF(&self->vf, vf_open(&self->vf, 0, DRIVER));
	is_fresh(_metadata, &self->vf.edu);
}

TEST_F(registers, reset_leaves_nothing)
{
	mark(&self->vf.edu);
	ASSERT_VF(&self->vf, vfiomig_reset(self->vf.edu.dev, &self->vf.edu.error));
	is_fresh(_metadata, &self->vf.edu);
}

/* The hardware too: another driver shows all of it. */
TEST_F(registers, next_driver_finds_nothing)
{
	uint32_t reg;

	mark(&self->vf.edu);
	vf_close(&self->vf);
	ASSERT_VF(&self->vf, vf_open(&self->vf, 0, "vfio-pci"));
	for (reg = VF_VMBMEM; reg < REGION; reg += 4)
		if (!is_left_out(reg))
			EXPECT_EQ(at_first(reg), edu_get(&self->vf.edu, reg))
				TH_LOG("%#x", reg);
}

static void begin_both(struct __test_metadata *_metadata,
		       struct _test_data_registers *self)
{
	ASSERT_VF(&self->other, vf_open(&self->other, 2, DRIVER));
	ASSERT_VF(&self->other, vf_start(&self->other, OTHER));
	ASSERT_VF(&self->vf, vf_start(&self->vf, GUEST));
}

/* By the next user. */
static void begin_anew(struct __test_metadata *_metadata, struct vf *vf)
{
	vf_close(vf);
	ASSERT_VF(vf, vf_open(vf, 0, DRIVER));
	ASSERT_VF(vf, vf_start(vf, GUEST));
}

/* No reset of a VF clears its unicast list in the PF. */
TEST_F(registers, next_user_gets_no_frames_of_the_one_before)
{
	const uint64_t before = 0x0200000000aa;
	uint32_t number;

	begin_both(_metadata, self);
	ASSERT_VF(&self->vf, vf_say_mac(&self->vf, 2, before));
	vf_send(&self->other, before, 1);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	begin_anew(_metadata, &self->vf);
	vf_send(&self->other, before, 2);
	vf_send(&self->other, GUEST, 3);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(3, number);
}

/* Nor the size of the largest frame, which may be less than most have. */
TEST_F(registers, next_user_gets_frames_that_the_one_before_wanted_not)
{
	uint32_t number;

	begin_both(_metadata, self);
	ASSERT_VF(&self->vf, vf_say_word(&self->vf, 5, 100));
	vf_send_long(&self->other, GUEST, 4, 1000);
	vf_send(&self->other, GUEST, 5);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(5, number);
	begin_anew(_metadata, &self->vf);
	vf_send_long(&self->other, GUEST, 6, 1000);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(6, number);
}

/* The answer is there, and gone again before the driver has looked. */
static void say_mac_unheard(struct edu *edu, uint64_t mac)
{
	unsigned int i;

	edu_set(edu, VF_V2PMAILBOX, VF_VFU);
	edu_set(edu, VF_VMBMEM, 2 | 2 << 16);
	edu_set(edu, VF_VMBMEM + 4, __builtin_bswap32(mac >> 16));
	edu_set(edu, VF_VMBMEM + 8, __builtin_bswap32(mac << 16));
	edu_set(edu, VF_V2PMAILBOX, VF_REQ);
	for (i = 0; i < 100000 && !(edu_get(edu, VF_VMBMEM) & VF_ACKED); i++)
		;
	edu_set(edu, VF_VMBMEM, 0);
}

TEST_F(registers, next_user_gets_no_frames_of_who_hid_the_answer)
{
	const uint64_t before = 0x0200000000aa;
	uint32_t number;

	begin_both(_metadata, self);
	say_mac_unheard(&self->vf.edu, before);
	vf_send(&self->other, before, 1);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(1, number);
	begin_anew(_metadata, &self->vf);
	vf_send(&self->other, before, 2);
	vf_send(&self->other, GUEST, 3);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(3, number);
}

/* No reset is between them: the device goes from STOP to RESUMING. */
TEST_F(registers, loaded_guest_gets_no_frames_of_who_hid_the_answer)
{
	const uint64_t before = 0x0200000000aa;
	struct stream stream;
	uint32_t number;

	begin_both(_metadata, self);
	say_mac_unheard(&self->vf.edu, before);
	ASSERT_VF(&self->vf, vf_say_mac(&self->vf, 0, GUEST));
	vf_send(&self->other, before, 1);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(1, number);
	ASSERT_VF(&self->vf, save_and_stop(&self->vf.edu, &stream));
	ASSERT_VF(&self->vf, load_and_stop(&self->vf.edu, stream.bytes, stream.size,
					   STREAM_MAX));
	ASSERT_VF(&self->vf, set_state(&self->vf.edu, VFIO_MIG_RUNNING, NULL));
	vf_send(&self->other, before, 2);
	vf_send(&self->other, GUEST, 3);
	ASSERT_EQ(0, vf_wait(&self->vf, &number));
	EXPECT_EQ(3, number);
}

TEST_HARNESS_MAIN
