# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How long a run of `test` or `bench` takes: told before it begins, from the last time;
# and of `test` at its end as tables.  While that runs, all that takes time writes a line
# to $TIMES: KIND SECONDS NAME, where KIND is job:KIND, group, processor (what a group
# used of one), program, boot or build.

TIMES=

times_add() {
	[ -z "$TIMES" ] || printf '%s %s %s\n' "$1" "$2" "$3" >>"$TIMES"
}

# A line of lib/say.sh is over: booting is one kind, and all others make something.
times_step() {
	case $1 in
	Waiting*) ;;
	Booting*) times_add boot "$2" "$1" ;;
	*) times_add build "$2" "$1" ;;
	esac
}

times_span() {
	if [ "$1" -lt 60 ]; then
		echo "$1 s"
	else
		printf '%d min %02d s\n' $(($1 / 60)) $(($1 % 60))
	fi
}

# The file that says how long it took the last time, for the same words.
times_last() {
	echo "$CACHE/times/run-$(printf '%s\n' "$@" | sha256sum | cut -c1-12)"
}

# times_before GUESS WORD…: said before it starts; GUESS is for what never ran here.
times_before() {
	local last
	last=$(cat "$(times_last "${@:2}")" 2>/dev/null) || true
	if [ -n "$last" ]; then
		say "the last time this took $(times_span "${last% *}"), on ${last#* }"
	else
		say "this did not run here before; $1"
	fi
}

# times_after SECONDS WORD…: it has come to its end.
times_after() {
	local file new
	file=$(times_last "${@:2}")
	mkdir -p "${file%/*}"
	new=$(mktemp "$CACHE/times/new.XXXXXXXX")
	echo "$1 $(date +%F)" >"$new"
	mv "$new" "$file"
}

# What a job or program of that name took when it last ran; $2 if it never did.
times_guess() {
	awk -v name="$1" -v guess="$2" '
		{ seconds = $1; sub(/^[^ ]* /, "") }
		$0 == name { guess = seconds }
		END { print guess }' "$CACHE/times/seconds" 2>/dev/null || echo "$2"
}

# What is known of it from now on.  The file is replaced as a whole, so that whoever
# reads it meanwhile reads the old one or the new one.
times_keep() {
	local all=$CACHE/times/seconds new
	mkdir -p "$CACHE/times"
	new=$(mktemp "$CACHE/times/new.XXXXXXXX")
	{
		cat "$all" 2>/dev/null || true
		sed -nE 's/^(job:[a-z]*|program) //p' "$TIMES"
	} | awk '{
			seconds = $1
			sub(/^[^ ]* /, "")
			last[$0] = seconds
		}
		END { for (name in last) print last[name], name }' >"$new"
	mv "$new" "$all"
	[ "$ktap_failed" != 0 ] || times_after "$SECONDS" "$@"
}

# times_of_processor FILE: what bash's `times` wrote there, as seconds.
times_of_processor() {
	awk '{ for (i = 1; i <= NF; i++) { split($i, t, /[ms]/); sum += 60 * t[1] + t[2] } }
		END { printf "%d\n", sum + 0.5 }' "$1" 2>/dev/null || echo 0
}

# times_table: groups, the slowest programs, and what was not testing.
times_table() {
	local whole=$SECONDS
	printf '\nSeconds of each group (of one VM or one job), and of a processor:\n'
	awk '$1 == "group" { sum[$3] += $2 }
		$1 == "processor" { cpu[$3] += $2 }
		END { for (name in sum) print sum[name], cpu[name] + 0, name }' "$TIMES" |
		sort -rn | awk '{ printf "  %-15s %5d %5d", $3, $1, $2 }
			NR % 2 == 0 { print "" }
			END { if (NR % 2) print "" }'
	! grep -q '^program' "$TIMES" || printf 'The slowest programs:\n'
	awk '$1 == "program" { print $2, $3 }' "$TIMES" | sort -rn | head -10 |
		awk '{ printf "  %-26s %6d", $2, $1 }
			NR % 2 == 0 { print "" }
			END { if (NR % 2) print "" }'
	awk -v whole="$whole" '
		$1 ~ /^job:/ { all += $2 }
		$1 == "processor" { cpu += $2 }
		$1 == "boot" { boot += $2; boots++ }
		$1 == "build" { build += $2; builds++ }
		END {
			printf "All in all %d min %02d s", whole / 60, whole % 60
			printf " (%d s of work, %d s of a processor);\n", all, cpu
			printf "in it %d boots, %d s, ", boots, boot
			printf "and %d s of fetching and building.\n", build
		}' "$TIMES"
}
