# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Which lines of the modules were run (`test --coverage`): they are built with
# gcov, each VM leaves what it counted, and it all adds up until they are built
# anew.  Group coverage says what came out.

# What has to be run, and by how much, in percent of its lines.
COVERED=drivers/vfio/mig
COVERED_PERCENT=90
# What tells why the rest is not.
COVERAGE_REASONS=$PROJECT/Documentation/coverage.md

# Where the VM puts its counts while it runs.
coverage_begin() {
	coverage_now=
	[ -n "$vm_coverage" ] || return 0
	coverage_now=$(mktemp -d "$vm_scratch/coverage.XXXXXXXX")
}

# Adds what one VM counted to what the others did.  The folder in it is the one
# that the modules were built in, as it is called in the root.
coverage_end() {
	local all=$BUILD/coverage
	[ -n "$coverage_now" ] || return 0
	host_lock "$all.lock"
	coverage_is_there || {
		rm -rf "$all"
		mkdir -p "$all/counts"
		build_stamp "$(build_modules_dir "$vm_kernel")" >"$all/stamp"
	}
	rm -rf "$all/new" "$all/sum"
	mkdir "$all/new"
	cp -r "$coverage_now/." "$all/new"
	rm -rf "$coverage_now"
	root_run gcov-tool merge -o /vfio-mig/build/coverage/sum \
		/vfio-mig/build/coverage/counts /vfio-mig/build/coverage/new
	rm -rf "$all/counts" "$all/new"
	mv "$all/sum" "$all/counts"
	host_unlock
}

# A line each: file, number, how often it was run, function.
coverage_lines() {
	local dir
	dir=$(build_modules_dir "$vm_kernel")
	(
		cd "$BUILD/$dir"
		find . -name '*.gcno' -exec cp --parents -t "$BUILD/coverage/counts/$dir" {} +
	)
	# shellcheck disable=SC2016
	root_run sh -c 'cd "$1" && find . -name "*.gcda" -exec gcov -t -j {} + |
		jq -r -s -f "$2"' sh "/vfio-mig/build/coverage/counts/$dir" \
		/vfio-mig/src/tools/vm/lib/coverage.jq
}

# Is there anything, and is it of these modules?
coverage_is_there() {
	local dir
	dir=$(build_modules_dir "$vm_kernel")
	[ -d "$BUILD/coverage/counts" ] &&
		[ "$(cat "$BUILD/coverage/stamp" 2>/dev/null)" = "$(build_stamp "$dir")" ]
}

# In the order of the files, each with its lines, and the folder's.
coverage_table() {
	awk -v width=44 '
		function show(name) {
			printf "# %-*s %5.1f %% %5d of %5d\n", width, name, \
				100 * run[name] / all[name], run[name], all[name]
		}
		{
			dir = $1
			sub("/[^/]*$", "", dir)
			if ($1 != file && file != "")
				show(file)
			if (dir != folder && folder != "")
				show(folder)
			file = $1
			folder = dir
			all[file]++
			all[dir]++
			run[file] += $3 > 0
			run[dir] += $3 > 0
		}
		END {
			show(file)
			show(folder)
		}' "$1"
}

# The reasons are rows of a table: | `FILE` | `FUNCTION` | why |
coverage_unexplained() {
	awk -F'[|\`]' -v folder="$COVERED/" '
		FNR == NR {
			if (/^\| `/)
				why[$3 " " $6] = 1
			next
		}
		{ split($0, word, " ") }
		index(word[1], folder) == 1 && !word[3] {
			file = substr(word[1], length(folder) + 1)
			if (!((file " " word[4]) in why))
				print word[1] ":" word[2] " " word[4]
		}' "$COVERAGE_REASONS" "$1"
}

test_coverage() {
	local lines=$BUILD/coverage/lines percent unexplained
	vm_coverage=yes vm_kernel=debug
	prepare
	coverage_is_there || {
		printf '1..1\nnot ok 1 nothing was counted with these modules; first: %s\n' \
			"$ME test --coverage vm"
		return 0
	}
	coverage_lines >"$lines"
	coverage_table "$lines"
	percent=$(awk -v folder="$COVERED/" 'index($1, folder) == 1 {
			all++
			run += $3 > 0
		} END { printf "%.1f", 100 * run / all }' "$lines")
	unexplained=$(coverage_unexplained "$lines")
	echo 1..2
	test_silent 1 "$COVERED_PERCENT % of the lines of $COVERED were run: $percent %" \
		"$(awk -v is="$percent" -v least=$COVERED_PERCENT \
			'BEGIN { if (is < least) print "too few" }')"
	test_silent 2 "Documentation/coverage.md says why the others were not" \
		"$unexplained"
}
