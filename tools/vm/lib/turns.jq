# SPDX-License-Identifier: GPL-2.0
#
# Figures of $part that two builds have taken turns to measure: medians, and the ratios
# of each turn.  $this and $against have a list for each turn, of the objects that were
# printed in it.  $form: a table (for awk, by tabs) or an object.

# What an element of a list is, and not what was measured of it.
def names: "role", "driver", "call", "from", "to", "buffer", "range", "dirty_percent",
	"gigabits", "memory", "size", "dirty", "at_once";

# How often it was measured, and what no median is taken of.
def passed_over: "rounds", "moves", "mib", "p90_ns", "p99_ns", "max_ns", "most",
	"per_get", "per_vs";

def is_name: (.key | IN(names)) and (.value | type | IN("string", "number"));

def name_of:
	[to_entries[] | select(is_name) | .key as $key | .value |
		if type == "string" then . else "\($key)=\(.)" end] | join(" ");

# Each number below, with the way to it.
def figures($way):
	if type == "number" then
		{ name: $way, value: . }
	elif type == "array" then
		.[] | "\($way) \(if type == "object" then name_of else "" end)" as $here |
		figures($here)
	elif type == "object" then
		to_entries[] | select((is_name or (.key | IN(passed_over))) | not) |
		.key as $key | .value | figures("\($way) \($key)")
	else
		empty
	end;

def figures_of_turn:
	if length == 1 then
		.[0] | figures("")
	else
		to_entries[] | .key as $nth | .value | figures(" \($nth + 1)")
	end | .name |= ltrimstr(" ");

# A list for each name, a value each turn.
def by_name:
	reduce (.[] | figures_of_turn) as $figure ({}; .[$figure.name] += [$figure.value]);

def median: sort | .[length / 2 | floor];

def figure($this; $against):
	([$this, $against] | transpose | map(select(.[1] != 0) | .[0] / .[1])) as $ratios |
	{
		this: ($this | median),
		against: ($against | median),
		ratio: ($ratios | median),
		least: ($ratios | min),
		most: ($ratios | max)
	};

def all_figures:
	($this | by_name) as $of_this | ($against | by_name) as $of_against |
	$of_this | keys_unsorted[] | select($of_against[.]) |
	{ name: . } + figure($of_this[.]; $of_against[.]);

# Four digits, or all that are before the point.
def short:
	if . == null then
		"-"
	elif . == 0 then
		"0"
	else
		(fabs | log10 | floor) as $power |
		if $power >= 3 then
			round
		else
			pow(10; 3 - $power) as $times | . * $times | round / $times
		end | tostring
	end;

def places3: if . == null then "-" else . * 1000 | round / 1000 | tostring end;

def table:
	"\($part): this build beside \($name), \($turns) turns",
	(["", $name, "this", "ratio", "least", "most"] | @tsv),
	(all_figures | [.name, (.against | short), (.this | short), (.ratio | places3),
		(.least | places3), (.most | places3)] | @tsv);

if $form == "table" then
	table
else
	{ part: $part, against: $name, turns: $turns, figures: [all_figures] } | tojson
end
