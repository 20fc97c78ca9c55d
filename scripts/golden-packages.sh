#!/usr/bin/env bash
# Lists the packages whose tests know the flag -update: those that compare with files which it rewrites.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rlE 'pergola/internal/golden"|flag\.Bool\("update"' --include='*_test.go' core internal test authorizer |
  xargs -n1 dirname | sort -u | grep -v '^internal/golden$' | sed 's#^#./#'
