// SPDX-License-Identifier: GPL-2.0
/* What was measured, as tables or JSON. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "print.h"

/* Of a PCI device. */
#define NAME_WIDTH	12

static const unsigned int links[] = { 1, 10, 25, 100 };

static __u64 floor_of(const struct subject *subject)
{
	struct summary sum;

	series_sum(&subject->calls[CALL_GET], &sum);
	return sum.p50 ? sum.p50 : 1;
}

static const char *role_name(int role)
{
	static const char * const names[ROLES] = { "device", "peer", "vs" };

	return names[role];
}

/* ---- rows ---- */

static void print_ratio(const char *key, int width, double ratio)
{
	const char *format = ratio < 0.1 ? "%*.1g" : "%*.2f";

	print_decimal(key, ratio);
	print_text(ratio < 1000 ? format : "%*.0f", width, ratio);
}

/* Four digits and a unit, so that the columns stay apart. */
static void print_time(const char *key, int width, __u64 ns)
{
	static const char * const units[] = { "ns", "us", "ms", "s" };
	double value = ns;
	char text[32];
	size_t i = 0;

	while (value >= 999.95 && i < ARRAY_SIZE(units) - 1) {
		value /= 1000;
		i++;
	}
	snprintf(text, sizeof(text), "%.4g %s", value, units[i]);
	print_number(key, NULL, ns);
	print_text("%*s", width, text);
}

/* The comparison is with the floor; with another device, if there is one. */
static void print_row(const char *name, const struct series *series,
		      __u64 floor, const struct series *other)
{
	struct summary sum, theirs;

	series_sum(series, &sum);
	print_text("  %-27s", name);
	print_number("rounds", NULL, sum.count);
	print_time("p50_ns", 9, sum.p50);
	print_time("p90_ns", 9, sum.p90);
	print_time("p99_ns", 9, sum.p99);
	print_time("max_ns", 9, sum.max);
	print_ratio("per_get", 8, (double)sum.p50 / floor);
	if (other && other->count) {
		series_sum(other, &theirs);
		print_ratio("per_vs", 7,
			    (double)sum.p50 / (theirs.p50 ? theirs.p50 : 1));
	}
	print_text("\n");
}

static void print_head(const char *what, bool versus)
{
	print_text("\n  %-27s%9s%9s%9s%9s%8s%s\n", what, "p50", "p90", "p99",
		   "max", "/ GET", versus ? "   / vs" : "");
}

static void report_calls(const struct subject *subject,
			 const struct subject *vs)
{
	enum call i;

	print_head("call", vs);
	print_start_array("calls");
	for (i = 0; i < CALL_COUNT; i++) {
		if (!subject->calls[i].count)
			continue;
		print_start_object(NULL);
		print_string("call", NULL, call_names[i][0]);
		print_row(call_names[i][1], &subject->calls[i],
			  floor_of(subject), vs ? &vs->calls[i] : NULL);
		print_end_object();
	}
	print_end_array();
}

static void report_arcs(const struct subject *subject,
			const struct subject *vs)
{
	char name[64];
	int from, to;

	print_head("arc", vs);
	print_start_array("arcs");
	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
			if (!subject->arcs[from][to].count)
				continue;
			snprintf(name, sizeof(name), "%s -> %s",
				 vfio_mig_state_name(from),
				 vfio_mig_state_name(to));
			print_start_object(NULL);
			print_string("from", NULL, vfio_mig_state_name(from));
			print_string("to", NULL, vfio_mig_state_name(to));
			print_row(name, &subject->arcs[from][to],
				  floor_of(subject),
				  vs ? &vs->arcs[from][to] : NULL);
			print_end_object();
		}
	}
	print_end_array();
}

/* ---- streams ---- */

static double rate(__u64 bytes, const struct series *series)
{
	struct summary sum;

	series_sum(series, &sum);
	return sum.p50 ? bytes * 1e3 / sum.p50 : 0;
}

static void report_streams(const struct subject *subject)
{
	char text[32];
	int i;

	print_number("stream_bytes", "\n  stream of %llu bytes", subject->bytes);
	print_text("%*s%12s%14s\n", 12, "", "save MB/s", "load MB/s");
	print_start_array("streams");
	for (i = 0; i < BUFFERS; i++) {
		print_start_object(NULL);
		print_number("buffer", "  buffer of %7llu bytes         ",
			     buffer_sizes[i]);
		if (subject->save[i].count) {
			snprintf(text, sizeof(text), "%.2f",
				 rate(subject->bytes, &subject->save[i]));
			print_decimal("save_mbps",
				      rate(subject->bytes, &subject->save[i]));
			print_text("%12s", text);
		}
		if (subject->load[i].count) {
			snprintf(text, sizeof(text), "%.2f",
				 rate(subject->bytes, &subject->load[i]));
			print_decimal("load_mbps",
				      rate(subject->bytes, &subject->load[i]));
			print_text("%14s", text);
		}
		print_text("\n");
		print_end_object();
	}
	print_end_array();
}

static void report_share(const struct subject *subject, int range, int share)
{
	const struct series *series = &subject->dirty[range][share];
	char name[64], size[32];

	if (!series->count)
		return;
	format_bytes(size, sizeof(size), dirty_ranges[range]);
	snprintf(name, sizeof(name), "%s, %u %% dirty", size,
		 dirty_shares[share]);
	print_start_object(NULL);
	print_number("range", NULL, dirty_ranges[range]);
	print_number("dirty_percent", NULL, dirty_shares[share]);
	print_row(name, series, floor_of(subject), NULL);
	print_end_object();
}

static void report_dirty(const struct subject *subject)
{
	int range, share;

	if (!subject->dirty[0][0].count)
		return;
	print_head("report of dirty pages", false);
	print_start_array("dirty_reports");
	for (range = 0; range < DIRTY_RANGES; range++)
		for (share = 0; share < DIRTY_SHARES; share++)
			report_share(subject, range, share);
	print_end_array();
}

/* ---- the model ---- */

static void report_link(struct bench *bench, unsigned int gigabits)
{
	struct downtime downtime;

	model_downtime(bench, gigabits, &downtime);
	print_start_object(NULL);
	print_number("gigabits", "  %4llu Gbit/s", gigabits);
	print_ns("stop_ns", "%11s", downtime.stop);
	print_ns("save_ns", "%11s", downtime.save);
	print_ns("link_ns", "%11s", downtime.link);
	print_ns("load_ns", "%11s", downtime.load);
	print_ns("start_ns", "%11s", downtime.start);
	print_ns("downtime_ns", "%11s\n", model_sum(&downtime));
	print_end_object();
}

static void report_model(struct bench *bench)
{
	size_t i;

	print_text("\nDowntime, if one thing comes after the other (medians)\n"
		   "  %-11s%11s%11s%11s%11s%11s%11s\n", "link", "stop", "save",
		   "transfer", "load", "start", "in all");
	print_start_array("downtime");
	if (bench->link)
		report_link(bench, bench->link);
	for (i = 0; !bench->link && i < ARRAY_SIZE(links); i++)
		report_link(bench, links[i]);
	print_end_array();
}

static void report_subject(struct bench *bench, int role)
{
	const struct subject *subject = &bench->subjects[role];
	const struct subject *vs = &bench->subjects[ROLE_VS];

	if (role != ROLE_SELF || !vs->dev)
		vs = NULL;
	print_start_object(NULL);
	print_string("role", NULL, role_name(role));
	print_string("device", "%s", subject->name);
	print_string("driver", ", %s", vfiomig_info(subject->dev)->driver);
	/* A UUID leaves no room for the rest. */
	print_text(strlen(subject->name) > NAME_WIDTH ? ":\n  " : ": ");
	print_features("features", subject->routes.features);
	print_text(", %u rounds\n", bench->rounds);
	report_calls(subject, vs);
	report_arcs(subject, vs);
	report_streams(subject);
	report_dirty(subject);
	print_end_object();
}

void report_bench(struct bench *bench)
{
	bool any = false;
	int i;

	print_start_object(NULL);
	print_number("rounds", NULL, bench->rounds);
	print_start_array("devices");
	for (i = 0; i < ROLES; i++) {
		if (!bench->subjects[i].dev)
			continue;
		print_text(any ? "\n" : "");
		any = true;
		report_subject(bench, i);
	}
	print_end_array();
	report_model(bench);
	print_end_object();
}
