// SPDX-License-Identifier: GPL-2.0
/*
 * A 16550 is moved, and goes on as if nothing had been: no byte that it received is
 * lost, what it has to tell is told, and what it has told is not told again.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/serial_reg.h>
#include <stdio.h>
#include <string.h>

#include "common.h"
#include "serials.h"
#include "stream.h"
#include "vfiomig_access.h"

#define FIFO	16

FIXTURE(serial)
{
	struct edu src;
	struct edu dst;
	struct serials serials;
};

FIXTURE_SETUP(serial)
{
	struct serials *serials = &self->serials;

	if (!serials_possible(serials))
		SKIP(return, "there is no QEMU that can be asked for one");
	ASSERT_EQ(0, serials_plug(serials)) {
		TH_LOG("%s", serials->monitor.answer);
	}
	ASSERT_EDU(&self->src, serial_open(&self->src, serials->bdf[0]));
	ASSERT_EDU(&self->dst, serial_open(&self->dst, serials->bdf[1]));
}

FIXTURE_TEARDOWN(serial)
{
	edu_close(&self->src);
	edu_close(&self->dst);
	EXPECT_EQ(0, serials_end(&self->serials));
}

/* Loopback: what is sent is received, at once. */
static void receive(struct edu *edu, const char *bytes, unsigned int count)
{
	serial_set(edu, UART_MCR, UART_MCR_LOOP);
	while (count--)
		serial_set(edu, UART_TX, *bytes++);
}

static void enable_fifo(struct edu *edu)
{
	serial_set(edu, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
}

static const char text[] = "as if nothing had been";

/* ---- registers ---- */

TEST_F(serial, registers_move)
{
	struct edu *edu = &self->src;

	serial_set(edu, UART_LCR, UART_LCR_DLAB);
	serial_set(edu, UART_DLL, 0x34);
	serial_set(edu, UART_DLM, 0x12);
	serial_set(edu, UART_LCR, UART_LCR_WLEN7 | UART_LCR_PARITY);
	serial_set(edu, UART_IER, UART_IER_RLSI | UART_IER_RDI);
	enable_fifo(edu);
	serial_set(edu, UART_MCR, UART_MCR_RTS | UART_MCR_DTR);
	serial_set(edu, UART_SCR, 0x5a);
	ASSERT_EDU(edu, move_state(edu, &self->dst));
	edu = &self->dst;
	EXPECT_EQ(UART_LCR_WLEN7 | UART_LCR_PARITY, serial_get(edu, UART_LCR));
	EXPECT_EQ(UART_IER_RLSI | UART_IER_RDI, serial_get(edu, UART_IER));
	EXPECT_EQ(UART_MCR_RTS | UART_MCR_DTR, serial_get(edu, UART_MCR));
	EXPECT_EQ(0x5a, serial_get(edu, UART_SCR));
	EXPECT_EQ(0xc0 | UART_IIR_NO_INT, serial_get(edu, UART_IIR));
	serial_set(edu, UART_LCR, UART_LCR_DLAB);
	EXPECT_EQ(0x34, serial_get(edu, UART_DLL));
	EXPECT_EQ(0x12, serial_get(edu, UART_DLM));
}

/* DLAB hides two registers; it is a state as any other. */
TEST_F(serial, open_latch_moves)
{
	serial_set(&self->src, UART_IER, UART_IER_RDI);
	serial_set(&self->src, UART_LCR, UART_LCR_DLAB);
	serial_set(&self->src, UART_DLL, 0x77);
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(UART_LCR_DLAB, serial_get(&self->dst, UART_LCR));
	EXPECT_EQ(0x77, serial_get(&self->dst, UART_DLL));
	serial_set(&self->dst, UART_LCR, 0);
	EXPECT_EQ(UART_IER_RDI, serial_get(&self->dst, UART_IER));
}

/* ---- what was received ---- */

TEST_F(serial, bytes_in_the_fifo_move)
{
	unsigned int i;

	enable_fifo(&self->src);
	receive(&self->src, text, 11);
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	for (i = 0; i < 11; i++) {
		EXPECT_EQ(UART_LSR_DR, serial_get(&self->dst, UART_LSR) & UART_LSR_DR);
		EXPECT_EQ(text[i], serial_get(&self->dst, UART_RX));
	}
	EXPECT_EQ(0, serial_get(&self->dst, UART_LSR) & UART_LSR_DR);
}

TEST_F(serial, byte_without_a_fifo_moves)
{
	receive(&self->src, text, 1);
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(UART_LSR_DR, serial_get(&self->dst, UART_LSR) & UART_LSR_DR);
	EXPECT_EQ(text[0], serial_get(&self->dst, UART_RX));
	EXPECT_EQ(0, serial_get(&self->dst, UART_LSR) & UART_LSR_DR);
}

/* One byte more than there is room for: that is told once, by the first read. */
TEST_F(serial, overrun_moves_and_is_told_once)
{
	unsigned int i;

	enable_fifo(&self->src);
	receive(&self->src, text, FIFO + 1);
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(UART_LSR_OE, serial_get(&self->dst, UART_LSR) & UART_LSR_OE);
	EXPECT_EQ(0, serial_get(&self->dst, UART_LSR) & UART_LSR_OE);
	for (i = 0; i < FIFO; i++)
		EXPECT_EQ(text[i], serial_get(&self->dst, UART_RX));
}

TEST_F(serial, no_overrun_is_made_up)
{
	enable_fifo(&self->src);
	receive(&self->src, text, FIFO);
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(0, serial_get(&self->dst, UART_LSR) & UART_LSR_OE);
}

/* ---- interrupts ---- */

TEST_F_TIMEOUT(serial, received_bytes_interrupt_at_the_destination, 120)
{
	uint8_t iir;

	enable_fifo(&self->src);
	serial_set(&self->src, UART_IER, UART_IER_RDI);
	receive(&self->src, text, 8);
	ASSERT_EDU(&self->dst, edu_enable_irq(&self->dst, EDU_INTX));
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(1, edu_wait_irq(&self->dst, EDU_TIMEOUT_MS));
	/* If nobody reads them for the time of four characters it says that instead. */
	iir = serial_get(&self->dst, UART_IIR) & UART_IIR_ID;
	EXPECT_TRUE(iir == UART_IIR_RDI || iir == UART_IIR_RX_TIMEOUT) {
		TH_LOG("IIR says %#x", iir);
	}
}

TEST_F_TIMEOUT(serial, overrun_interrupts_at_the_destination, 120)
{
	enable_fifo(&self->src);
	serial_set(&self->src, UART_IER, UART_IER_RLSI);
	receive(&self->src, text, FIFO + 1);
	ASSERT_EDU(&self->dst, edu_enable_irq(&self->dst, EDU_INTX));
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(1, edu_wait_irq(&self->dst, EDU_TIMEOUT_MS));
	EXPECT_EQ(UART_IIR_RLSI, serial_get(&self->dst, UART_IIR) & UART_IIR_ID);
}

TEST_F_TIMEOUT(serial, empty_transmitter_is_told_at_the_destination, 120)
{
	serial_set(&self->src, UART_IER, UART_IER_THRI);
	ASSERT_EDU(&self->dst, edu_enable_irq(&self->dst, EDU_INTX));
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(1, edu_wait_irq(&self->dst, EDU_TIMEOUT_MS));
	EXPECT_EQ(UART_IIR_THRI, serial_get(&self->dst, UART_IIR) & UART_IIR_ID);
	EXPECT_EQ(UART_IIR_NO_INT, serial_get(&self->dst, UART_IIR));
}

/*
 * To bring the registers back makes that pending, for a moment.  An interrupt of before
 * shows that the way to the eventfd is open: it would have come first.
 */
TEST_F_TIMEOUT(serial, what_was_told_is_not_told_again, 120)
{
	serial_set(&self->src, UART_IER, UART_IER_THRI);
	EXPECT_EQ(UART_IIR_THRI, serial_get(&self->src, UART_IIR) & UART_IIR_ID);
	ASSERT_EDU(&self->dst, edu_enable_irq(&self->dst, EDU_INTX));
	ASSERT_EDU(&self->src, move_state(&self->src, &self->dst));
	EXPECT_EQ(0, edu_count_irq(&self->dst));
	EXPECT_EQ(UART_IIR_NO_INT, serial_get(&self->dst, UART_IIR));
	serial_set(&self->dst, UART_IER, 0);
	serial_set(&self->dst, UART_IER, UART_IER_THRI);
	EXPECT_EQ(1, edu_wait_irq(&self->dst, EDU_TIMEOUT_MS));
}

/* ---- states ---- */

TEST_F(serial, stopped_device_answers_and_takes_nothing)
{
	struct edu *edu = &self->src;

	serial_set(edu, UART_SCR, 0x21);
	enable_fifo(edu);
	receive(edu, text, 2);
	ASSERT_EDU(edu, set_state(edu, VFIO_MIG_STOP, NULL));
	serial_set(edu, UART_SCR, 0x22);
	EXPECT_EQ(0x21, serial_get(edu, UART_SCR));
	EXPECT_EQ(text[0], serial_get(edu, UART_RX));
	EXPECT_EQ(text[0], serial_get(edu, UART_RX));
	ASSERT_EDU(edu, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0x21, serial_get(edu, UART_SCR));
	EXPECT_EQ(text[0], serial_get(edu, UART_RX));
	EXPECT_EQ(text[1], serial_get(edu, UART_RX));
}

static void mark(struct edu *edu)
{
	serial_set(edu, UART_SCR, 0x42);
	serial_set(edu, UART_LCR, UART_LCR_WLEN8);
	serial_set(edu, UART_IER, UART_IER_THRI);
	enable_fifo(edu);
	receive(edu, text, FIFO + 1);
}

static bool is_fresh(struct edu *edu)
{
	return !serial_get(edu, UART_SCR) && !serial_get(edu, UART_LCR) &&
	       !serial_get(edu, UART_IER) && serial_get(edu, UART_IIR) == UART_IIR_NO_INT &&
	       serial_get(edu, UART_MCR) == UART_MCR_OUT2 &&
	       serial_get(edu, UART_LSR) == (UART_LSR_TEMT | UART_LSR_THRE);
}

TEST_F(serial, next_user_finds_nothing)
{
	char bdf[64];

	EXPECT_TRUE(is_fresh(&self->src));
	mark(&self->src);
	memcpy(bdf, self->src.bdf, sizeof(bdf));
	edu_close(&self->src);
	ASSERT_EDU(&self->src, serial_open(&self->src, bdf));
	EXPECT_TRUE(is_fresh(&self->src));
}

/* Its bus's reset leaves all of it, but clears what the host has set up in PCI. */
TEST_F(serial, reset_leaves_nothing)
{
	mark(&self->src);
	ASSERT_EDU(&self->src, vfiomig_reset(self->src.dev, &self->src.error));
	ASSERT_EDU(&self->src, vfiomig_pci_command(self->src.dev, PCI_COMMAND_IO,
						   0, &self->src.error));
	EXPECT_TRUE(is_fresh(&self->src));
}

/* ---- streams ---- */

/* The payload of the second frame is the FIFO; its first byte says how many. */
static int spoil_fifo(struct stream *stream, uint8_t count)
{
	size_t at = sizeof(struct vfio_mig_stream_header);
	struct vfio_mig_writer writer = {};
	struct vfio_mig_stream_header header;
	struct vfio_mig_frame frame[2];
	static uint8_t bytes[256];
	uint8_t registers[64], fifo[64];

	memcpy(&header, stream->bytes, sizeof(header));
	memcpy(&frame[0], stream->bytes + at, sizeof(frame[0]));
	at += sizeof(frame[0]);
	memcpy(registers, stream->bytes + at, frame[0].length);
	at += frame[0].length;
	memcpy(&frame[1], stream->bytes + at, sizeof(frame[1]));
	at += sizeof(frame[1]);
	memcpy(fifo, stream->bytes + at, frame[1].length);
	fifo[0] = count;
	writer.buf = bytes;
	writer.size = sizeof(bytes);
	vfio_mig_write_header(&writer, &header);
	vfio_mig_write_section(&writer, frame[0].id, frame[0].flags, registers,
			       frame[0].length);
	vfio_mig_write_section(&writer, frame[1].id, frame[1].flags, fifo,
			       frame[1].length);
	if (vfio_mig_write_end(&writer))
		return -ENOSPC;
	memcpy(stream->bytes, bytes, writer.used);
	stream->size = writer.used;
	return 0;
}

TEST_F(serial, fifo_of_more_than_there_is_room_for_is_refused)
{
	struct vfio_device_mig_error last;
	struct stream stream;

	enable_fifo(&self->src);
	receive(&self->src, text, 3);
	ASSERT_EDU(&self->src, save_and_stop(&self->src, &stream));
	ASSERT_EQ(0, spoil_fifo(&stream, FIFO + 1));
	EXPECT_EQ(-EINVAL, load_and_stop(&self->dst, stream.bytes, stream.size,
					 STREAM_MAX));
	ASSERT_EQ(0, vfiomig_last_error(self->dst.dev, &last));
	EXPECT_NE(NULL, strstr((char *)last.text,
			       "section fifo: count 17 cannot be")) {
		TH_LOG("%s", last.text);
	}
}

/* ---- the tool ---- */

/* What verify puts into it arrives: a byte that was received is part of that. */
TEST_F_TIMEOUT(serial, verify_moves_a_changed_state, 240)
{
	char command[256], line[256];
	bool changed = false;
	FILE *said;

	edu_close(&self->src);
	edu_close(&self->dst);
	snprintf(command, sizeof(command),
		 "vfio-mig verify --destructive --peer %s %s", self->serials.bdf[1],
		 self->serials.bdf[0]);
	said = popen(command, "re");
	ASSERT_NE(NULL, said);
	while (fgets(line, sizeof(line), said)) {
		if (!strncmp(line, "not ok", 6))
			TH_LOG("%s", line);
		if (!strcmp(line, "# moved: a changed state (pci-serial)\n"))
			changed = true;
	}
	EXPECT_EQ(0, pclose(said));
	EXPECT_TRUE(changed);
}

TEST_HARNESS_MAIN
