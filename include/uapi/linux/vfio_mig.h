/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of vfio_mig, the shared VFIO migration core.
 *
 * Migration itself is driven through <linux/vfio.h>:
 * VFIO_DEVICE_FEATURE_MIGRATION, _MIG_DEVICE_STATE and _MIG_DATA_SIZE.  This
 * header adds calls on the device's file descriptor, and describes the bytes
 * that a data_fd carries.
 */
#ifndef _UAPI_LINUX_VFIO_MIG_H
#define _UAPI_LINUX_VFIO_MIG_H

#include <linux/types.h>
#include <linux/vfio.h>

/* ------------------------------------------------------------------------
 * The calls
 *
 * There are five, and each can be made in two ways, which do the same:
 *
 *  - as an ioctl of its own, VFIO_DEVICE_MIG_*;
 *  - by VFIO_DEVICE_FEATURE, as VFIO_DEVICE_FEATURE_MIG_*, where PROBE says
 *    whether there is such a call and GET makes it.  What stands behind struct
 *    vfio_device_feature is the struct that the ioctl takes, argsz included,
 *    which is at most what there is room for (EINVAL).
 *
 * The ioctls have a magic that Documentation/userspace-api/ioctl/
 * ioctl-number.rst of Linux gives to nobody.  What VFIO has there (';', 64 to
 * 7F) it has used up, and where they were before, ';' C4 to C7, is iommufd's.
 * The old numbers, *_OLD, go on working for one release.
 */
#define VFIO_MIG_TYPE		0x9D	/* 00 to 1F */

/* Above all of VFIO's own, which count up from 0. */
#define VFIO_MIG_FEATURE_BASE	0xff00

/* ------------------------------------------------------------------------
 * VFIO_DEVICE_MIG_ARC_SUPPORTED
 *
 * May a user rely on a transition?  Asked before migration is counted on: for
 * every transition that a VMM intends to use, or for all of them at once.  The
 * answer is a property of the device and equals what a SET of
 * VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE would accept in that state; it does not
 * depend on the state the device is in now, changes nothing, and never waits
 * for a transition that is under way.
 *
 * Optional states are opt-in: a user that never sets a P2P or a PRE_COPY state
 * never reads one, whatever this reports.
 *
 * Without VFIO_MIG_ARC_ALL, @from and @to are read; then
 *  - @verdict says whether it is one arc or several,
 *  - @first_hop is the first state entered on the way (@to if there is one
 *    hop; @from if @from equals @to),
 *  - @hops counts the states entered, @to included (0 if @from equals @to).
 * With VFIO_MIG_ARC_ALL, @from and @to must be 0, and @direct and @settable
 * are filled instead.  Bit 8 * from + to stands for a pair of states.
 *
 * @argsz: in: bytes that the user has room for, at least
 *	VFIO_DEVICE_MIG_ARC_SIZE_V1; out: bytes that the kernel knows.  What
 *	lies beyond the kernel's size must be zero and is left alone.
 *
 * Returns 0, or -1 with errno
 *  EINVAL      @argsz too small, a flag that is not known, a @from or @to that
 *              is no state (8 or more), or a reserved field that is not 0
 *  E2BIG       bytes beyond what this kernel knows are not 0
 *  EOPNOTSUPP  the device does not support the transition (an optional state
 *              that it lacks, a refused pair, and ERROR on either side)
 *  ENOTTY      not a device on this core, or not in this way: derive the arcs
 *              from VFIO_DEVICE_FEATURE_MIGRATION
 *  EFAULT      the struct cannot be read or written
 */
struct vfio_device_mig_arc {
	__u32 argsz;
	__u32 flags;
#define VFIO_MIG_ARC_ALL	(1 << 0)
	__u32 from;		/* enum vfio_device_mig_state */
	__u32 to;
	__u32 verdict;
#define VFIO_MIG_ARC_STAYS		0	/* from equals to: nothing moves */
#define VFIO_MIG_ARC_DIRECT		1
#define VFIO_MIG_ARC_COMBINATION	2
	__u32 first_hop;
	__u32 hops;
	__u32 reserved;
	__aligned_u64 direct;	/* pairs that are one arc */
	__aligned_u64 settable;	/* pairs that a SET accepts, from == to included */
};

#define VFIO_DEVICE_MIG_ARC_SIZE_V1	48
#define VFIO_DEVICE_MIG_ARC_SUPPORTED	_IO(VFIO_MIG_TYPE, 0)
#define VFIO_DEVICE_FEATURE_MIG_ARC_SUPPORTED	(VFIO_MIG_FEATURE_BASE + 0)
#define VFIO_DEVICE_MIG_ARC_SUPPORTED_OLD	_IO(VFIO_TYPE, VFIO_BASE + 96)

/* ------------------------------------------------------------------------
 * VFIO_DEVICE_MIG_LAST_ERROR
 *
 * Why did the last transition fail?  An errno is all that a SET can return;
 * this is the sentence that goes with it.  Opening the device and a reset
 * clear it; a transition that succeeds leaves it.
 *
 * @argsz: as above, at least VFIO_DEVICE_MIG_ERROR_SIZE_V1
 * @error: errno of the last failed SET or data_fd write, 0 if there was none
 * @from: where the arc that failed starts, as enum vfio_device_mig_state
 * @to: where it would have led
 * @section: id of the stream's section that was refused, 0 if none was
 * @text: what went wrong, in English, NUL-terminated
 *
 * Errors: EINVAL (argsz, flags), E2BIG, ENOTTY, EFAULT, all as above.
 */
struct vfio_device_mig_error {
	__u32 argsz;
	__u32 flags;
	__u32 error;
	__u32 from;
	__u32 to;
	__u32 section;
	__u8 text[104];
};

#define VFIO_DEVICE_MIG_ERROR_SIZE_V1	128
#define VFIO_DEVICE_MIG_LAST_ERROR	_IO(VFIO_MIG_TYPE, 1)
#define VFIO_DEVICE_FEATURE_MIG_LAST_ERROR	(VFIO_MIG_FEATURE_BASE + 1)
#define VFIO_DEVICE_MIG_LAST_ERROR_OLD	_IO(VFIO_TYPE, VFIO_BASE + 97)

/* ------------------------------------------------------------------------
 * The stream: what a data_fd carries.  Little-endian everywhere.
 *
 *	header, frame, frame, ..., END frame
 *
 * A frame is a struct vfio_mig_frame and its payload.  A section is all frames
 * with one id; one that is larger than VFIO_MIG_FRAME_MAX takes several, in
 * order and without a gap, all but the last with VFIO_MIG_FRAME_MORE.  Or a
 * section comes in pieces, as it does from a device that still runs: each is a
 * frame by itself, at any offset, as often as it takes; the last one counts.  A
 * piece of nothing but zeros need not be spelled out: VFIO_MIG_FRAME_ZEROS.  All
 * checksums are crc32c, but for that of a payload with VFIO_MIG_FRAME_XXH64.
 * Documentation/stream.md has the rules.
 */
#define VFIO_MIG_STREAM_MAGIC	"VFIOMIG\n"
#define VFIO_MIG_STREAM_FRAMING	1
#define VFIO_MIG_GEOMETRY	4	/* numbers of a device's geometry */

/**
 * struct vfio_mig_stream_header - what the stream is of, and what it needs
 * @magic: VFIO_MIG_STREAM_MAGIC, without a NUL.
 * @framing: How the bytes are framed, VFIO_MIG_STREAM_FRAMING.  It says nothing
 *	of what the sections hold, and does not change when they do.
 * @header_len: Bytes of header, at least the size of this struct and at most
 *	VFIO_MIG_HEADER_MAX.  What an older reader does not know is skipped.
 * @vendor: PCI vendor id.
 * @device: PCI device id.
 * @subsystem_vendor: PCI subsystem vendor id.
 * @subsystem_device: PCI subsystem id.
 * @revision: PCI revision.
 * @zero: 0; a reader refuses anything else.
 * @geometry: Numbers that must be equal on both sides; the device's
 *	documentation says which.
 * @required: Behaviours that a reader must know, whatever the sections are.
 * @optional: Behaviours that the writer has switched on.  Where one of them
 *	shows in a stream, its section is REQUIRED; where it does not, a reader
 *	need not know it.
 * @reserved: 0 when written, ignored when read.
 * @crc: crc32c of the header's other bytes, those beyond this struct included.
 */
struct vfio_mig_stream_header {
	__u8 magic[8];
	__le16 framing;
	__le16 header_len;
	__le16 vendor;
	__le16 device;
	__le16 subsystem_vendor;
	__le16 subsystem_device;
	__u8 revision;
	__u8 zero[3];
	__le64 geometry[VFIO_MIG_GEOMETRY];
	__le64 required;
	__le64 optional;
	__le32 reserved;
	__le32 crc;
};

#define VFIO_MIG_HEADER_MAX	4096

/**
 * struct vfio_mig_frame - what comes before each payload
 * @id: The section; ids are given once and never again.
 * @flags: VFIO_MIG_FRAME_*; a reader refuses any other bit.
 * @length: Bytes of payload that follow, at most VFIO_MIG_FRAME_MAX.
 * @payload_crc: crc32c of the payload; with VFIO_MIG_FRAME_XXH64 the lower half of
 *	its xxh64, seed 0.
 * @offset: Where in the section the payload belongs, in bytes.
 * @zeros: With VFIO_MIG_FRAME_ZEROS, how many bytes are 0; with
 *	VFIO_MIG_FRAME_XXH64, the upper half of the payload's xxh64; without
 *	either, 0 when written, ignored when read.
 * @crc: crc32c of this struct's other bytes.
 */
struct vfio_mig_frame {
	__le32 id;
	__le32 flags;
#define VFIO_MIG_FRAME_REQUIRED	(1 << 0)	/* a reader must know the id */
#define VFIO_MIG_FRAME_MORE	(1 << 1)	/* the section goes on */
#define VFIO_MIG_FRAME_PIECE	(1 << 2)	/* a part, over what came before */
#define VFIO_MIG_FRAME_ZEROS	(1 << 3)	/* a piece without payload: zeros */
#define VFIO_MIG_FRAME_XXH64	(1 << 4)	/* a piece with another checksum */
	__le32 length;
	__le32 payload_crc;
	__le64 offset;
	__le32 zeros;
	__le32 crc;
};

#define VFIO_MIG_FRAME_MAX	(1 << 20)

/* The END frame's payload: the last bytes of a stream. */
#define VFIO_MIG_SECTION_END	0

/**
 * struct vfio_mig_end - the totals
 * @bytes: Bytes of the stream before the END frame.
 * @frames: Frames before the END frame.
 * @reserved: 0 when written, ignored when read.
 */
struct vfio_mig_end {
	__le64 bytes;
	__le32 frames;
	__le32 reserved;
};

/* ------------------------------------------------------------------------
 * VFIO_DEVICE_MIG_DESCRIPTOR
 *
 * What would the header of this device's stream say?  The same bytes that a
 * data_fd would begin with, so they can be carried to another host and asked
 * about there before anything moves.
 *
 * @argsz: as above, at least VFIO_DEVICE_MIG_DESCRIPTOR_SIZE_V1
 * @known: behaviours that this driver knows, switched on or not
 * @header: the header, checksum included
 *
 * Errors: EINVAL (argsz, flags), E2BIG, ENOTTY, EFAULT, all as above.
 */
struct vfio_device_mig_descriptor {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 known;
	struct vfio_mig_stream_header header;
};

#define VFIO_DEVICE_MIG_DESCRIPTOR_SIZE_V1	96
#define VFIO_DEVICE_MIG_DESCRIPTOR	_IO(VFIO_MIG_TYPE, 2)
#define VFIO_DEVICE_FEATURE_MIG_DESCRIPTOR	(VFIO_MIG_FEATURE_BASE + 2)
#define VFIO_DEVICE_MIG_DESCRIPTOR_OLD	_IO(VFIO_TYPE, VFIO_BASE + 98)

/**
 * struct vfio_mig_mismatch - one thing in which a stream and a device differ
 * @field: VFIO_MIG_FIELD_*.
 * @flags: VFIO_MIG_MISMATCH_*.
 * @theirs: What the stream has.
 * @ours: What the device has; for behaviours, those that it knows.
 */
struct vfio_mig_mismatch {
	__u32 field;
#define VFIO_MIG_FIELD_MAGIC			1
#define VFIO_MIG_FIELD_FRAMING			2
#define VFIO_MIG_FIELD_CHECKSUM			3
#define VFIO_MIG_FIELD_VENDOR			4
#define VFIO_MIG_FIELD_DEVICE			5
#define VFIO_MIG_FIELD_SUBSYSTEM_VENDOR		6
#define VFIO_MIG_FIELD_SUBSYSTEM_DEVICE		7
#define VFIO_MIG_FIELD_REVISION			8
#define VFIO_MIG_FIELD_GEOMETRY			9	/* and 10, 11, 12 */
#define VFIO_MIG_FIELD_REQUIRED			13
#define VFIO_MIG_FIELD_OPTIONAL			14
#define VFIO_MIG_FIELD_HEADER_LEN		15
#define VFIO_MIG_FIELD_ZERO			16
	__u32 flags;
/* The stream would be refused. */
#define VFIO_MIG_MISMATCH_REFUSED	(1 << 0)
/* It would be refused only if the behaviour shows in it. */
#define VFIO_MIG_MISMATCH_MAYBE		(1 << 1)
	__aligned_u64 theirs;
	__aligned_u64 ours;
};

#define VFIO_MIG_MISMATCHES_MAX	16

/* ------------------------------------------------------------------------
 * VFIO_DEVICE_MIG_COMPATIBLE
 *
 * Would a stream that begins with this header load here?  Answered by the code
 * that the loader runs, in any state, changing nothing.
 *
 * @argsz: as above, at least VFIO_DEVICE_MIG_COMPATIBLE_SIZE_V1
 * @count: out: how many of @mismatch are filled; 0 if nothing differs
 * @verdict: out: VFIO_MIG_MISMATCH_* of all of them together
 * @header: in: a header, as from VFIO_DEVICE_MIG_DESCRIPTOR or a stream.  The
 *	checksum of a longer one cannot be verified here and is not.
 * @mismatch: out: what differs
 *
 * Returns 0 when the question was answered, whatever the answer is.
 * Errors: EINVAL (argsz, flags), E2BIG, ENOTTY, EFAULT, all as above.
 */
struct vfio_device_mig_compatible {
	__u32 argsz;
	__u32 flags;
	__u32 count;
	__u32 verdict;
	struct vfio_mig_stream_header header;
	struct vfio_mig_mismatch mismatch[VFIO_MIG_MISMATCHES_MAX];
};

#define VFIO_DEVICE_MIG_COMPATIBLE_SIZE_V1	480
#define VFIO_DEVICE_MIG_COMPATIBLE	_IO(VFIO_MIG_TYPE, 3)
#define VFIO_DEVICE_FEATURE_MIG_COMPATIBLE	(VFIO_MIG_FEATURE_BASE + 3)
#define VFIO_DEVICE_MIG_COMPATIBLE_OLD	_IO(VFIO_TYPE, VFIO_BASE + 99)

/* ------------------------------------------------------------------------
 * VFIO_DEVICE_MIG_NAMES
 *
 * What are the parts of this device's stream called, and what can they be?  The answer
 * is a text of printable ASCII, which is the same for all devices of a driver.  A line
 * each, its words with tabs between; a word of the form name=value can stand at the end of
 * a line, and one that is not known says nothing.
 *
 *  section ID NAME [bulk] [extent=WHICH] [live] [always] [if=NAME] [bits=N]
 *  field WIDTH NAME hex|dec [mask=N] [most=N] [one_of=N,...] [initial=N]
 *  pad WIDTH
 *  behaviour BIT NAME WHEN
 *  geometry WHICH NAME FIX
 *
 * A field, or a pad, belongs to the section before it and follows what was before it
 * without a gap.  It is a little-endian number if WIDTH is 1, 2, 4 or 8, and so many
 * bytes else.  A section with if and bits is in a stream if and only if that field has one
 * of these bits.  Of bulk memory there is as much as that number of the geometry says.
 * WHEN says when a behaviour shows in a stream.  FIX says what gives a
 * device the number of another, which takes the place of %#llx; it may be empty.
 *
 * @argsz: as above, at least VFIO_DEVICE_MIG_NAMES_SIZE_V1
 * @text: in: where the text goes
 * @room: in: bytes that there are; 0 to find out how long it is
 * @size: out: bytes that the text has, of which @room were written at most
 *
 * Errors: EINVAL (argsz, flags), E2BIG, ENOTTY, EFAULT, all as above; ENOMEM.
 */
struct vfio_device_mig_names {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 text;
	__u32 room;
	__u32 size;
};

#define VFIO_DEVICE_MIG_NAMES_SIZE_V1	24
#define VFIO_DEVICE_MIG_NAMES		_IO(VFIO_MIG_TYPE, 4)
#define VFIO_DEVICE_FEATURE_MIG_NAMES	(VFIO_MIG_FEATURE_BASE + 4)

/*
 * That text in a stream: an OPTIONAL section, which a reader of devices skips.  Ids up to
 * 0xffff are for sections that a stream of any device may have.
 */
#define VFIO_MIG_SECTION_NAMES	1

/* ------------------------------------------------------------------------
 * Sections and behaviours, by device.  A number is given once; what it stands
 * for never changes.  Neither the core nor the tool goes by what is in here: a driver
 * says what its streams are made of (VFIO_DEVICE_MIG_NAMES), and most are not in here.
 */

/*
 * Behaviours of the stream itself, which drivers of any device may have.  They are
 * counted from the top, and those of a device from the bottom.
 */

/*
 * "xxh64": pieces of bulk memory have VFIO_MIG_FRAME_XXH64.  It is in @required, and
 * where it is not, that flag is one that nobody knows.
 */
#define VFIO_MIG_STREAM_XXH64	((__u64)1 << 63)

/* Sections of edu_vfio_pci; Documentation/edu.md has their rules. */
#define VFIO_MIG_SECTION_EDU_REGISTERS	0x65640001
#define VFIO_MIG_SECTION_EDU_BUFFER	0x65640002
#define VFIO_MIG_SECTION_EDU_DMA	0x65640003

/**
 * struct vfio_mig_edu_registers - section EDU_REGISTERS, always present
 * @liveness: What register 0x04 reads.
 * @factorial: What register 0x08 reads: the argument while COMPUTING is set,
 *	the result otherwise.
 * @status: What register 0x20 reads; bits 0 and 7.
 * @interrupt: What register 0x24 reads.
 * @dma_src: What register 0x80 reads.
 * @dma_dst: What register 0x88 reads.
 * @dma_count: What register 0x90 reads.
 * @dma_command: What register 0x98 reads.
 */
struct vfio_mig_edu_registers {
	__le32 liveness;
	__le32 factorial;
	__le32 status;
	__le32 interrupt;
	__le64 dma_src;
	__le64 dma_dst;
	__le64 dma_count;
	__le64 dma_command;
};

/* Behaviours of edu_vfio_pci. */
#define VFIO_MIG_EDU_DMA_PENDING	(1 << 0)	/* "dma-pending" */

/* Section EDU_BUFFER: the 4096 bytes at 0x40000; absent if all are 0. */

/**
 * struct vfio_mig_edu_dma - section EDU_DMA, present if a command is pending;
 *	behaviour "dma-pending"
 * @remaining_us: Microseconds of running time until the command starts, at
 *	most 100000.
 * @reserved: 0 when written, ignored when read.
 */
struct vfio_mig_edu_dma {
	__le32 remaining_us;
	__le32 reserved;
};

/* Sections of bochs_vfio_pci; Documentation/bochs.md has their rules. */
#define VFIO_MIG_SECTION_BOCHS_REGISTERS	0x62640001
#define VFIO_MIG_SECTION_BOCHS_MEMORY		0x62640002

/**
 * struct vfio_mig_bochs_registers - section BOCHS_REGISTERS, always present
 * @mode: What the mode registers 1 to 9 read: x and y resolution, bits per
 *	pixel, enable, bank, virtual width and height, x and y offset.
 * @reserved: 0 when written, ignored when read.
 * @byte_order: What register 0x604 reads: 0x1e1e1e1e or 0xbebebebe.
 */
struct vfio_mig_bochs_registers {
	__le16 mode[9];
	__le16 reserved;
	__le32 byte_order;
};

/* Section BOCHS_MEMORY: BAR0, bulk memory; as many bytes as geometry 0 says. */

#endif /* _UAPI_LINUX_VFIO_MIG_H */
