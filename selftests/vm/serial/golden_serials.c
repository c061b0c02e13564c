// SPDX-License-Identifier: GPL-2.0
/*
 * The golden streams of a UART: each is loaded into the exact state, comes out again byte
 * for byte, and is made anew by the scenario that selftests/golden/README.md gives.
 *
 * With GOLDEN=dir in the environment, what the scenario makes is left there.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/serial_reg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "serials.h"

#define FIFO	16
#define FIRST	0x30

FIXTURE(golden)
{
	struct serials serials;
	struct edu serial;
	struct stream file;
	struct stream stream;
};

FIXTURE_VARIANT(golden)
{
	const char *name;
	bool bytes;
};

FIXTURE_VARIANT_ADD(golden, serial_1_idle) {
	.name = "serial-1-idle",
};

FIXTURE_VARIANT_ADD(golden, serial_1_bytes) {
	.name = "serial-1-bytes",
	.bytes = true,
};

FIXTURE_SETUP(golden)
{
	char path[128];
	int fd;

	if (!serials_possible(&self->serials))
		SKIP(return, "there is no QEMU that can be asked for one");
	ASSERT_EQ(0, serials_plug(&self->serials)) {
		TH_LOG("%s", self->serials.monitor.answer);
	}
	ASSERT_EDU(&self->serial, serial_open(&self->serial,
					      self->serials.bdf[0]));
	snprintf(path, sizeof(path), "golden/%s", variant->name);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, read_all(fd, &self->file, STREAM_MAX));
	close(fd);
}

FIXTURE_TEARDOWN(golden)
{
	edu_close(&self->serial);
	EXPECT_EQ(0, serials_end(&self->serials));
}

static void make(struct edu *edu)
{
	unsigned int i;

	serial_set(edu, UART_LCR, UART_LCR_DLAB);
	serial_set(edu, UART_DLL, 0x34);
	serial_set(edu, UART_DLM, 0x12);
	serial_set(edu, UART_LCR, UART_LCR_WLEN7 | UART_LCR_PARITY);
	serial_set(edu, UART_IER, UART_IER_RLSI | UART_IER_THRI);
	serial_set(edu, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
	serial_set(edu, UART_MCR, UART_MCR_LOOP);
	for (i = 0; i <= FIFO; i++)
		serial_set(edu, UART_TX, FIRST + i);
	serial_set(edu, UART_SCR, 0xa5);
	serial_set(edu, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_DTR);
}

/* What the scenario has left, by what a guest reads; it is used up by that. */
static bool shows_it(struct edu *edu)
{
	unsigned int i;

	if (serial_get(edu, UART_LCR) != (UART_LCR_WLEN7 | UART_LCR_PARITY) ||
	    serial_get(edu, UART_IER) != (UART_IER_RLSI | UART_IER_THRI) ||
	    serial_get(edu, UART_SCR) != 0xa5 ||
	    serial_get(edu, UART_MCR) !=
			(UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_DTR) ||
	    serial_get(edu, UART_IIR) != (0xc0 | UART_IIR_RLSI) ||
	    !(serial_get(edu, UART_LSR) & UART_LSR_OE) ||
	    serial_get(edu, UART_IIR) != (0xc0 | UART_IIR_THRI))
		return false;
	for (i = 0; i < FIFO; i++)
		if (serial_get(edu, UART_RX) != FIRST + i)
			return false;
	serial_set(edu, UART_LCR, UART_LCR_DLAB);
	return serial_get(edu, UART_DLL) == 0x34 &&
	       serial_get(edu, UART_DLM) == 0x12;
}

/* As after power-on. */
static bool is_idle(struct edu *edu)
{
	return !serial_get(edu, UART_LCR) && !serial_get(edu, UART_IER) &&
	       !serial_get(edu, UART_SCR) &&
	       serial_get(edu, UART_MCR) == UART_MCR_OUT2 &&
	       serial_get(edu, UART_IIR) == UART_IIR_NO_INT &&
	       serial_get(edu, UART_LSR) == (UART_LSR_TEMT | UART_LSR_THRE);
}

static bool same(const struct stream *one, const struct stream *other)
{
	return one->size == other->size &&
	       !memcmp(one->bytes, other->bytes, one->size);
}

TEST_F(golden, file_is_loaded_into_the_exact_state)
{
	ASSERT_EQ(0, load_and_stop(&self->serial, self->file.bytes,
				   self->file.size, 100));
	ASSERT_EQ(0, set_state(&self->serial, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(variant->bytes ? shows_it(&self->serial) :
				     is_idle(&self->serial));
}

TEST_F(golden, file_comes_out_byte_for_byte)
{
	ASSERT_EQ(0, load_and_stop(&self->serial, self->file.bytes,
				   self->file.size, STREAM_MAX));
	ASSERT_EQ(0, save_and_stop(&self->serial, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

/* Also through the hardware. */
TEST_F(golden, file_comes_out_byte_for_byte_after_running)
{
	ASSERT_EQ(0, load_and_stop(&self->serial, self->file.bytes,
				   self->file.size, STREAM_MAX));
	ASSERT_EQ(0, set_state(&self->serial, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, save_and_stop(&self->serial, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_F(golden, scenario_makes_the_file)
{
	if (variant->bytes)
		make(&self->serial);
	ASSERT_EQ(0, save_and_stop(&self->serial, &self->stream));
	ASSERT_EQ(0, leave_golden(variant->name, self->stream.bytes,
				  self->stream.size));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_HARNESS_MAIN
