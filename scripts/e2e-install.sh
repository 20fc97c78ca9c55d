#!/usr/bin/env bash
# e2e-install.sh SUITE: installs what the tests of test/SUITE, which run under Node, need into build/SUITE, from the lock
# file, and links it to where Node looks for it.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=$1
mkdir -p "build/$suite"
cp "test/$suite/package.json" "test/$suite/package-lock.json" "test/$suite/.npmrc" "build/$suite/"
npm ci --prefix "build/$suite" --silent --no-audit --no-fund
ln -sfn "../../build/$suite/node_modules" "test/$suite/node_modules"
touch "build/$suite/installed"
