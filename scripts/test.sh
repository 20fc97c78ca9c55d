#!/usr/bin/env bash
# Runs every suite to its end, whatever fails on the way, and closes with the counts of all.
set -uo pipefail
cd "$(dirname "$0")/.."
rm -rf build/results
mkdir -p build/results

race=-race
if ! command -v "$(go env CC)" >/dev/null; then
  echo "no C compiler: the Go tests run without the race detector"
  race=
fi

failed=0
make --no-print-directory build || failed=1
# The Lambda functions are tested as SAM builds them.
if make -n sam-build >/dev/null 2>&1; then
  make --no-print-directory sam-build || failed=1
fi
go test $race -count=1 -timeout 30m -json ./... | scripts/gotest.py build/results/go || failed=1
# Once more, what works on the Auth service's tables, on databases that behave as Aurora DSQL does: what DSQL refuses is refused,
# and every fifth commit loses a race. The race detector has seen the same code above.
tables=$(go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./core/... | awk '/internal\/authtest/{print $1}')
echo "by the rules of Aurora DSQL:"
PERGOLA_TEST_DSQL=1 go test -count=1 -timeout 30m -json $tables | scripts/gotest.py build/results/dsql || failed=1
if command -v npm >/dev/null; then
  make --no-print-directory e2e || failed=1
  make --no-print-directory explorer || failed=1
else
  echo "Node is not installed: the tests with supabase-js and those of the explorer are skipped"
  echo "0 0 2" >build/results/e2e
fi
scripts/counts.sh || failed=1
exit $failed
