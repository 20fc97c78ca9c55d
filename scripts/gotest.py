#!/usr/bin/env python3
"""gotest.py FILE: reads `go test -json` and prints a line per package, what failed with its output, what was skipped
with its reason, and the figures that tests report (T.Attr). FILE gets "PASSED FAILED SKIPPED", counted in tests without sub-tests. Exits 1 on a failure."""
import collections
import json
import sys


class Report:
    def __init__(self):
        self.output = collections.defaultdict(list)  # (package, test or None) -> lines
        self.results = {}  # (package, test) -> "pass", "fail" or "skip"
        self.broken = 0  # packages that failed without a failing test: they do not build, or their TestMain fails

    def read(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            print(line, end="")
            return
        action, key = event["Action"], (event.get("Package") or event.get("ImportPath"), event.get("Test"))
        if action in ("output", "build-output"):
            self.output[key].append(event["Output"])
        elif action == "attr":
            print(f"      {key[1]}: {event['Key']} {event['Value']}")
        elif action in ("pass", "fail", "skip"):
            self.ended(key, action, event)

    def ended(self, key, action, event):
        package, test = key
        if test:
            self.results[key] = action
            if action == "skip":
                print(f"SKIP  {package} {test}: {self.reason(key)}")
            return
        if action == "fail":
            self.package_failed(package, event)
        elif action == "pass":
            print(f"ok    {package}  {event.get('Elapsed', 0):.1f}s", flush=True)

    def package_failed(self, package, event):
        print(f"FAIL  {package}  {event.get('Elapsed', 0):.1f}s")
        failed = [k for k, r in self.results.items() if k[0] == package and r == "fail"]
        hung = [k for k in self.output if k[0] == package and k[1] and k not in self.results]
        for key in failed + hung or [(package, None)]:
            print("".join(self.output[key]), end="")
        build = event.get("FailedBuild")
        if build:
            print("".join(self.output[(build, None)]), end="")
        if not failed:
            self.broken += 1
            print("".join(self.output[(package, None)]), end="")
        sys.stdout.flush()

    def reason(self, key):
        """The skip's own words: the last line of a test's output that is not the runner's."""
        lines = [s.strip() for s in self.output[key] if s.strip() and not s.lstrip().startswith(("===", "---"))]
        return lines[-1] if lines else "no reason given"

    def counts(self):
        parents = {(p, t.rsplit("/", 1)[0]) for p, t in self.results if "/" in t}
        count = collections.Counter(r for k, r in self.results.items() if k not in parents)
        return count["pass"], count["fail"] + self.broken, count["skip"]


def main():
    report = Report()
    for line in sys.stdin:
        report.read(line)
    counts = report.counts()
    with open(sys.argv[1], "w") as file:
        print(*counts, file=file)
    return 1 if counts[1] or any(r == "fail" for r in report.results.values()) else 0


sys.exit(main())
