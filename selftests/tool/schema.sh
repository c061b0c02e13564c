#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# There is a schema for the JSON of each command, and it can refuse something.
# What the commands write is held against them where there are devices.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

test_each_command_has_one_and_none_is_left_over() {
	# save and stream describe write a stream; what the others share is in common, and in error.
	{ vfio-mig help | sed -nE 's/^  ([a-z]+)( [a-z]+)? .*/\1\2/p' |
		tr ' ' - | grep -vxE 'save|stream-describe'; echo common; echo error; } |
		sort >"$WORK/commands"
	find "$VFIO_MIG_SCHEMA" -name '*.json' -printf '%f\n' |
		sed -E 's/-[0-9]+\.json$//' | sort -u >"$WORK/schemas"
	diff "$WORK/commands" "$WORK/schemas" >"$WORK/out" ||
		fail "commands (<) and schemas (>) differ"
}

test_each_says_its_own_name() {
	local file name
	for file in "$VFIO_MIG_SCHEMA"/*.json; do
		name=${file##*/}
		jq -e --arg name "$name" '."$id" == $name and
			."$schema" == "http://json-schema.org/draft-07/schema#"' \
			"$file" >/dev/null || fail "$name is not what it says"
		[ "$name" = common-1.json ] || jq -e --arg name "${name%.json}" \
			'[.. | objects | .schema? | .const?] | index($name)' \
			"$file" >/dev/null || fail "$name does not ask for its name"
	done
}

# refused FILTER: an output that was right, changed.
refused() {
	jq -c "$1" "$WORK/right" >"$WORK/wrong"
	! json_schema "$WORK/wrong" >"$WORK/out" || fail "takes $1"
}

test_what_is_wrong_is_refused() {
	cat >"$WORK/right" <<-'END'
		{"schema":"migrate-1","steps":[{"device":"0000:01:00.0",
		"from":"RUNNING","to":"STOP","ns":1}],"bytes":1}
	END
	json_schema "$WORK/right" || fail "refuses what is right"
	refused '.schema = "migrate-2"'
	refused 'del(.schema)'
	refused 'del(.bytes)'
	refused '.more = 1'
	refused '.bytes = "1"'
	refused '.steps[0].ns = -1'
	refused '.steps[0].to = "RUN"'
	refused '.steps[0].more = 1'
}

test_pretty_is_the_same_with_line_breaks() {
	local file=$VFIO_MIG_SOURCE/selftests/golden/edu-1-idle
	run 0 -j stream show "$file"
	mv "$WORK/out" "$WORK/plain"
	run 0 --pretty stream show "$file"
	[ "$(wc -l <"$WORK/out")" -gt 10 ] || fail "hardly a line break"
	[ "$(jq -c . "$WORK/out")" = "$(jq -c . "$WORK/plain")" ] || fail "differs"
}

test_what_needs_no_device_is_as_it_says() {
	local file
	for file in "$VFIO_MIG_SOURCE"/selftests/golden/*-*; do
		run 0 -j stream show "$file"
		run 0 -j stream verify "$file"
		head -c -1 "$file" >"$WORK/damaged"
		run 1 -j stream show "$WORK/damaged"
		run 1 -j stream verify "$WORK/damaged"
		run 0 -j compat --descriptor "$file" --descriptor "$file"
	done
}

run_tests "$0"
