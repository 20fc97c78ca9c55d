package conformance_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// repository is the root of the module, seen from here.
const repository = "../.."

// report is what the runner says of a run.
type report struct {
	Passed, Failed, Skipped int
	Results                 []struct {
		ID, Result string
		Messages   []string
	}
}

func TestConformance(t *testing.T) {
	runner := absolute(t, repository, "..", "shared", "conformance", "run.py")
	if _, err := os.Stat(runner); errors.Is(err, os.ErrNotExist) {
		t.Skip("the cases are not beside the repository, in ../shared/conformance")
	}
	for _, program := range []string{"python3", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the runner needs %s", program)
		}
	}
	got := run(t, runner, pgtest.NewServer(t).URL())

	floor := readFloor(t)
	t.Attr("passed", strconv.Itoa(got.Passed))
	t.Attr("failed", strconv.Itoa(got.Failed))
	t.Attr("skipped", strconv.Itoa(got.Skipped)+skipReasons(got))
	t.Attr("floor", strconv.Itoa(floor))
	switch {
	case got.Passed < floor:
		t.Errorf("%d cases pass, fewer than the %d of the file floor", got.Passed, floor)
	case got.Passed > floor:
		t.Attr("hint", "raise the file floor to "+strconv.Itoa(got.Passed))
	}
}

// run builds the server and has the runner start it with each of the corpus's configurations. What the runner and the
// servers said stays in build/conformance.
func run(t *testing.T, runner, databaseURL string) report {
	t.Helper()
	dir := absolute(t, repository, "build", "conformance")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil { // a report of an earlier run proves nothing
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "pergola")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	file := filepath.Join(dir, "report.json")
	command := exec.CommandContext(t.Context(), "python3", runner,
		"--server", binary+" serve rest", "--db-uri", databaseURL,
		"--json", file, "--log", filepath.Join(dir, "server.log"), "--verbose")
	out, err := command.CombinedOutput()
	if err := os.WriteFile(filepath.Join(dir, "run.log"), out, 0o644); err != nil {
		t.Fatal(err)
	}
	// Status 1 says that a case failed, which the floor allows.
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatalf("the runner: %v\n%s", err, tail(out))
	}
	return readReport(t, file)
}

func readReport(t *testing.T, file string) report {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// skipReasons tells how many cases were skipped for which reason.
func skipReasons(r report) string {
	counts := map[string]int{}
	for _, result := range r.Results {
		if result.Result == "skip" {
			counts[strings.Join(result.Messages, "; ")]++
		}
	}
	var reasons []string
	for reason, n := range counts {
		reasons = append(reasons, " ("+strconv.Itoa(n)+" "+reason+")")
	}
	slices.SortFunc(reasons, cmp.Compare[string])
	return strings.Join(reasons, "")
}

func readFloor(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("floor")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatalf("the file floor: %v", err)
	}
	return n
}

func absolute(t *testing.T, parts ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tail is the end of a long output.
func tail(out []byte) []byte { return out[max(0, len(out)-4000):] }
