#!/usr/bin/env bash
# Adds up build/results and prints "N passed, N failed, N skipped". Fails when something failed, or nothing passed.
set -euo pipefail
cd "$(dirname "$0")/../build/results"
for suite in e2e explorer; do
  [ ! -f $suite.tap ] ||
    awk '/^# pass /{p=$3} /^# fail /{f=$3} /^# cancelled /{f+=$3} /^# skipped /{s=$3} /^# todo /{s+=$3} END{print p+0, f+0, s+0}' $suite.tap >$suite
done
[ ! -f dsql ] || awk '{ printf "by the rules of Aurora DSQL: %d passed, %d failed, %d skipped; they are among these:\n", $1, $2, $3 }' dsql
cat go dsql e2e explorer 2>/dev/null | awk '{p+=$1; f+=$2; s+=$3}
  END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' | tee total
