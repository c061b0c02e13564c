# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# end-run.sh FOLDER [PID]: takes away what a run has left.  FOLDER is the run's own,
# and whatever it has started has FOLDER/owner open.
#
# With the PID of the run it is there beside it, in a session of its own, and the
# kernel tells it by SIGTERM when the run has ended, whatever made it end: killed, it
# could not clean up after itself.
set -u

folder=$1
run=${2:-}

# Of what is held open by the run that this one is a part of, and its locks.
close_all() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		case $fd in
		0 | 1 | 2 | 255) ;;
		*) eval "exec $fd>&-" ;;
		esac
	done
}

# left SIGNAL: to all that is left of the run.
left() {
	local fd pid pids=
	for fd in /proc/[0-9]*/fd/*; do
		[ "$fd" -ef "$folder/owner" ] || continue
		pid=${fd#/proc/}
		pids+=" ${pid%%/*}"
	done
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill -"$1" $pids 2>/dev/null
}

# The lock on it goes with the last that has it open.  Some are about to end, with a
# last word; make and QEMU need a moment to end in good order.
end_processes() {
	flock -w 1 "$folder/owner" true && return
	left TERM
	flock -w 10 "$folder/owner" true && return
	left KILL
	flock "$folder/owner" true
}

end_run() {
	[ ! -e "$folder/owner" ] || end_processes
	# In the folders of builds its name is the end of its own's.
	rm -rf --one-file-system "${folder%/run/*}"/build/*/*".${folder##*/}"
	rm -rf --one-file-system "$folder"
}

# Who sends a signal to all children of the run sends it here too.
told() {
	local parent
	read -r _ _ _ parent _ </proc/self/stat
	[ "$parent" != "$run" ] || return 0
	end_run
	exit
}

close_all
if [ -n "$run" ]; then
	trap told TERM
	trap '' INT HUP
	told
	# Nothing ever comes by it.
	exec {pipe}<> <(:)
	while :; do
		read -r -u "$pipe" || true
	done
fi
end_run
