// SPDX-License-Identifier: GPL-2.0
/*
 * A display's memory: exact across a move, still when the device stands still,
 * refused where it does not fit, and gone if its stream is refused.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "displays.h"
#include "vfiomig_stream.h"

#define GOOD_ORDER	BOCHS_LITTLE_ENDIAN

FIXTURE(memory)
{
	struct bochs src;
	struct bochs dst;
	struct display_stream stream;
	int data_fd;
};

FIXTURE_SETUP(memory)
{
	self->data_fd = -1;
	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
	ASSERT_EQ(0, forge_begin(&self->stream, &self->dst));
}

FIXTURE_TEARDOWN(memory)
{
	if (self->data_fd >= 0)
		close(self->data_fd);
	bochs_close(&self->dst);
	bochs_close(&self->src);
}

/* What a child dies of that writes there; 0 if it does not. */
static int signal_of_a_write(uint8_t *at)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		/* Not what a sanitizer makes of it. */
		signal(SIGBUS, SIG_DFL);
		__atomic_store_n(at, 0x77, __ATOMIC_RELAXED);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

TEST_F(memory, memory_moves_exactly)
{
	display_fill(&self->src, 1);
	memset(self->src.memory + 5 * PAGE, 0, 100 * PAGE);
	display_fill(&self->dst, 2);
	ASSERT_EQ(0, display_move(&self->src, &self->dst));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
	self->dst.memory[0] ^= 1;
	EXPECT_NE(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

TEST_F(memory, empty_memory_costs_a_few_bytes)
{
	uint64_t bytes;
	int to;

	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RESUMING, &to));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP_COPY,
				 &self->data_fd));
	ASSERT_EQ(0, display_pump(self->data_fd, to, ANY_AMOUNT, &bytes));
	EXPECT_GT(1024, bytes);
	close(to);
}

TEST_F(memory, stopped_memory_can_be_read_and_not_be_written)
{
	uint8_t byte = 1;
	unsigned int i;

	display_fill(&self->src, 3);
	for (i = 0; i < 2; i++) {
		uint8_t *at = self->src.memory + 1000 + i * 9 * PAGE;
		uint8_t before = *at;

		ASSERT_EQ(0, display_set(&self->src, i ? VFIO_MIG_STOP_COPY :
					 VFIO_MIG_STOP, &self->data_fd));
		EXPECT_EQ(SIGBUS, signal_of_a_write(at));
		EXPECT_EQ(-EBUSY, vfiomig_write(self->src.dev, BOCHS_MEMORY,
						at - self->src.memory, &byte,
						1, NULL));
		EXPECT_EQ(before, *at);
		/* Not even if it has been read and so is mapped. */
		EXPECT_EQ(SIGBUS, signal_of_a_write(at));
		EXPECT_EQ(before, *at);
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
		EXPECT_EQ(0, signal_of_a_write(at));
		EXPECT_EQ(0x77, *at);
		if (self->data_fd >= 0)
			close(self->data_fd);
		self->data_fd = -1;
	}
}

/* As a VMM does when it restores the guest's PCI configuration. */
TEST_F(memory, stopped_memory_can_be_mapped_for_dma)
{
	bool iommufd = vfiomig_iommu(self->src.dev) == VFIOMIG_IOMMU_IOMMUFD;
	int ret;

	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP, NULL));
	ret = vfiomig_dma_map(self->src.dev, self->src.memory, 0x100000,
			      self->src.size, VFIOMIG_DMA_READ |
			      VFIOMIG_DMA_WRITE, &self->src.error);
	if (iommufd && ret == -EFAULT)
		SKIP(return, "this kernel's iommufd takes no device's memory");
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, vfiomig_dma_unmap(self->src.dev, 0x100000, self->src.size,
				       &self->src.error));
}

TEST_F(memory, memory_that_is_switched_off_gives_a_signal)
{
	self->src.memory[0] = 5;
	ASSERT_BOCHS(&self->src, vfiomig_pci_command(self->src.dev, 0, 2,
						     &self->src.error));
	EXPECT_EQ(SIGBUS, signal_of_a_write(self->src.memory));
	ASSERT_BOCHS(&self->src, vfiomig_pci_command(self->src.dev, 2, 0,
						     &self->src.error));
	EXPECT_EQ(0, signal_of_a_write(self->src.memory + 1));
	EXPECT_EQ(5, self->src.memory[0]);
	EXPECT_EQ(0x77, self->src.memory[1]);
}

/* The guest's memory decode may be off on both sides. */
TEST_F(memory, memory_that_is_switched_off_moves)
{
	display_fill(&self->src, 4);
	vfiomig_pci_command(self->src.dev, 0, 2, &self->src.error);
	vfiomig_pci_command(self->dst.dev, 0, 2, &self->dst.error);
	ASSERT_EQ(0, display_move(&self->src, &self->dst));
	vfiomig_pci_command(self->src.dev, 2, 0, &self->src.error);
	vfiomig_pci_command(self->dst.dev, 2, 0, &self->dst.error);
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

/* Before anything but the header was sent. */
TEST_F(memory, another_size_is_refused_by_name)
{
	struct vfio_mig_comparison comparison;
	struct vfio_device_mig_error last;
	struct bochs other;

	ASSERT_BOCHS(&other, bochs_open(&other, 2));
	ASSERT_NE(other.size, self->dst.size);
	ASSERT_EQ(0, forge_begin(&self->stream, &other));
	EXPECT_EQ(-EINVAL, forge_load(&self->stream, &self->dst,
				      &self->data_fd));
	ASSERT_EQ(0, vfiomig_last_error(self->dst.dev, &last));
	EXPECT_NE(NULL, strstr((char *)last.text, "geometry 0"));
	ASSERT_EQ(0, vfiomig_compatible(self->dst.dev,
					(void *)self->stream.bytes,
					&comparison, &self->dst.error));
	EXPECT_EQ(VFIO_MIG_MISMATCH_REFUSED, comparison.verdict);
	EXPECT_EQ(VFIO_MIG_FIELD_GEOMETRY, comparison.mismatch[0].field);
	EXPECT_EQ(other.size, comparison.mismatch[0].theirs);
	EXPECT_EQ(self->dst.size, comparison.mismatch[0].ours);
	bochs_close(&other);
}

/* ---- streams that are refused when some of them has been placed ---- */

/* @written: what write() is expected to say; else the transition says it. */
static void is_refused(struct __test_metadata *_metadata,
		       struct _test_data_memory *self, int written, int error)
{
	int ret;

	display_fill(&self->dst, 9);
	bochs_set(&self->dst, BOCHS_XRES, 1234);
	bochs_set_order(&self->dst, BOCHS_BIG_ENDIAN);
	ret = forge_load(&self->stream, &self->dst, &self->data_fd);
	EXPECT_EQ(written, ret);
	EXPECT_EQ(error, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_TRUE(display_is_blank(&self->dst));
	EXPECT_EQ(error, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	ASSERT_BOCHS(&self->dst, vfiomig_reset(self->dst.dev,
					       &self->dst.error));
	EXPECT_TRUE(display_is_blank(&self->dst));
	display_fill(&self->src, 10);
	EXPECT_EQ(0, display_move(&self->src, &self->dst));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

TEST_F(memory, stream_that_lacks_a_page_is_refused)
{
	forge_registers(&self->stream, GOOD_ORDER);
	forge_bytes(&self->stream, 0, 100 * PAGE);
	forge_zeros(&self->stream, 101 * PAGE, self->dst.size - 101 * PAGE);
	forge_zeros(&self->stream, 0, 50 * PAGE);
	vfio_mig_write_end(&self->stream.writer);
	is_refused(_metadata, self, 0, -EINVAL);
}

TEST_F(memory, stream_with_registers_that_cannot_be_is_refused)
{
	forge_bytes(&self->stream, 0, 100 * PAGE);
	forge_registers(&self->stream, 0x1e1e1e1f);
	forge_zeros(&self->stream, 100 * PAGE, self->dst.size - 100 * PAGE);
	vfio_mig_write_end(&self->stream.writer);
	is_refused(_metadata, self, 0, -EINVAL);
}

TEST_F(memory, damaged_piece_is_refused_and_not_placed)
{
	forge_bytes(&self->stream, 0, 100 * PAGE);
	forge_bytes(&self->stream, 100 * PAGE, 16 * PAGE);
	self->stream.bytes[self->stream.writer.used - 5] ^= 1;
	is_refused(_metadata, self, -EBADMSG, -EBADMSG);
}

TEST_F(memory, piece_beyond_the_end_is_refused)
{
	forge_bytes(&self->stream, 0, PAGE);
	forge_bytes(&self->stream, self->dst.size - PAGE, 2 * PAGE);
	is_refused(_metadata, self, -EINVAL, -EINVAL);
}

TEST_F(memory, half_a_page_is_refused)
{
	forge_bytes(&self->stream, 0, PAGE);
	forge_bytes(&self->stream, PAGE, PAGE / 2);
	is_refused(_metadata, self, -EINVAL, -EINVAL);
}

TEST_F(memory, memory_that_does_not_come_in_pieces_is_refused)
{
	forge_bytes(&self->stream, 0, PAGE);
	vfio_mig_write_section(&self->stream.writer,
			       VFIO_MIG_SECTION_BOCHS_MEMORY,
			       VFIO_MIG_FRAME_REQUIRED, self->stream.bytes,
			       PAGE);
	is_refused(_metadata, self, -EINVAL, -EINVAL);
}

TEST_F(memory, later_pieces_lie_over_earlier_ones)
{
	uint8_t *memory = self->dst.memory;

	forge_zeros(&self->stream, 0, self->dst.size);
	forge_bytes(&self->stream, 3 * PAGE, 2 * PAGE);
	forge_zeros(&self->stream, 4 * PAGE, PAGE);
	forge_registers(&self->stream, GOOD_ORDER);
	vfio_mig_write_end(&self->stream.writer);
	ASSERT_EQ(0, forge_load(&self->stream, &self->dst, &self->data_fd));
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, memory[3 * PAGE - 1]);
	EXPECT_EQ(0xa5, memory[3 * PAGE]);
	EXPECT_EQ(0xa5, memory[4 * PAGE - 1]);
	EXPECT_EQ(0, memory[4 * PAGE]);
}

/* ---- the administrator resets it while its driver is at work ---- */

#define RESETS	10

/*
 * What a reset asks for is done after it, and so while the next one is under way;
 * then all of it has been done.
 */
static int reset_many_times(struct bochs *bochs)
{
	char path[128];
	int i, ret = 0;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset",
		 bochs->bdf);
	for (i = 0; !ret && i < RESETS; i++)
		ret = write_file(path, "1");
	return ret ?: display_set(bochs, VFIO_MIG_RUNNING, NULL);
}

/* The driver switches it on as long as it needs it; a reset brings back what was. */
TEST_F_TIMEOUT(memory, decode_is_as_it_was_after_resets_by_sysfs, 120)
{
	struct bochs *bochs = &self->src;
	uint32_t written = 0x600dcafe, read = 0;

	ASSERT_EQ(0, reset_many_times(bochs));
	EXPECT_NE(0, pci_command_of(bochs->bdf) & PCI_COMMAND_MEMORY);
	EXPECT_EQ(0, vfiomig_write(bochs->dev, BOCHS_MEMORY, 0, &written,
				   sizeof(written), NULL));
	EXPECT_EQ(0, vfiomig_read(bochs->dev, BOCHS_MEMORY, 0, &read,
				  sizeof(read), NULL));
	EXPECT_EQ(written, read);

	ASSERT_BOCHS(bochs, vfiomig_pci_command(bochs->dev, 0,
						PCI_COMMAND_MEMORY,
						&bochs->error));
	ASSERT_EQ(0, reset_many_times(bochs));
	EXPECT_EQ(0, pci_command_of(bochs->bdf) & PCI_COMMAND_MEMORY);
}

TEST_HARNESS_MAIN
