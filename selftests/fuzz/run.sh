#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh DIR SECONDS LLVM-SUFFIX: fuzzes, and reports in KTAP.

out=$1
seconds=$2
llvm=$3

mkdir -p "$out/corpus"
export ASAN_OPTIONS=detect_leaks=1 LLVM_PROFILE_FILE="$out/profraw"

echo "KTAP version 1"
echo "1..1"
"$out/stream_reader" -max_total_time="$seconds" -max_len=16384 \
	-print_final_stats=1 -artifact_prefix="$out/" \
	"$out/corpus" ../golden >"$out/log" 2>&1
status=$?
grep -E '^(INFO: Seed|stat::|#[0-9]+.*(INITED|DONE))' "$out/log" |
	sed 's/^/# /'

# What the inputs that were kept reach, by line, in the codec's own files.
"$out/stream_reader.cov" -runs=0 "$out/corpus" ../golden >/dev/null 2>&1 &&
	"llvm-profdata$llvm" merge -o "$out/profdata" "$out/profraw" &&
	"llvm-cov$llvm" report "$out/stream_reader.cov" \
		-instr-profile="$out/profdata" -show-region-summary=false \
		-ignore-filename-regex='fuzz/|include/' |
	awk '$1 ~ /\.[ch]$/ { printf "# %s: %s of lines, %s of branches\n",
		$1, $7, $10 }'

if [ "$status" -eq 0 ]; then
	echo "ok 1 stream_reader: $seconds s"
else
	tail -n 40 "$out/log" | sed 's/^/# /'
	echo "not ok 1 stream_reader: see $out"
	exit 1
fi
