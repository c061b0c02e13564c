# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The queue of `test`.  A job is a function that prints KTAP between marks
# (lib/ktap.sh).  This process alone starts jobs, reads what they printed when they
# have ended, and counts; so a job needs no lock to be heard.
#
# What is fetched and built for others (`prepare`) waits for nobody.  Then come jobs with
# a VM (`vm`), one more at a time than there are processors, for each waits for some of its
# time.  A VM whose programs do so for most of it (`sleeps`) needs the memory, but of the
# processor little: it runs beside all of them.  Of a kind the one that takes longest comes
# first, so that all end together.
#
# A guest in a VM (`guests`) takes several times the processor's time where another VM wants
# that processor, as the clocks of both go on ticking while they wait.  So beside one there
# are no more VMs than processors.
#
# What is left of the processors goes to the debug kernel, which takes as much of them as
# all VMs of its group; until it is built there is one VM fewer than processors, so that
# it gets half.  After that it goes to jobs without a VM (`host`).  Both run in the
# kernel's class for that (SCHED_IDLE): a VM that shares its processor by weights with a
# compiler, even at nice 19, takes longer, above all for guests in it, and what is run in
# it has time limits.

queue_name=() queue_kind=() queue_seconds=() queue_needs=() queue_command=()
queue_state=() queue_start=() queue_took=()
declare -A queue_of_pid=() queue_after=()

queue_begin() {
	QUEUE=$(mktemp -d "$THIS_RUN/test.XXXXXXXX")
	mkfifo "$QUEUE/jobs"
	exec {queue_jobs}<>"$QUEUE/jobs"
	exec {queue_jobs_end}<"$QUEUE/jobs"
	TIMES=$QUEUE/times
	: >"$TIMES"
	trap queue_end EXIT
	trap 'exit 130' INT TERM HUP
}

# However this ends, nothing goes on and nothing stays.
queue_end() {
	trap '' INT TERM HUP
	host_end_all $$
	[ "${#queue_of_pid[@]}" = 0 ] || queue_wait
	rm -rf "$QUEUE"
}

# Until no job is left.  Each has the pipe open, and when none has any more it is at its end.
# bash's `wait` cannot be asked: where a signal came while it took the end of a job, it was
# seen to wait for that one for ever.  What goes on for a minute is ended by end-run.sh.
queue_wait() {
	exec {queue_jobs}>&-
	read -rt 60 -u "$queue_jobs_end" || true
}

# queue_add NAME KIND SECONDS NEEDS FUNCTION [ARG…]: SECONDS is a guess, NEEDS the
# names of jobs with a comma between, or -.
queue_add() {
	queue_name+=("$1") queue_kind+=("$2") queue_seconds+=("$3")
	queue_needs+=("${4#-}")
	queue_command+=("$(printf '%q ' "${@:5}")")
	queue_state+=(waiting) queue_start+=(0) queue_took+=(0)
}

# queue_has NAME: in which state is it?  Nothing if there is none.
queue_state_of() {
	local n
	for n in "${!queue_name[@]}"; do
		[ "${queue_name[n]}" != "$1" ] || echo "${queue_state[n]}"
	done
}

# Sets $verdict: ready, waiting, or the name of a job that was needed and failed.
queue_is_ready() {
	local need needs state
	verdict=ready
	IFS=, read -ra needs <<<"${queue_needs[$1]}"
	for need in "${needs[@]}"; do
		state=$(queue_state_of "$need")
		case $state in
		ended | '') ;;
		failed) verdict=$need; return ;;
		*) verdict=waiting ;;
		esac
	done
}

# How many jobs of a kind are in a state.
queue_count() {
	local n count=0
	for n in "${!queue_name[@]}"; do
		[[ ${queue_state[n]} = "$1" && ( -z ${2:-} || ${queue_kind[n]} = "$2" ) ]] &&
			count=$((count + 1))
	done
	echo "$count"
}

queue_builds_debug() {
	[ "$(queue_state_of debug-kernel)" = running ]
}

# Those that want a processor: of both kinds, vm and guests.
queue_running_vms() {
	echo $(($(queue_count running vm) + $(queue_count running guests)))
}

# queue_has_vm_place KIND: vm or guests.
queue_has_vm_place() {
	local most=$queue_vms
	if queue_builds_debug; then
		most=$((queue_places > 1 ? queue_places - 1 : 1))
	elif [ "$1" = guests ] || [ "$(queue_count running guests)" != 0 ]; then
		most=$queue_places
	fi
	[ "$(queue_running_vms)" -lt "$((most < queue_vms ? most : queue_vms))" ]
}

# One beside VMs, and as many as there are processors when there is none any more.
queue_has_host_place() {
	local most=$((queue_places - $(queue_running_vms)))
	! queue_builds_debug &&
		[ "$(queue_count running host)" -lt $((most > 1 ? most : 1)) ]
}

# Has its kind a place left?
queue_has_place() {
	case ${queue_kind[$1]} in
	prepare) return 0 ;;
	sleeps) [ "$(queue_count running sleeps)" -lt "$queue_sleepers" ] ;;
	vm | guests) queue_has_vm_place "${queue_kind[$1]}" ;;
	host) queue_has_host_place ;;
	esac
}

# Whether job $1 is started rather than job $2.
queue_is_before() {
	local -A rank=([prepare]=0 [sleeps]=1 [guests]=2 [vm]=3 [host]=4)
	local one=${rank[${queue_kind[$1]}]} other=${rank[${queue_kind[$2]}]}
	[ "$one" -lt "$other" ] || {
		[ "$one" = "$other" ] && [ "${queue_seconds[$1]}" -gt "${queue_seconds[$2]}" ]
	}
}

# Sets $next to the job to start now, or to nothing.
queue_next() {
	local n verdict
	next=
	for n in "${!queue_name[@]}"; do
		[ "${queue_state[n]}" = waiting ] || continue
		queue_is_ready "$n"
		case $verdict in
		waiting) continue ;;
		ready) ;;
		*) queue_give_up "$n" "$verdict"; continue ;;
		esac
		[ -z "$next" ] || queue_is_before "$n" "$next" || continue
		! queue_has_place "$n" || next=$n
	done
}

queue_give_up() {
	queue_state[$1]=failed
	printf '##begin %s\n# not run, as %s failed\n##end %s 1\n' \
		"${queue_name[$1]}" "$2" "${queue_name[$1]}" >"$QUEUE/$1.out"
	queue_read "$1"
}

# What a job runs as: with nothing of this process's traps.
queue_job() {
	trap - ERR INT TERM HUP
	# shellcheck disable=SC2064
	trap "{ times >'$QUEUE/$1.times'; } 2>/dev/null" EXIT
	case ${queue_kind[$1]}:${queue_name[$1]} in
	host:* | *:debug-kernel) chrt --idle --pid 0 "$BASHPID" ;;
	esac
	eval "${queue_command[$1]}"
}

queue_launch() {
	queue_state[$1]=running
	queue_start[$1]=$SECONDS
	(
		line_whole=yes
		queue_job "$1"
	) >"$QUEUE/$1.out" </dev/null &
	queue_of_pid[$!]=$1
}

# queue_ended N STATUS
queue_ended() {
	local name=${queue_name[$1]}
	queue_took[$1]=$((SECONDS - queue_start[$1]))
	queue_state[$1]=ended
	[ "$2" = 0 ] || {
		queue_state[$1]=failed
		[ "${queue_kind[$1]}" != prepare ] ||
			printf '##begin %s\n##end %s %s\n' "$name" "$name" "$2" \
				>>"$QUEUE/$1.out"
	}
	times_add "job:${queue_kind[$1]}" "${queue_took[$1]}" "$name"
	times_add group "${queue_took[$1]}" "${name%% *}"
	times_add processor "$(times_of_processor "$QUEUE/$1.times")" "${name%% *}"
}

# What it printed is shown and counted, and what was waiting for that is planned.
queue_read() {
	local name=${queue_name[$1]} passed=$ktap_passed failed=$ktap_failed skipped=$ktap_skipped
	[ ! -s "$QUEUE/$1.out" ] || {
		printf '\n'
		ktap_read "$name" "$QUEUE/$1.keys" <"$QUEUE/$1.out"
	}
	# Of a group that has programs of its own all of them count as one.
	[ "$ktap_passed" = "$passed" ] || [ "$ktap_failed" != "$failed" ] || {
		ktap_passed_before=$passed ktap_skipped_before=$skipped
		unchanged_keep "$QUEUE/$1.keys" "${name// /-}" "$(<"$QUEUE/$1.out")"
	}
	[ "${queue_state[$1]}" = failed ] ||
		${queue_after[${queue_name[$1]}]:-true}
}

queue_progress() {
	local n running=''
	for n in "${!queue_name[@]}"; do
		[ "${queue_state[n]}" != running ] || running+=", ${queue_name[n]}"
	done
	[ -z "$running" ] || say "$(times_span $SECONDS): $(($(queue_count ended) + $(queue_count failed))) of ${#queue_name[@]} done; running: ${running#, }"
}

# The only one is seen while it runs.
queue_alone() {
	queue_state[$1]=running
	queue_start[$1]=$SECONDS
	ktap_read "${queue_name[$1]}" "$QUEUE/$1.keys" < <(
		queue_job "$1" </dev/null
	)
	queue_ended "$1" 0
}

queue_run() {
	local next pid n status
	queue_places=$(nproc)
	while :; do
		queue_next
		if [ -n "$next" ] && test_unchanged "$next"; then
			queue_state[next]=ended
			continue
		elif [ -n "$next" ] && [ "${queue_kind[next]}" != prepare ] &&
			[ "$(queue_count running)" = 0 ] &&
			[ "$(queue_count waiting)" = 1 ]; then
			queue_alone "$next"
			continue
		elif [ -n "$next" ]; then
			queue_launch "$next"
			continue
		fi
		[ "$(queue_count running)" != 0 ] || return 0
		status=0
		wait -n -p pid "${!queue_of_pid[@]}" || status=$?
		n=${queue_of_pid[$pid]}
		unset "queue_of_pid[$pid]"
		queue_ended "$n" "$status"
		queue_read "$n"
		queue_progress
	done
}
