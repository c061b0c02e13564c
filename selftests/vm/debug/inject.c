// SPDX-License-Identifier: GPL-2.0
/* inject.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "inject.h"
#include "kselftest.h"

#define DEBUGFS	"/sys/kernel/debug/"

/* And what the last of them stands on, which is loaded just before it. */
static const char * const modules[] = {
	"[vfio_mig]", "[edu_vfio_pci]", "[bochs_vfio_pci]", "[serial_vfio_pci]",
	"[igbvf_vfio_pci]", "[mdev]", "[edu_mdev]", NULL
};

static const char stands_on[] = "[mdev]";

/* What has a part in what is done with the devices that there are: some of those. */
static const char *parts[ARRAY_SIZE(modules)] = { "[vfio_mig]" };

/* What to write into the kernel's knobs. */
static const char * const knobs[][2] = {
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "failslab/times", "0xffffffff" },
	{ DEBUGFS "failslab/task-filter", "Y" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/times", "0xffffffff" },
	{ DEBUGFS "fail_page_alloc/task-filter", "Y" },
	{ DEBUGFS "fail_usercopy/verbose", "0" },
	{ DEBUGFS "fail_usercopy/times", "0xffffffff" },
	{ DEBUGFS "fail_usercopy/task-filter", "Y" },
};

static const char * const injectors[] = {
	DEBUGFS "failslab/",
	DEBUGFS "fail_page_alloc/",
	DEBUGFS "fail_usercopy/",
};

/* The calling thread's, while it is being counted. */
static int fail_nth;

/* One of the kernel's functions. */
struct symbol {
	unsigned long address;
	char *name;
	char module[64];
};

static struct symbol *symbols;
static size_t num_symbols;

/* Code from @start on, up to @end. */
struct range {
	unsigned long start;
	unsigned long end;
};

static int add_symbol(const char *line)
{
	struct symbol *more, symbol = {};
	char type, name[256];

	if (sscanf(line, "%lx %c %255s %63s", &symbol.address, &type, name,
		   symbol.module) < 3 || !strchr("tTwW", type))
		return 0;
	if (!(num_symbols & (num_symbols - 1))) {
		more = realloc(symbols, sizeof(*more) *
			       (num_symbols ? 2 * num_symbols : 1));
		if (!more)
			return -ENOMEM;
		symbols = more;
	}
	symbol.name = strdup(name);
	if (!symbol.name)
		return -ENOMEM;
	symbols[num_symbols++] = symbol;
	return 0;
}

/*
 * Once, before there are tests: it is a second's work, and where the modules are does not
 * change while they run.
 */
static int read_symbols(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512];
	int ret = 0;

	if (!file)
		return -errno;
	while (!ret && fgets(line, sizeof(line), file))
		ret = add_symbol(line);
	fclose(file);
	return ret;
}

/* Each symbol of the kernel's code, until @visit returns something. */
static int each_function(int (*visit)(const struct symbol *symbol, void *ctx),
			 void *ctx)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < num_symbols; i++)
		ret = visit(&symbols[i], ctx);
	return ret;
}

static int tell_injectors(const char *which, const struct range *range)
{
	char path[96], text[32];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(injectors) / sizeof(*injectors); i++) {
		snprintf(path, sizeof(path), "%s%s-start", injectors[i], which);
		snprintf(text, sizeof(text), "%#lx", range->start);
		ret = write_file(path, text);
		if (ret)
			break;
		snprintf(path, sizeof(path), "%s%s-end", injectors[i], which);
		snprintf(text, sizeof(text), "%#lx", range->end);
		ret = write_file(path, text);
	}
	return ret;
}

/* ---- this project's modules ---- */

static bool is_of(const char * const *module, const struct symbol *symbol)
{
	while (*module && strcmp(*module, symbol->module))
		module++;
	return *module;
}

static void add_part(const char *module)
{
	const char **part = parts;

	while (*part)
		part++;
	*part = module;
}

/* By what the program was given: none of them is open yet. */
static void find_parts(void)
{
	const char *edu = getenv("VFIO_MIG_EDU") ?: "";

	if (edu[0])
		add_part(is_software(edu) ? "[edu_mdev]" : "[edu_vfio_pci]");
	if (*(getenv("VFIO_MIG_BOCHS") ?: ""))
		add_part("[bochs_vfio_pci]");
	if (*(getenv("VFIO_MIG_IGBVF") ?: ""))
		add_part("[igbvf_vfio_pci]");
	if (edu[0] && is_software(edu))
		add_part(stands_on);
}

static int widen(const struct symbol *symbol, void *ctx)
{
	struct range *range = ctx;
	bool is_part = is_of(parts, symbol);

	if (is_part && symbol->address < range->start)
		range->start = symbol->address;
	if (is_part && symbol->address >= range->end)
		range->end = symbol->address + 1;
	return 0;
}

/* Is somebody else's code in between? */
static int disturb(const struct symbol *symbol, void *ctx)
{
	struct range *range = ctx;

	if (is_of(modules, symbol) || symbol->address < range->start ||
	    symbol->address >= range->end)
		return 0;
	printf("# %s %s is between this project's modules\n", symbol->name,
	       symbol->module);
	return -EXDEV;
}

/* How long the last function is nobody tells; behind it there is a gap. */
static int find_range(struct range *range)
{
	int ret;

	*range = (struct range) { .start = ~0UL };
	ret = each_function(widen, range);
	if (!ret && !range->end)
		ret = -ENOENT;
	range->end += sysconf(_SC_PAGESIZE);
	return ret ? ret : each_function(disturb, range);
}

/*
 * They were loaded one after the other, and on the debug kernel before others, so that they
 * are in one piece; but a small one may have come to a hole that the initialization of
 * another module has left.  So that is asked only of those that have a part in this, and not
 * of what they stand on.
 */
static int require_modules(void)
{
	struct range range;
	unsigned int last;
	int ret;

	find_parts();
	ret = find_range(&range);
	for (last = 0; parts[last + 1]; last++)
		;
	if (ret == -EXDEV && !strcmp(parts[last], stands_on)) {
		parts[last] = NULL;
		ret = find_range(&range);
	}
	return ret ? ret : tell_injectors("require", &range);
}

int inject_setup(void)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(knobs) / sizeof(*knobs); i++)
		ret = write_file(knobs[i][0], knobs[i][1]);
	if (!ret)
		ret = read_symbols();
	if (!ret)
		ret = require_modules();
	return ret ? ret : inject_spare(NULL, NULL);
}

/* ---- what is spared ---- */

struct search {
	const char *name;
	unsigned long address;
};

static int find(const struct symbol *symbol, void *ctx)
{
	struct search *search = ctx;

	if (strcmp(symbol->name, search->name))
		return 0;
	search->address = symbol->address;
	return 1;
}

static int find_next(const struct symbol *symbol, void *ctx)
{
	struct range *range = ctx;

	if (symbol->address > range->start && symbol->address < range->end)
		range->end = symbol->address;
	return 0;
}

int inject_spare(const char *first, const char *last)
{
	struct search begin = { .name = first }, end = { .name = last };
	struct range range = {}, behind = { .end = ~0UL };

	if (first) {
		if (each_function(find, &begin) != 1 ||
		    each_function(find, &end) != 1)
			return -ENOENT;
		behind.start = end.address;
		each_function(find_next, &behind);
		range.start = begin.address;
		range.end = behind.end;
	}
	return tell_injectors("reject", &range);
}

/* ---- counting ---- */

/* Whoever counts to an end is certain to fail from then on. */
int inject_all_after(bool all)
{
	char path[96];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(injectors) / sizeof(*injectors); i++) {
		snprintf(path, sizeof(path), "%sprobability", injectors[i]);
		ret = write_file(path, all ? "100" : "0");
	}
	return ret;
}

void inject_begin(unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0 || write_file("/proc/thread-self/make-it-fail", "1") ||
	    write(fail_nth, text, strlen(text)) < 0)
		abort();
}

bool inject_end(void)
{
	char text[16] = "";
	bool failed;

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		abort();
	failed = !atoi(text);
	if (pwrite(fail_nth, "0", 1, 0) < 0 ||
	    write_file("/proc/thread-self/make-it-fail", "0"))
		abort();
	close(fail_nth);
	return failed;
}

bool inject_excuses(int ret)
{
	return ret == -ENOMEM || ret == -EFAULT;
}

int inject_main(int argc, char **argv, int (*run)(int argc, char **argv))
{
	int ret = inject_setup();

	if (!ret)
		return run(argc, argv);
	if (ret == -ENOENT) {
		printf("# this kernel has no fault injection\n");
		return KSFT_SKIP;
	}
	printf("# fault injection cannot be set up: %s\n", strerror(-ret));
	return KSFT_FAIL;
}
