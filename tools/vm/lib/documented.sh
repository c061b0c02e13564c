# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the documentation says can be run, and by what `test` runs it.  Group style
# compares the two: what is documented and run by nothing is a failure, and so is a
# list that names what is not there.  Here nothing is run, files are read.

# Of `vm`: the test of group commands (lib/test-commands.sh), and a command with the
# options that the test gives it.  shell reads its options where run does.
DOCUMENTED_VM="
help		help
setup		setup
demo		demo
demo_two_hosts	demo --hosts
run		run --edu --edu-root --bochs --bochs-mem --igb --kernel --iommu --mem
run		run --newest-qemu --monitor --scratch --append --qemu --quiet
run_timeout	run --timeout
stopped_hosts	run --hosts --smp --no-iommu --no-modules
shell		shell
again		test --again
test		test --jobs --kernel --iommu --sanitize --newest-qemu
sanitize	test --sanitize --newest-qemu
quick_and_full	test --quick --full
coverage	test --coverage
bench		bench
bench_json	bench -j
bench_against	bench --against
ci_kit		ci-kit --kernel
ci_kit_debug	ci-kit --kernel
clean		clean
"

# What else is: a target of make or a folder that make is sent to, or a program; the
# group that runs it; a file of what that runs, where it stands.
DOCUMENTED_ELSE="
make:modules		tool		selftests/tool/install.sh
make:tool		tool		selftests/tool/install.sh
make:install		tool		selftests/tool/install.sh
make:uninstall		tool		selftests/tool/install.sh
make:install-modules	tool		Makefile
make:install-dev	tool		Makefile
make:tools/vfio-mig	tool		selftests/tool/Makefile
make:tools/netlink	style		tools/vm/lib/test-style.sh
make:selftests/upstream	upstream	tools/vm/lib/test-upstream.sh
make:run_tests		commands	tools/vm/lib/test-commands.sh
vfio-mig		tool		selftests/tool/used.sh
dpkg-buildpackage	package		tools/vm/lib/package.sh
bind-devices		ci-kit		selftests/kit/kit.sh
create-devices		ci-kit		selftests/kit/kit.sh
load-modules		runner		selftests/kit/runner.sh
job			ci-kit		selftests/kit/kit.sh
"

# Options of programs that are not this project's.
DOCUMENTED_OTHERS="
checkpatch	--strict
virsh		--xml
mokutil		--import --test-key
pkg-config	--cflags --libs
"

documented_files() {
	printf '%s\n' README.md CONTRIBUTING.md Documentation/*.md tools/vm/README.md
}

# What is meant literally: lines that are set in by four, and what is between `.  A
# line that goes on in the next is whole.
# shellcheck disable=SC2016
DOCUMENTED_CODE='
BEGIN { RS = "" }
{
	lines = split($0, line, "\n")
	code = 1
	for (i = 1; i <= lines; i++)
		code = code && line[i] ~ /^    /
	if (!code) {
		gsub(/\n/, " ")
		spans = split($0, span, "`")
		for (i = 2; i <= spans; i += 2)
			print span[i]
		next
	}
	for (i = 1; i <= lines; i++) {
		text = line[i]
		while (text ~ /\\$/ && i < lines) {
			sub(/\\$/, "", text)
			text = text line[++i]
		}
		print text
	}
}'

documented_code() {
	documented_files | xargs awk "$DOCUMENTED_CODE"
}

# Of that, what follows upon `vm`, without a COMMAND that is to be run in it.
documented_vm_lines() {
	documented_code | awk '
		match($0, /(^|[ ;&|(])(tools\/vm\/)?vm [a-z]/) {
			$0 = substr($0, RSTART + RLENGTH - 1)
			sub(/ (--|#)( .*)?$/, "")
			print
		}'
}

# `COMMAND` and `COMMAND OPTION`, a line each: out of the documents, and of the help.
documented_vm() {
	{
		documented_vm_lines | awk '{
			print $1
			for (i = 2; i <= NF; i++)
				if ($i ~ /^--?[a-z]/ && $(i - 1) != "--qemu")
					print $1, $i
		}'
		usage | awk '
			/^  [a-z]/ { print command = $1 }
			/^options of run/ { command = "run" }
			{
				while (match($0, /(^|[ [|])--?[a-z][a-z-]*/)) {
					option = substr($0, RSTART, RLENGTH)
					sub(/^[^-]/, "", option)
					print command, option
					$0 = substr($0, RSTART + RLENGTH)
				}
			}'
	} | LC_ALL=C sort -u
}

# The same of DOCUMENTED_VM.
documented_as_run() {
	awk 'NF {
		print $2
		for (i = 3; i <= NF; i++)
			print $2, $i
	}' <<<"$DOCUMENTED_VM" | LC_ALL=C sort -u
}

# documented_differ LEFT RIGHT: two commands, each of which gives a sorted list.
documented_differ() {
	comm -23 <($1) <($2) | sed 's/$/ is documented, and no list says what runs it/'
	comm -13 <($1) <($2) | sed 's/$/ is in a list, and not documented/'
}

# Each test that is named is one, and gives vm what it is said to, and does not just
# say it.
documented_tests() {
	local name words word text
	while read -r name words; do
		[ -n "$name" ] || continue
		commands_listed "$name" || echo "group commands has no test $name"
		declare -F "commands_$name" >/dev/null || continue
		text=$(declare -f "commands_$name" |
			grep -vE 'commands_(says|complains|answers|fail)')
		for word in $words; do
			[[ $text =~ (^|[[:space:]\"(])"$word"([[:space:]\");]|$) ]] ||
				echo "test $name of group commands has no $word"
		done
	done <<<"$DOCUMENTED_VM"
	for name in $(commands_listed); do
		declare -F "commands_$name" >/dev/null ||
			echo "there is no function commands_$name"
	done
}

# Targets that make is asked for, or the folder if there is none.
documented_makes() {
	documented_code | sed -E 's/"[^"]*"//g; s/ #.*//' | awk '
		$1 == "make" {
			dir = targets = ""
			for (i = 2; i <= NF; i++)
				if ($i == "-C")
					dir = $++i
				else if ($i ~ /^[a-z][a-z_-]*$/)
					print "make:" (targets = $i)
			if (targets == "" && dir ~ /^[a-z]/)
				print "make:" dir
		}' | LC_ALL=C sort -u
}

documented_makes_as_run() {
	awk '/^make:/ { print $1 }' <<<"$DOCUMENTED_ELSE" | LC_ALL=C sort -u
}

documented_else() {
	local what group file
	documented_differ documented_makes documented_makes_as_run
	while read -r what group file; do
		[ -n "$what" ] || continue
		test_listed "$group" <<<"$TEST_GROUPS" ||
			echo "$what: there is no group $group"
		grep -qE "(^|[^a-z_-])${what#make:}([^a-z_-]|$)" \
			<(grep -sv '^[[:space:]]*#' "$file") ||
			echo "$what is not in $file"
	done <<<"$DOCUMENTED_ELSE"
}

# The programs of group vm.
documented_programs() {
	sed -nE 's/^\t([a-z0-9_]+):[0-9].*/\1/p' selftests/vm/*/tests.mk | LC_ALL=C sort -u
}

# documented_column HEAD: what is between ` in the first column of the table of that head.
documented_column() {
	awk -F'|' -v head="$1" '
		!/^\|/ { on = 0 }
		$0 == head { on = 1; next }
		on { print $2 }' Documentation/testing.md | grep -oE "\`[^\`]+\`" | tr -d "\`"
}

# What documents name, and what testing.md has of groups and programs, is there; and
# it has all of them.
documented_names() {
	local name names pattern
	names=" $(test_names) $(commands_names | xargs) $(documented_programs | xargs) "
	while read -r name; do
		[[ $names == *" $name "* ]] || echo "there is no group or program $name"
	done < <(documented_named test; documented_column '| group | what it shows |')
	while read -r name; do
		[[ " $BENCH_PARTS " == *" $name "* ]] || echo "bench has no part $name"
	done < <(documented_named bench)
	for name in $(test_names); do
		grep -qE "\`$name\`|vm test $name( |$)" Documentation/testing.md ||
			echo "testing.md does not have group $name"
	done
	documented_programs | grep -vxf <(documented_patterns) |
		sed 's/^/testing.md does not have program /'
	while read -r pattern; do
		documented_programs | grep -qx "$pattern" ||
			echo "testing.md: there is no program $pattern"
	done < <(documented_patterns)
}

documented_patterns() {
	documented_column '| programs | |' | sed 's/\*/.*/' | LC_ALL=C sort -u
}

# documented_named COMMAND: what is not an option of it, nor the value of one.
documented_named() {
	documented_vm_lines | awk -v command="$1" '$1 == command {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^--(kernel|iommu|jobs|against)$/)
				i++
			else if ($i ~ /^[a-z][a-z0-9_.-]*$/)
				print $i
	}' | LC_ALL=C sort -u
}

# Other options belong to vfio-mig, whose commands and options selftests/tool looks
# after, or to somebody else.
documented_options() {
	documented_files | xargs grep -ohE -- '(^|[^a-z0-9-])--[a-z][a-z-]+' |
		sed 's/^[^-]//' | LC_ALL=C sort -u | grep -vxFf <(
			grep -oE -- '--[a-z-]+' <<<"$DOCUMENTED_VM $DOCUMENTED_OTHERS"
			grep -ohE '(Fl|,) -[a-z-]+' Documentation/man/*.8 |
				sed 's/.* /-/') | sed 's/$/ is an option of nothing/'
	documented_code | grep -oE '(^|[ |;])vfio-mig [a-z]+' | awk '{ print $NF }' |
		LC_ALL=C sort -u | while read -r name; do
		[ "$name" = help ] || [ -e "Documentation/man/vfio-mig-$name.8" ] ||
			echo "vfio-mig has no $name"
	done
}

# documented_results N: KTAP, from there on.
DOCUMENTED_RESULTS=5
documented_results() {
	test_silent "$1" "what is documented of vm, a test of group commands runs" \
		"$(documented_differ documented_vm documented_as_run)"
	test_silent $(($1 + 1)) "those tests are there, and give vm that" \
		"$(documented_tests)"
	test_silent $(($1 + 2)) "what else is documented, a group runs" \
		"$(documented_else)"
	test_silent $(($1 + 3)) "groups and programs are those that are documented" \
		"$(documented_names)"
	test_silent $(($1 + 4)) "options in the documents are somebody's" \
		"$(documented_options || true)"
}
