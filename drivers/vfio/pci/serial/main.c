// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's pci-serial: a 16550 in eight I/O ports, with INTx and without DMA.  This is the
 * driver that Documentation/driver-api.md teaches with.
 *
 * While the device runs its registers are in the hardware, but for FCR, which cannot be
 * read.  While it stands still they are in its state, and IER 0 alone keeps it silent.
 */
#include <linux/serial_reg.h>
#include <linux/vfio_mig_pci.h>

#define SECTION_REGISTERS	0x73650001
#define SECTION_FIFO		0x73650002

#define FIFO_SIZE	16
#define ERRORS		(UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)
#define FCR_KEPT	(UART_FCR_ENABLE_FIFO | UART_FCR_DMA_SELECT | UART_FCR_TRIGGER_MASK)

#define SEND_US		1000000 /* by then what is being sent is gone, if anybody takes it */

/*
 * All that a guest can see of a device: the latch behind DLAB; what registers read, and
 * of FCR what was written there, without what only acts; whether IIR tells of an empty
 * transmitter, or will; bits of LSR that one read gives, and clears; bytes not read yet.
 */
struct serial_state {
	u16 divisor;
	u8 ier, fcr, lcr, mcr, scr, thre, errors, count;
	u8 fifo[FIFO_SIZE];
};

/* A device; it is @frozen when it stands still, and else of @state only FCR and errors. */
struct serial {
	struct vfio_mig_pci_device pci;
	struct serial_state state;
	bool frozen;
};

static struct serial *serial_of(struct vfio_mig_device *mig)
{
	return container_of(mig, struct serial, pci.mig);
}

static u8 get(struct serial *serial, u32 reg)
{
	return ioread8(serial->pci.bar[0] + reg);
}

static void set(struct serial *serial, u32 reg, u8 value)
{
	iowrite8(value, serial->pci.bar[0] + reg);
}

/* ---- what a guest reads and writes ---- */

/* To read a device that stands still changes nothing of it. */
static u8 read_frozen(const struct serial_state *state, u32 reg)
{
	bool latch = state->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_RX:
		return latch ? state->divisor : state->fifo[0];
	case UART_IER:
		return latch ? state->divisor >> 8 : state->ier;
	case UART_IIR:
		return state->thre ? UART_IIR_THRI : UART_IIR_NO_INT;
	case UART_LCR:
		return state->lcr;
	case UART_MCR:
		return state->mcr;
	case UART_LSR:
		return UART_LSR_TEMT | UART_LSR_THRE | state->errors |
		       (state->count ? UART_LSR_DR : 0);
	default:
		return reg == UART_SCR ? state->scr : 0;
	}
}

static u64 read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	struct serial *serial = serial_of(mig);
	u8 value;

	if (serial->frozen)
		return read_frozen(&serial->state, reg);
	value = get(serial, reg);
	/*
	 * The overrun that the hardware was made to have stands for the errors that there
	 * were; others have come since.
	 */
	if (reg == UART_LSR && serial->state.errors) {
		value = (value & ~UART_LSR_OE) | serial->state.errors;
		serial->state.errors = 0;
	}
	return value;
}

static int write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct serial *serial = serial_of(mig);

	if (serial->frozen)
		return 0;
	if (reg == UART_FCR)
		serial->state.fcr = value & FCR_KEPT;
	set(serial, reg, value);
	return 0;
}

/* ---- from the hardware, and to it ---- */

/* Errors are gone from LSR when it has been read. */
static u8 get_lsr(struct serial *serial)
{
	u8 lsr = get(serial, UART_LSR);

	serial->state.errors |= lsr & ERRORS;
	return lsr;
}

static void freeze(struct vfio_mig_device *mig)
{
	struct serial *serial = serial_of(mig);
	struct serial_state *state = &serial->state;
	u8 lcr = get(serial, UART_LCR);

	state->lcr = lcr;
	set(serial, UART_LCR, lcr | UART_LCR_DLAB);
	state->divisor = get(serial, UART_DLL) | get(serial, UART_DLM) << 8;
	set(serial, UART_LCR, lcr & ~UART_LCR_DLAB);
	state->ier = get(serial, UART_IER);
	/* With no other source IIR says whether that is pending, and to read it ends it. */
	set(serial, UART_IER, state->ier & UART_IER_THRI);
	state->thre = (get(serial, UART_IIR) & UART_IIR_ID) == UART_IIR_THRI &&
		      state->ier & UART_IER_THRI;
	set(serial, UART_IER, 0);
	state->mcr = get(serial, UART_MCR);
	state->scr = get(serial, UART_SCR);
	memset(state->fifo, 0, FIFO_SIZE);
	for (state->count = 0; state->count < FIFO_SIZE &&
	     get_lsr(serial) & UART_LSR_DR; state->count++)
		state->fifo[state->count] = get(serial, UART_RX);
	serial->frozen = true;
}

static void clear_fifos(struct serial *serial)
{
	set(serial, UART_FCR, serial->state.fcr | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	get(serial, UART_RX);
}

/* In loopback what is sent is received at once, and one byte too many is an error. */
static void restore(struct vfio_mig_device *mig)
{
	struct serial *serial = serial_of(mig);
	const struct serial_state *state = &serial->state;
	unsigned int i;

	set(serial, UART_LCR, state->lcr | UART_LCR_DLAB);
	set(serial, UART_DLL, state->divisor);
	set(serial, UART_DLM, state->divisor >> 8);
	set(serial, UART_LCR, state->lcr & ~UART_LCR_DLAB);
	set(serial, UART_IER, 0);
	set(serial, UART_MCR, UART_MCR_LOOP);
	get(serial, UART_LSR);
	for (i = 0; state->errors && i <= FIFO_SIZE; i++)
		set(serial, UART_TX, 0);
	clear_fifos(serial);
	for (i = 0; i < state->count; i++)
		set(serial, UART_TX, state->fifo[i]);
	set(serial, UART_MCR, state->mcr);
	set(serial, UART_SCR, state->scr);
	/* To switch THRI on makes it pending. */
	set(serial, UART_IER, state->ier & UART_IER_THRI);
	if (!state->thre)
		get(serial, UART_IIR);
	set(serial, UART_IER, state->ier);
	set(serial, UART_LCR, state->lcr);
}

/* ---- arcs ---- */

static bool has_sent(struct vfio_mig_device *mig)
{
	return get_lsr(serial_of(mig)) & UART_LSR_TEMT;
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	return vfio_mig_access_poll(mig, has_sent, SEND_US) ?: vfio_mig_access(mig, freeze);
}

static void thaw(struct vfio_mig_device *mig)
{
	vfio_mig_unseen(mig, restore);
	serial_of(mig)->frozen = false;
}

/* The hardware gets it when the device is to run. */
static int scrub(struct vfio_mig_device *mig)
{
	mutex_lock(&mig->lock);
	vfio_mig_power_on(mig);
	serial_of(mig)->frozen = true;
	mutex_unlock(&mig->lock);
	return 0;
}

/* ---- what is declared ---- */

#define FIELD(member, ...)						\
	VFIO_MIG_FIELD(#member, struct serial_state, member, ##__VA_ARGS__)

static const struct vfio_mig_field registers[] = {
	FIELD(divisor, .initial = 12),
	FIELD(ier, .hex = true, .mask = 0x0f),
	FIELD(fcr, .hex = true, .mask = FCR_KEPT), FIELD(lcr, .hex = true),
	FIELD(mcr, .hex = true, .mask = 0x1f, .initial = UART_MCR_OUT2),
	FIELD(scr, .hex = true), FIELD(thre, .most = 1),
	FIELD(errors, .hex = true, .mask = ERRORS),
};

static const struct vfio_mig_field fifo[] = {
	FIELD(count, .most = FIFO_SIZE),
	FIELD(fifo),
};

static const struct vfio_mig_section sections[] = {
	{ "registers", SECTION_REGISTERS, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(registers), .always = true },
	{ "fifo", SECTION_FIFO, VFIO_MIG_FRAME_REQUIRED, VFIO_MIG_FIELDS(fifo) },
};

/* Bits that cannot be set, where reading has no effect. */
static bool recognize(const void __iomem *ports)
{
	return !(ioread8(ports + UART_MCR) & 0xe0) &&
	       (ioread8(ports + UART_LCR) & UART_LCR_DLAB ||
		!(ioread8(ports + UART_IER) & 0xf0));
}

static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_VENDOR_ID_REDHAT, 0x0002) },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct vfio_mig_pci_driver serial_driver = {
	.name = "pci-serial",
	.ids = ids,
	.size = sizeof(struct serial),
	.class = PCI_CLASS_COMMUNICATION_SERIAL,
	.bars[0] = { .least = 8, .most = 8, .io = true, .widest = 1, read, write },
	.recognize = recognize,
	.arc[VFIO_MIG_STOP_TO_RUNNING_P2P] = thaw,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_DMA_LOG,
		VFIO_MIG_STATE(struct serial, state),
		VFIO_MIG_SECTIONS(sections),
		.arc[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		.scrub = scrub,
	},
};
module_vfio_mig_pci_driver(serial_driver);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's pci-serial");
MODULE_LICENSE("GPL");
