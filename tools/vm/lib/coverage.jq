# SPDX-License-Identifier: GPL-2.0
#
# gcov's reports, all of them in one list, to lines of: file, number, how often it
# was run, function.  What is in a header is in several reports; a macro may be no
# function's.
[
	.[].files[]
	| select(.file | contains("/drivers/vfio/"))
	| (.file | sub(".*/(?=drivers/vfio/)"; "")) as $file
	| .functions as $functions
	| .lines[]
	| .line_number as $number
	| first(
		($functions[]
			| select(.start_line <= $number and $number <= .end_line)
			| .name),
		"-"
	) as $function
	| [$file, $number, .count, $function]
]
| group_by(.[0:2])[]
| [.[0][0], .[0][1], (map(.[2]) | add), .[0][3]]
| @tsv
