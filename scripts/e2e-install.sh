#!/usr/bin/env bash
# Installs what the tests under Node need into build/e2e, from the lock file, and links it to where Node looks for it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/e2e
cp test/e2e/package.json test/e2e/package-lock.json test/e2e/.npmrc build/e2e/
npm ci --prefix build/e2e --silent --no-audit --no-fund
ln -sfn ../../build/e2e/node_modules test/e2e/node_modules
touch build/e2e/installed
