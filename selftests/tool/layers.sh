#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The files of the core are in layers: none uses what a file further down in
# Documentation/core.md has.  What is a hook is called by nobody's name.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2016,SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

# A line each: FILE LAYER.
layers() {
	awk -F'|' '/^\| [0-9]+ \|/ {
		n = split($3, file, "`")
		for (i = 2; i <= n; i += 2)
			print file[i], $2 + 0
	}' "$VFIO_MIG_SOURCE/Documentation/core.md"
}

# upward DIR: a line for each use of a name of a file further down.  A name is one that
# begins a line, or stands after what a function gives, where a file defines it.
upward() {
	layers >"$WORK/layers"
	(
		cd "$1" || exit
		find . -name '*.c' -printf '%P\n' | LC_ALL=C sort |
			xargs awk '
			function layer(file) {
				if (file in layers)
					return layers[file]
				sub("/.*", "/", file)
				return file in layers ? layers[file] : 0
			}
			FILENAME == ARGV[1] {
				layers[$1] = $2
				next
			}
			FNR == 1 {
				comment = 0
				if (!layer(FILENAME))
					print FILENAME " is in no layer"
			}
			{
				line = $0
				if (comment && !sub(/^.*\*\//, "", line))
					next
				comment = 0
				gsub(/\/\*.*\*\//, "", line)
				comment = sub(/\/\*.*/, "", line)
			}
			line ~ /^[a-z].*[ *]vfio_mig_[a-z_0-9]+(\(|;| __|\[)/ && line !~ /^(static|extern|EXPORT)/ {
				name = line
				sub(/(\(|;| __|\[).*/, "", name)
				sub(/.*[ *]/, "", name)
				owner[name] = FILENAME
			}
			{
				while (match(line, /vfio_mig_[a-z_0-9]+/)) {
					uses[FILENAME " " substr(line, RSTART, RLENGTH)]
					line = substr(line, RSTART + RLENGTH)
				}
			}
			END {
				for (use in uses) {
					split(use, part, " ")
					if (part[2] in owner &&
					    layer(owner[part[2]]) > layer(part[1]))
						print part[1] " uses " part[2] " of " owner[part[2]]
				}
			}' "$WORK/layers"
	)
}

core=$VFIO_MIG_SOURCE/drivers/vfio/mig

test_no_file_uses_one_further_down() {
	upward "$core" | LC_ALL=C sort >"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "the layers are not kept"
}

test_each_file_of_the_table_is_there() {
	local file
	while read -r file _; do
		[ -e "$core/$file" ] || fail "there is no $file"
	done < <(layers)
	[ "$(layers | wc -l)" -gt 20 ] || fail "the table has hardly a file"
}

# Or the test above says nothing.
test_a_use_of_one_further_down_is_found() {
	cp -r "$core" "$WORK/spoilt"
	printf 'void spoilt(void)\n{\n\tvfio_mig_session_end(NULL);\n}\n' \
		>>"$WORK/spoilt/save.c"
	[ "$(upward "$WORK/spoilt")" = \
		"save.c uses vfio_mig_session_end of session.c" ] ||
		fail "it is not found: $(upward "$WORK/spoilt")"
	cp "$core/arcs.c" "$WORK/spoilt/other.c"
	upward "$WORK/spoilt" | grep -q '^other.c is in no layer$' ||
		fail "a file in no layer is not found"
}

# A driver in another tree has the headers of include/ alone.
test_no_header_of_include_takes_one_of_drivers() {
	! grep -rn '#include.*drivers/' "$VFIO_MIG_SOURCE/include" >"$WORK/out" ||
		fail "it does"
}

test_what_is_about_pci_is_in_its_room() {
	grep -nE 'linux/pci\.h|vfio_pci|pdev' "$core"/*.[ch] >"$WORK/out"
	[ ! -s "$WORK/out" ] || fail "it is not"
}

run_tests "$0"
