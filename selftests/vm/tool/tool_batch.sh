#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a batch of vfio-mig does with devices: those that it keeps open.
#
# The tests are called by their names, which are read from this file.
# shellcheck disable=SC2317 source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../tool
. "${0%/*}/tool_lib.sh"

# batch STATUS ARGUMENT…: of what stands on stdin.
batch() {
	cat >"$WORK/batch"
	run "$@" -b "$WORK/batch"
}

# states STATE…: those that state get has said, one after the other.
states() {
	[ "$(jq -sr '[.[].state // empty] | join(" ")' "$WORK/out")" = "$*" ] ||
		fail "the states are not $*"
}

test_a_device_that_is_kept_open_keeps_its_state() {
	batch 0 -j <<-END
		dev open $A
		state set $A STOP
		state get $A
		state get ${A#0000:}
		reset $A
		state get $A
		state set $A RUNNING_P2P
		dev close $A
		state get $A
	END
	states STOP STOP RUNNING RUNNING
}

test_without_that_each_line_begins_anew() {
	batch 0 -j <<-END
		state set $A STOP
		state get $A
		dev open $A
		state get $A
	END
	states RUNNING RUNNING
}

test_two_are_kept_open() {
	batch 0 -j <<-END
		dev open $A
		dev open $B
		state set $B STOP
		state get $A
		state get $B
		dev close $B
		state get $B
		migrate $A $B
		state get $A
	END
	states RUNNING STOP RUNNING STOP
}

test_what_wants_it_alone_is_refused() {
	local command
	for command in "verify $A" "replay qemu $A" "dev unbind $A" \
		"dev bind --dry-run $A" "dev open $A" "bench $A" \
		"bench --peer $A $B"; do
		batch 1 <<-END
			dev open $A
			$command
		END
		complains "$WORK/batch:2: $A: this batch keeps it open; first: dev close $A"
	done
	batch 1 <<<"dev close $A"
	complains "$WORK/batch:1: $A: this batch does not keep it open"
}

test_a_failure_closes_all_of_them() {
	batch 2 <<-END
		dev open $A
		dev open $B
		state set $A STOP
		dance
	END
	complains "$WORK/batch:4: dance"
	run 0 state get "$A"
	says RUNNING
}

# What a script of calls says is the script again, with what came.
test_calls_say_what_came() {
	cat >"$WORK/script" <<-END
		dev open $A
		call $A get                           # RUNNING
		call $A set STOP_COPY                 # success, a data_fd
		call $A set ERROR                     # EINVAL
		call $A set 4711                      # EINVAL
		call $A write 1                       # EBADF
		call $A read-bad 16                   # EFAULT
		call $A seek                          # ESPIPE
		call $A ioctl 99                      # ENOTTY
		call $A precopy-info 24               # EINVAL, initial 0, dirty 0
		call $A feature 2+get 15 00x8         # EINVAL
		call $A feature 65520+probe 8         # ENOTTY
		call $A set STOP                      # success
		call $A read 1                        # ENODEV
		call $A set RESUMING                  # success, a data_fd
		call $A read 1 --back 1               # ENODEV
		call $A close                         # success
		call $A get                           # RESUMING
		call $A reset                         # success
		dev close $A
	END
	batch 0 <"$WORK/script"
	diff <(tr -s ' ' <"$WORK/script") <(tr -s ' ' <"$WORK/out") \
		>"$WORK/diff" || fail "$(cat "$WORK/diff")"
	fits_80
	batch 0 -j <"$WORK/script"
	[ "$(jq -sr '.[7] | .call, .result' "$WORK/out" | xargs)" = \
		"call $A seek ESPIPE" ] || fail "another call or result"
}

# What it can be asked for that says the same of any edu, on any kernel.
test_each_call_of_a_device_can_be_made() {
	cat >"$WORK/script" <<-END
		dev open $A
		call $A info                          # success, flags 0x3
		call $A size                          # success, 208 bytes
		call $A region 0                      # success, 1048576 bytes
		call $A config-read 0 4               # success, 3412e811
		call $A config-write 0x3c 2a          # success
		call $A config-read 0x3c 1            # success, 2a
		call $A irq-on 1                      # success
		call $A irq-trigger 1                 # success, it comes
		call $A irq-off 1                     # success
		call $A map 0x100000 4096             # success
		call $A memory                        # as it was
		call $A unmap 0x100000                # success
		call $A sleep 1                       # success
		call $A hot-reset                     # success
		call $A set PRE_COPY                  # success, a data_fd
		call $A poll                          # 0x1, POLLIN
		call $A write-bad 16                  # EBADF
		call $A pread                         # ESPIPE
		call $A pwrite                        # ESPIPE
		dev close $A
	END
	batch 0 <"$WORK/script"
	diff <(tr -s ' ' <"$WORK/script") <(tr -s ' ' <"$WORK/out") \
		>"$WORK/diff" || fail "$(cat "$WORK/diff")"
	batch 0 -j <<-END
		dev open $A
		call $A arcs
		call $A count-files
	END
	jq -se '(.[1].result | test("^success, 0x[0-9a-f]+, direct 0x[0-9a-f]+$")) and
		(.[2].result | test("^[0-9]+ are open$"))' "$WORK/out" >/dev/null ||
		fail "other results"
}

# As a guest's driver uses a device: registers, memory, an interrupt.
test_registers_memory_and_interrupts_are_reached() {
	cat >"$WORK/script" <<-END
		dev open $A
		call $A config-write 4 0600           # success
		call $A bar-read 7 0 2                # success, 0x1234
		call $A bar-read 0 0 4                # success, 0x10000ed
		call $A bar-write 0 0x4 4 0x12345678  # success
		call $A bar-read 0 0x4 4              # success, 0xedcba987
		call $A bar-read 0 0x4 4 0xedcba987   # success, 0xedcba987
		call $A irq-on 1                      # success
		call $A irq-count 0                   # 0 came
		call $A bar-write 0 0x60 4 1          # success
		call $A irq-count 1000 1              # 1 came
		call $A bar-write 0 0x64 4 1          # success
		call $A irq-off 1                     # success
		call $A irq-count 0                   # EBADF
		call $A map 0x100000 4096             # success
		call $A memory-read 0x100ffc 4        # success, 0xa5a5a5a5
		call $A memory-write 0x100000 4096 ~7 # success
		call $A memory-read 0x100000 4096 ~7  # success, sum dfa69460
		call $A bar-write 0 0x80 8 0x100000   # success
		call $A bar-write 0 0x88 8 0x40000    # success
		call $A bar-write 0 0x90 8 4096       # success
		call $A bar-write 0 0x98 8 1          # success
		call $A bar-wait 0 0x98 8 1 0         # success, 0
		call $A memory-write 0x100000 3 00x3  # success
		call $A memory-read 0x100000 3        # success, 000000
		call $A memory-read 0xfffff 2         # EFAULT
		call $A memory-write 0x101000 1 0     # EFAULT
		dev close $A
	END
	batch 0 <"$WORK/script"
	diff <(tr -s ' ' <"$WORK/script") <(tr -s ' ' <"$WORK/out") \
		>"$WORK/diff" || fail "$(cat "$WORK/diff")"
}

# By the state that is moved, and by what a VMM moves besides.
test_a_batch_moves_a_device_and_says_what_has_to_be_there() {
	batch 0 <<-END
		dev open $A
		dev open $B
		call $A config-write 4 0600
		call $A map 0x100000 4096
		call $A memory-write 0x100000 4096 ~9
		call $A irq-on 1
		call $A bar-write 0 0x4 4 0x12345678
		call $A bar-write 0 0x60 4 1
		call $A irq-count 1000 1
		call $B take-over $A
		migrate $A $B
		call $B bar-read 0 0x4 4 0xedcba987
		call $B memory-read 0x100000 4096 ~9
		call $B irq-count 0 1
		call $B bar-write 0 0x60 4 2
		call $B irq-count 1000 2
	END
}

test_an_interrupt_is_set_up_again_after_a_reset() {
	batch 0 <<-END
		dev open $A
		call $A config-write 4 0600
		call $A irq-on 1
		call $A bar-write 0 0x60 4 1
		call $A irq-count 1000 1
		reset $A
		call $A take-over $A
		call $A config-write 4 0600
		call $A bar-write 0 0x60 4 1
		call $A irq-count 1000 2
	END
}

test_what_is_not_as_it_has_to_be_fails_the_batch() {
	batch 1 <<-END
		dev open $A
		call $A config-write 4 0600
		call $A bar-read 0 0x4 4 0x12345678
		call $A get
	END
	says "call $A bar-read 0 0x4 4 0x12345678"
	complains "$WORK/batch:3: $A: region 0, 0x4: 0, not 0x12345678"
	says_not "call $A get"
	batch 1 <<-END
		dev open $A
		call $A irq-on 1
		call $A irq-count 0 1
	END
	complains "$WORK/batch:3: $A: interrupts: 0, not 1"
	batch 1 <<-END
		dev open $A
		call $A memory-read 0x100000 4 0
	END
	complains "$WORK/batch:2: $A: memory 0x100000: EFAULT"
	run 2 call "$A" bar-write 0 0x4 2 0x12345678
	complains "more than 2 bytes"
	run 2 call "$A" bar-write 0 0x4 3 0
	complains "not bytes"
	run 2 call "$A" bar-wait 0 0x98 3 1 0
	complains "it must be 1, 2, 4 or 8"
	batch 2 <<-END
		dev open $A
		call $A take-over $B
	END
	complains "no call of it has been made in this batch"
}

# On a kernel that cannot report what is dirty none of them can.
test_each_call_of_dma_logging_can_be_made() {
	batch 0 -j <<-END
		dev open $A
		call $A map 0x100000 4096
		call $A log-start 4096 0x100000+4096
		call $A log-report 4096 0x100000+4096 0
		call $A log-stop
	END
	jq -se '.[2:] | map(.result) | all(startswith("success")) or
		(map(. != "success") | all)' "$WORK/out" >/dev/null ||
		fail "other results"
}

test_streams_live_as_long_as_the_batch() {
	batch 0 -j <<-END
		dev open $A
		dev open $B
		call $A set STOP_COPY
		call $A read-all one 4096
		call $B set RESUMING
		call $B write-all one 100
		call $B set STOP
		reset $B
		call $B set RESUMING
		call $B write-all one 4096 64 8=ffx4
		call $B set STOP
	END
	jq -se '.[6].result == "success" and (.[5].result | test("success$")) and
		.[9].result == "64 bytes, success" and
		.[10].result == "ENODATA"' "$WORK/out" >/dev/null ||
		fail "other results"
}

# What is taken over is the device's that is open now.
test_a_device_is_taken_over_that_was_opened_anew() {
	batch 0 -j <<-END
		dev open $A
		call $A get
		dev close $A
		dev open $B
		dev open $A
		call $B take-over $A
	END
	jq -se '.[5].result == "success"' "$WORK/out" >/dev/null ||
		fail "another result"
}

test_a_batch_may_monitor_twice() {
	[ ! -d /sys/kernel/debug/vfio ] || skip "with VFIO's debugfs polling does not end"
	printf 'monitor --poll %s\n' "$A" "$A $B" >"$WORK/batch"
	! vfio-mig --force -b "$WORK/batch" >"$WORK/out" 2>"$WORK/err" || fail "it passes"
	[ "$(wc -l <"$WORK/err")" = 2 ] || fail "not one sentence for each"
	complains "$WORK/batch:2: $A: there is no /sys/kernel/debug/vfio"
}

test_what_is_no_call() {
	run 2 call "$A" dance
	complains "no such call; there are: set, get"
	run 2 call "$A" set
	complains "it takes STATE|NUMBER"
	run 2 call "$A" sleep soon
	complains "not a number"
	run 2 call "$A" feature 2+get 24 xyz
	complains "not bytes"
	run 2 call "$A" get --back 1
	complains "no call of a data file"
	run 1 call "$A" read 1
	complains "no such data file is open"
	batch 2 <<-END
		dev open $A
		call $A set RESUMING
		call $A write-all nothing 4096
	END
	complains "$WORK/batch:3: nothing: nothing of that name has been read"
	batch 2 <<-END
		dev open $A
		call $A set STOP_COPY
		call $A read-all one 0
	END
	complains "$WORK/batch:3: CHUNK 0: it must be 1 at least"
	run 1 call ffff:00:00.0 get
}

run_tests "$0"
