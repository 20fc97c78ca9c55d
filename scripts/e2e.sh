#!/usr/bin/env bash
# e2e.sh SUITE: runs the tests of test/SUITE under Node. The counts for scripts/test.sh go to build/results/SUITE.tap.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/results
exec node --test \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="build/results/$1.tap" \
  "test/$1"/*.test.mjs
