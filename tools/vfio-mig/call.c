// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-mig call: one call of a device, just as it is asked, and what came.
 *
 * The calls are those of verify, which writes a script of them for each check
 * that fails.  In a batch, data files and what was read live until its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "print.h"
#include "uapi/linux/vfio_mig.h"

/**
 * struct subject - a device that calls were made of
 * @side: It.
 * @name: Its name.
 * @next: Another one.
 */
struct subject {
	struct side side;
	char name[64];
	struct subject *next;
};

enum call_number {
	GET, SIZE, ARCS, INFO, SLEEP, RESET, HOT_RESET, REGION, IRQ_ON,
	IRQ_TRIGGER, IRQ_OFF, MEMORY, UNMAP, LOG_STOP, COUNT_FILES,
	READ, WRITE, READ_BAD, WRITE_BAD, PREAD, PWRITE, SEEK, IOCTL, POLL,
	CLOSE,
};

/**
 * struct call - a call that can be made
 * @name: Its word.
 * @args: What it takes, for people.
 * @min, @max: How many.
 * @of_file: It is one of a data file.
 * @number: If it takes a number at most: which.
 * @run, @run_file: Else: makes it.
 */
struct call {
	const char *name;
	const char *args;
	int min;
	int max;
	bool of_file;
	enum call_number number;
	int (*run)(struct side *side, char **args, int count);
	int (*run_file)(int data_fd, char **args, int count);
};

static const struct call table[] = {
	{ "set", "STATE|NUMBER", 1, 1, .run = call_run_set },
	{ "get", "", .number = GET },
	{ "feature", "NUMBER[+get|+set|+probe] ARGSZ [BYTES]", 2, 3,
	  .run = call_run_feature },
	{ "size", "", .number = SIZE },
	{ "arcs", "", .number = ARCS },
	{ "info", "", .number = INFO },
	{ "sleep", "MS", 1, 1, .number = SLEEP },
	{ "reset", "", .number = RESET },
	{ "hot-reset", "", .number = HOT_RESET },
	{ "region", "INDEX", 1, 1, .number = REGION },
	{ "config-read", "OFFSET SIZE", 2, 2, .run = call_run_config_read },
	{ "config-write", "OFFSET BYTES", 2, 2,
	  .run = call_run_config_write },
	{ "bar-read", "REGION OFFSET SIZE [VALUE]", 3, 4,
	  .run = call_run_bar_read },
	{ "bar-write", "REGION OFFSET SIZE VALUE", 4, 4,
	  .run = call_run_bar_write },
	{ "bar-wait", "REGION OFFSET SIZE MASK VALUE", 5, 5,
	  .run = call_run_bar_wait },
	{ "map", "IOVA SIZE", 2, 2, .run = call_run_map },
	{ "memory", "", .number = MEMORY },
	{ "memory-read", "IOVA SIZE [VALUE]", 2, 3,
	  .run = call_run_memory_read },
	{ "memory-write", "IOVA SIZE VALUE", 3, 3,
	  .run = call_run_memory_write },
	{ "unmap", "IOVA", 1, 1, .number = UNMAP },
	{ "irq-on", "INDEX", 1, 1, .number = IRQ_ON },
	{ "irq-trigger", "INDEX", 1, 1, .number = IRQ_TRIGGER },
	{ "irq-count", "MS [COUNT]", 1, 2, .run = call_run_irq_count },
	{ "irq-off", "INDEX", 1, 1, .number = IRQ_OFF },
	{ "take-over", "DEVICE", 1, 1, .run = call_run_take_over },
	{ "log-start", "PAGE [IOVA+LENGTH...]", 1, 17,
	  .run = call_run_log_start },
	{ "log-report", "PAGE IOVA+LENGTH BITMAP", 3, 3,
	  .run = call_run_log_report },
	{ "log-stop", "", .number = LOG_STOP },
	{ "count-files", "", .number = COUNT_FILES },
	{ "read", "SIZE", 1, 1, .of_file = true, .number = READ },
	{ "write", "SIZE", 1, 1, .of_file = true, .number = WRITE },
	{ "read-bad", "SIZE", 1, 1, .of_file = true, .number = READ_BAD },
	{ "write-bad", "SIZE", 1, 1, .of_file = true, .number = WRITE_BAD },
	{ "read-all", "NAME CHUNK", 2, 2, .of_file = true,
	  .run_file = call_run_read_all },
	{ "write-all", "NAME CHUNK [SIZE [OFFSET=BYTES...]]", 2, 60, .of_file = true,
	  .run_file = call_run_write_all },
	{ "pread", "", 0, 0, .of_file = true, .number = PREAD },
	{ "pwrite", "", 0, 0, .of_file = true, .number = PWRITE },
	{ "seek", "", 0, 0, .of_file = true, .number = SEEK },
	{ "poll", "", 0, 0, .of_file = true, .number = POLL },
	{ "ioctl", "NUMBER", 1, 1, .of_file = true, .number = IOCTL },
	{ "precopy-info", "ARGSZ [FLAGS]", 1, 2, .of_file = true,
	  .run_file = call_run_precopy_info },
	{ "close", "", 0, 0, .of_file = true, .number = CLOSE },
};

static struct verify own_calls;
struct verify *calls = &own_calls;
static struct subject *subjects;
static const char *back_text;

static struct subject *find_subject(const char *name)
{
	struct subject *subject = subjects;

	while (subject && strcmp(subject->name, name))
		subject = subject->next;
	return subject;
}

/* It may have been closed since its last call, and opened anew. */
struct side *call_find_side(const char *name)
{
	struct subject *subject;
	struct vfiomig_info info;

	if (vfiomig_lookup(name, &info, NULL) || !device_is_held(name))
		return NULL;
	subject = find_subject(info.name);
	if (!subject || open_device(name, &subject->side.dev))
		return NULL;
	return &subject->side;
}

/* What verify's calls ask for, of a device that is open. */
static struct side *find_side(struct vfiomig_dev *dev)
{
	struct subject *subject = find_subject(vfiomig_name(dev));

	if (!subject) {
		subject = calloc(1, sizeof(*subject));
		if (!subject)
			return NULL;
		snprintf(subject->name, sizeof(subject->name), "%s",
			 vfiomig_name(dev));
		subject->side = (struct side)CLOSED_SIDE(subject->name);
		subject->next = subjects;
		subjects = subject;
	}
	subject->side.dev = dev;
	return &subject->side;
}

static void call_side(const struct call *call, struct side *side, __u64 value)
{
	struct vfio_device_feature_mig_state state;
	struct vfio_device_mig_arc query;
	__u64 bytes;
	__u32 flags;

	switch (call->number) {
	case GET:
		call_get(calls, side, &state);
		break;
	case SIZE:
		call_data_size(calls, side, &bytes);
		break;
	case ARCS:
		call_arcs(calls, side, &query);
		break;
	case INFO:
		call_info(calls, side, &flags);
		break;
	case SLEEP:
		call_sleep(calls, side, value);
		break;
	case RESET:
		call_reset(calls, side);
		break;
	case HOT_RESET:
		call_hot_reset(calls, side);
		break;
	case REGION:
		call_region(calls, side, value, &bytes);
		break;
	case IRQ_ON:
		call_irq_on(calls, side, value);
		break;
	case IRQ_TRIGGER:
		call_irq_trigger(calls, side, value);
		break;
	case IRQ_OFF:
		call_irq_off(calls, side, value);
		break;
	case MEMORY:
		call_memory(calls, side);
		break;
	case UNMAP:
		call_unmap(calls, side, value);
		break;
	case LOG_STOP:
		call_log_stop(calls, side);
		break;
	default:
		call_count_files(calls, side);
	}
}

static int call_file(const struct call *call, int data_fd, __u64 value)
{
	switch (call->number) {
	case READ:
		return call_run_move(data_fd, value, true);
	case WRITE:
		return call_run_move(data_fd, value, false);
	case READ_BAD:
		call_read_bad(calls, data_fd, value);
		break;
	case WRITE_BAD:
		call_write_bad(calls, data_fd, value);
		break;
	case PREAD:
		call_pread(calls, data_fd);
		break;
	case PWRITE:
		call_pwrite(calls, data_fd);
		break;
	case SEEK:
		call_seek(calls, data_fd);
		break;
	case IOCTL:
		call_file_ioctl(calls, data_fd, value);
		break;
	case POLL:
		call_poll(calls, data_fd);
		break;
	default:
		call_close(calls, data_fd);
	}
	return EXIT_OK;
}

static int make_file_call(const struct call *call, struct side *side,
			  char **args, int count, __u64 value)
{
	__u64 back = 0;
	int data_fd;

	if (back_text && !call_number(back_text, &back))
		return EXIT_USAGE;
	data_fd = find_data_fd(calls, side, back);
	if (data_fd < 0)
		return fail_plain("%s: no such data file is open; one comes with a set, and in a batch the device stays open after: dev open %s",
				  side->name, side->name);
	return call->run_file ? call->run_file(data_fd, args, count) :
				call_file(call, data_fd, value);
}

static int make_call(const struct call *call, struct side *side, char **args,
		     int count)
{
	bool simple = !call->run && !call->run_file;
	__u64 value = 0;

	call_differs[0] = '\0';
	if (simple && call->max && !call_number(args[0], &value))
		return EXIT_USAGE;
	if (call->of_file)
		return make_file_call(call, side, args, count, value);
	if (back_text)
		return fail_usage("--back: %s is no call of a data file",
				  call->name);
	if (call->run)
		return call->run(side, args, count);
	call_side(call, side, value);
	return EXIT_OK;
}

/* As verify writes it into a script. */
static void print_result(const char *device, char **args, int count)
{
	struct note note;
	int used, i;

	used = snprintf(note.line, sizeof(note.line), "call %s", device);
	for (i = 0; i < count && used < (int)sizeof(note.line); i++)
		used += snprintf(note.line + used, sizeof(note.line) - used,
				 " %s", args[i]);
	if (back_text && used < (int)sizeof(note.line))
		snprintf(note.line + used, sizeof(note.line) - used,
			 " --back %s", back_text);
	snprintf(note.result, sizeof(note.result), "%s",
		 last_note(calls)->result);
	print_start_object(NULL);
	print_string("device", NULL, device);
	print_string("call", NULL, note.line);
	print_string("result", NULL, note.result);
	print_note("", &note);
	print_end_object();
}

static const struct call *find_call(const char *name)
{
	char names[1024] = "";
	size_t used = 0, i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!strcmp(table[i].name, name))
			return &table[i];
		used += snprintf(names + used, sizeof(names) - used, "%s%s",
				 i ? ", " : "", table[i].name);
	}
	fail_usage("%s: no such call; there are: %s", name, names);
	return NULL;
}

int call_check(char **words, int count)
{
	const struct call *call = find_call(words[0]);

	if (!call)
		return EXIT_USAGE;
	if (count - 1 < call->min || count - 1 > call->max)
		return fail_usage("%s: it takes %s", call->name,
				  call->args[0] ? call->args : "no arguments");
	return EXIT_OK;
}

int call_make(struct verify *v, struct side *side, char **words, int count)
{
	struct verify *before = calls;
	int status;

	calls = v;
	back_text = NULL;
	status = make_call(find_call(words[0]), side, words + 1, count - 1);
	calls = before;
	return status;
}

static int run(int argc, char **argv)
{
	const struct call *call;
	struct vfiomig_dev *dev;
	struct side *side;
	int status;

	status = call_check(argv + 1, argc - 1);
	if (status)
		return status;
	call = find_call(argv[1]);
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	side = find_side(dev);
	if (side)
		status = make_call(call, side, argv + 2, argc - 2);
	else
		status = fail_plain("there is no memory");
	if (!status) {
		print_result(argv[0], argv + 1, argc - 1);
		if (call_differs[0])
			status = fail_plain("%s: %s", argv[0], call_differs);
	}
	close_device(dev);
	return status;
}

static const struct command_value values[] = {
	{ "back", "N", "not the last data file, but N before it", &back_text },
	{}
};

const struct command call_command = {
	.name = "call",
	.args = "DEVICE CALL [ARGUMENT...]",
	.min_args = 2,
	.max_args = 64,
	.brief = "make one call, and say what came",
	.text =
"Makes one call of a device just as it is asked, and says what came of it; that\n"
"the device refuses it is no failure of the command.  It is for scripts of a\n"
"batch, as verify writes them, where the device stays open: dev open DEVICE\n"
"\n"
"Of the device: set STATE|NUMBER, get, size (MIG_DATA_SIZE), arcs, info, reset,\n"
"hot-reset, region INDEX, config-read OFFSET SIZE, config-write OFFSET BYTES,\n"
"irq-on INDEX, irq-trigger INDEX, irq-off INDEX, map IOVA SIZE, memory (is it as\n"
"it was?), unmap IOVA, log-start PAGE IOVA+LENGTH..., log-report PAGE\n"
"IOVA+LENGTH BITMAP, log-stop, sleep MS, count-files, and\n"
"feature NUMBER[+get|+set|+probe] ARGSZ [BYTES].\n"
"\n"
"As its driver uses it: bar-read REGION OFFSET SIZE [VALUE], bar-write REGION\n"
"OFFSET SIZE VALUE, bar-wait REGION OFFSET SIZE MASK VALUE (until those bits are\n"
"VALUE, a minute at most), memory-read IOVA SIZE [VALUE] and memory-write IOVA\n"
"SIZE VALUE of what map made, irq-count MS [COUNT] (how often it came since\n"
"irq-on; waits for one), and take-over DEVICE, which does what a VMM does\n"
"besides: command register, memory and interrupt become as that device has them.\n"
"REGION is 0 to 5 for a BAR and 7 for config space.  If what is read is not VALUE\n"
"or COUNT, the command fails.\n"
"\n"
"Of the data file that came last: read SIZE, write SIZE (zeros), read-bad SIZE,\n"
"write-bad SIZE (an address that is none), pread, pwrite, seek, poll,\n"
"precopy-info ARGSZ [FLAGS], ioctl NUMBER, close, read-all NAME CHUNK, which\n"
"appends to what the batch calls NAME, and write-all NAME CHUNK\n"
"[SIZE [OFFSET=BYTES...]], which writes SIZE bytes of it with some changed.\n"
"\n"
"BYTES are written as a0b1c2, or as a0x3 if all are the same.  VALUE is a number\n"
"if SIZE is 1, 2, 4 or 8, else BYTES, or ~SEED: bytes as if by chance.",
	.values = values,
	.run = run,
};
