#!/usr/bin/env bash
# vulncheck.sh GOVULNCHECK: looks for known vulnerabilities in code that is really called. Where the vulnerability
# database cannot be reached it says so and succeeds: being offline is no finding.
set -uo pipefail
out=$("$1" ./... 2>&1)
status=$?
if [ $status -ne 0 ] && grep -q 'fetching vulnerabilities' <<<"$out"; then
  echo "govulncheck: skipped, the vulnerability database cannot be reached from here"
  exit 0
fi
echo "$out"
exit $status
