#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vfio-mig -b: lines of a file, each a command.  What a batch does with devices
# is in selftests/vm/tool.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR
. "${0%/*}/commands.sh"

GOLDEN=$VFIO_MIG_SOURCE/selftests/golden

# batch STATUS ARGUMENT…: of what stands on stdin.
batch() {
	cat >"$WORK/batch"
	run "$@" -b "$WORK/batch"
}

# how_many NUMBER: objects have been written, one for each command.
how_many() {
	[ "$(jq -s length "$WORK/out")" = "$1" ] ||
		fail "there are not $1 values"
}

test_each_line_is_a_command() {
	cp "$GOLDEN/edu-1-idle" "$WORK/a stream"
	batch 0 -j <<-END
		# nothing but a comment

		stream show '$WORK/a stream'    # with a comment
	END
	how_many 1
}

test_words_are_taken_as_iproute2_does() {
	cp "$GOLDEN/edu-1-idle" "$WORK/a stream"
	cp "$GOLDEN/edu-1-idle" "$WORK/b#1"
	batch 0 -j <<-END
		stream show '$WORK/a stream'
		stream	show "$WORK/a"' 'stream   # blanks and tabs
		stream show \\
			"$WORK/a stream"
		stream show $WORK/b#1
	END
	how_many 4
	printf 'stream show "%s"' "$WORK/a stream" | batch 0 -j
	how_many 1
	: | batch 0
}

test_the_first_failure_ends_it() {
	batch 1 -j <<-END
		stream show $GOLDEN/edu-1-idle
		stream \\
			show /nowhere
		stream show $GOLDEN/edu-1-idle
	END
	complains "vfio-mig: $WORK/batch:2: /nowhere: "
	how_many 2
	[ "$(jq -r '.schema' "$WORK/out" | xargs)" = "stream-show-1 error-1" ] ||
		fail "not the error of the one that failed"
	batch 2 <<-END

		dance
	END
	complains "vfio-mig: $WORK/batch:2: dance: no such command"
	batch 2 <<<"stream show 'a"
	complains "$WORK/batch:1: "
	complains "a quote that is not closed"
}

test_force_goes_on_and_fails_in_the_end() {
	batch 1 -j --force <<-END
		stream show /nowhere
		stream show $GOLDEN/edu-1-idle
	END
	complains "$WORK/batch:1: /nowhere: "
	how_many 2
	[ "$(jq -r '.schema' "$WORK/out" | xargs)" = "error-1 stream-show-1" ] ||
		fail "not the error of the one that failed"
	run 2 --force stream show "$GOLDEN/edu-1-idle"
	complains "it goes with -b"
}

test_stdin_is_a_batch_too() {
	vfio-mig -j -b - >"$WORK/out" 2>"$WORK/err" <<-END
		stream show $GOLDEN/edu-1-idle
		stream verify $GOLDEN/edu-1-idle
	END
	how_many 2
	vfio-mig -b - <<<dance 2>"$WORK/err" && fail "it succeeds"
	complains "vfio-mig: stdin:1: dance"
}

# What one line says of options is not said for the next.
test_options_are_of_their_line() {
	batch 0 <<-END
		-j stream show $GOLDEN/edu-1-idle
		stream show $GOLDEN/edu-1-idle
		compat --descriptor $GOLDEN/edu-1-idle --descriptor $GOLDEN/edu-1-idle
		compat --descriptor $GOLDEN/edu-1-idle --descriptor $GOLDEN/edu-1-idle
	END
	[ "$(grep -c '^{' "$WORK/out")" = 1 ] || fail "not one line of JSON"
	batch 2 <<-END
		compat --descriptor $GOLDEN/edu-1-idle --descriptor $GOLDEN/edu-1-idle
		compat --descriptor $GOLDEN/edu-1-idle
	END
	complains "$WORK/batch:2: "
}

test_what_a_batch_is_not() {
	run 1 -b /nowhere
	complains "/nowhere: No such file"
	run 1 -b "$WORK"
	complains "cannot be read"
	run 2 -b
	run 2 -b /dev/null stream
	batch 2 <<<"-b $WORK/batch"
	complains "not in a batch"
	run 2 dev open 0000:01:00.0
	complains "it is for a batch"
	run 2 dev close 0000:01:00.0
	complains "it is for a batch"
}

run_tests "$0"
