# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ci/conform and ci/check: runs suites, adds up their totals, gives the verdict.
#
# A suite is a command whose last line of the form `N passed, N failed, N skipped` (or
# pytest's summary) is its result.  It fails if it exits with anything but 0, if it says that
# something failed, or if it ran no test at all.

logs=build/log
mkdir -p $logs
# What suites came to, a line each: name, passed, failed, skipped.  A file, because lanes are
# processes of their own.
results=$logs/results
: >$results

# Prints "passed failed skipped" of a suite's log; nothing if it holds no result.
totals() {
	awk '
	/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p = $1; f = $3; s = $5; seen = 1 }
	/^=* ?[0-9]+ (passed|failed|skipped|error|errors|xfailed|xpassed|deselected).* in [0-9.]+s/ {
		p = f = s = 0; seen = 1
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^(passed|xfailed)/) p += $(i - 1)
			if ($i ~ /^(failed|error|xpassed)/) f += $(i - 1)
			if ($i ~ /^skipped/) s += $(i - 1)
		}
	}
	END { if (seen) print p, f, s }' "$1"
}

line() { printf '%-18s %7s passed %5s failed %5s skipped %5ss%s\n' "$@"; }

# suite NAME COMMAND...
suite() {
	local name=$1 log=$logs/$1.log status=0 start=$SECONDS p f s note=
	shift
	"$@" >"$log" 2>&1 </dev/null || status=$?
	read -r p f s <<<"$(totals "$log")" || true
	if [ -z "$p" ]; then
		p=0 f=1 s=0 note="  no result"
	elif [ $((p + f)) -eq 0 ]; then
		f=1 note="  ran no test"
	elif [ $status -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1 note="  exit $status"
	fi
	echo "$name $p $f $s" >>$results
	say_suite
}

# What a suite came to, in one piece: lanes share the terminal.
say_suite() {
	local said
	said=$(
		line "$name" "$p" "$f" "$s" $((SECONDS - start)) "$note"
		# Why, without what each reason says of its own case.
		[ "$s" -eq 0 ] || { grep -hoiE '# skip.*|^SKIPPED.*' "$log" || true; } |
		    sed -E "s/^# skip:? *//I; s/^SKIPPED \[[0-9]+\] [^ ]+ //; s/:.*//" |
		    sort | uniq -c | sort -rn | head -n 5
		[ "$f" -eq 0 ] || {
			{ grep -hE '^(not ok|FAILED)|[Ee]rror:' "$log" || true; } | head -n 10 | sed 's/^/    /'
			tail -n 15 "$log" | sed 's/^/    | /'
			echo "    whole log: $log"
		}
	)
	printf '%s\n' "$said"
}

# step NAME COMMAND...: what must succeed but holds no tests; its failure counts as one.
step() {
	local name=$1 log=$logs/$1.log start=$SECONDS
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		printf '%-18s %s\n' "$name" "done, $((SECONDS - start)) s"
	else
		echo "$name 0 1 0" >>$results
		printf '%-18s %s\n' "$name" "FAILED: $*"
		tail -n 25 "$log" | sed 's/^/    | /'
		echo "    whole log: $log"
		return 1
	fi
}

# lanes FUNCTION...: each at the same time.  Most suites have one process to run; no two lanes may
# write to one build directory.
lanes() {
	local lane pids=()
	for lane; do
		"$lane" &
		pids+=($!)
	done
	# A lane that ends before its last suite is a failure, whatever it wrote until then.
	for lane; do
		wait "${pids[0]}" || echo "$lane 0 1 0" >>$results
		pids=("${pids[@]:1}")
	done
}

# verdict: the summary, and the exit status.
verdict() {
	local passed failed skipped failures
	read -r passed failed skipped failures <<<"$(awk '
	{ p += $2; f += $3; s += $4; if ($3 > 0) names = names " " $1 }
	END { print p + 0, f + 0, s + 0, names }' $results)"
	echo
	if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then
		echo "$1"
	else
		echo "FAILED: ${failures:-nothing was tested}"
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
