#!/usr/bin/env bash
# Lets sqlmap loose on `pergola serve` over a throwaway database, and sums up what it found. It takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v sqlmap >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get install -y --no-install-recommends sqlmap >/dev/null
  else
    echo "sqlmap is missing: install it (Debian: apt-get install sqlmap) and run this again" >&2
    exit 1
  fi
fi
make --no-print-directory build
exec go test -tags sqlmap -count=1 -timeout 15m -v -run '^TestSQLMap$' ./test/security
