#!/usr/bin/env bash
# Runs the tests under Node. The counts for scripts/test.sh go to build/results/node.tap.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/results
exec node --test \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination=build/results/node.tap \
  test/e2e/*.test.mjs
