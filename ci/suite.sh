# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ci/conform and ci/check: runs suites, adds up their totals, gives the verdict.
#
# A suite is a command whose last line of the form `N passed, N failed, N skipped` (or
# pytest's summary) is its result.  It fails if it exits with anything but 0, if it says that
# something failed, or if it ran no test at all.

logs=build/log
passed=0 failed=0 skipped=0 failures=()
mkdir -p $logs

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
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	line "$name" "$p" "$f" "$s" $((SECONDS - start)) "$note"
	# Why, without what each reason says of its own case.
	[ "$s" -eq 0 ] || { grep -hoiE '# skip.*|^SKIPPED.*' "$log" || true; } |
	    sed -E "s/^# skip:? *//I; s/^SKIPPED \[[0-9]+\] [^ ]+ //; s/:.*//" | sort | uniq -c | sort -rn | head -n 5
	if [ "$f" -ne 0 ]; then
		failures+=("$name")
		{ grep -hE '^(not ok|FAILED)|[Ee]rror:' "$log" || true; } | head -n 10 | sed 's/^/    /'
		tail -n 15 "$log" | sed 's/^/    | /'
		echo "    whole log: $log"
	fi
}

# step NAME COMMAND...: what must succeed but holds no tests; its failure counts as one.
step() {
	local name=$1 log=$logs/$1.log start=$SECONDS
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		printf '%-18s %s\n' "$name" "done, $((SECONDS - start)) s"
	else
		failed=$((failed + 1))
		failures+=("$name")
		printf '%-18s %s\n' "$name" "FAILED: $*"
		tail -n 25 "$log" | sed 's/^/    | /'
		echo "    whole log: $log"
		return 1
	fi
}

# verdict: the summary, and the exit status.
verdict() {
	echo
	if [ $failed -eq 0 ] && [ $passed -gt 0 ]; then
		echo "$1"
	else
		echo "FAILED: ${failures[*]:-nothing was tested}"
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ] && [ $passed -gt 0 ]
}
