package conformance_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// repository is the root of the module, seen from here.
const repository = "../.."

// suite is what the sub-tests share: the cases, a built server, and the run that the others are measured by.
type suite struct {
	corpus string // the directory of the cases and their runner
	dir    string // build/conformance: what the runner and the servers said stays there
	binary string
	url    string // a superuser's, of the database server that the measure is taken on
	cases  cases

	once    sync.Once
	measure report
}

// newSuite builds the server. It skips the test where the cases are not beside the repository, or their runner cannot run.
func newSuite(t *testing.T) *suite {
	t.Helper()
	s := &suite{
		corpus: absolute(t, repository, "..", "shared", "conformance"),
		dir:    absolute(t, repository, "build", "conformance"),
	}
	if _, err := os.Stat(s.runner()); errors.Is(err, os.ErrNotExist) {
		t.Skip("the cases are not beside the repository, in ../shared/conformance")
	}
	for _, program := range []string{"python3", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the runner needs %s", program)
		}
	}
	if err := errors.Join(os.RemoveAll(s.dir), os.MkdirAll(s.dir, 0o755)); err != nil { // a report of an earlier run proves nothing
		t.Fatal(err)
	}
	s.binary = filepath.Join(s.dir, "pergola")
	s.command(t, repository, "go", "build", "-buildvcs=false", "-o", s.binary, ".")
	s.url = pgtest.NewServer(t).URL()
	readJSON(t, filepath.Join(s.corpus, "postgrest", "cases.json"), &s.cases)
	return s
}

func (s *suite) runner() string { return filepath.Join(s.corpus, "run.py") }

func (s *suite) base() cases {
	return s.cases.only(func(c spec) bool { return c.Config == "base" })
}

// environment is that of a configuration of the corpus, "NAME=value", without the address of the database.
func (s *suite) environment(config string) (env []string) {
	var configs map[string]struct{ Env map[string]string }
	b, err := os.ReadFile(filepath.Join(s.corpus, "postgrest", "configs.json"))
	if err == nil {
		err = json.Unmarshal(b, &configs)
	}
	if err != nil {
		panic(err) // the corpus is never changed, and its other files have been read
	}
	for name, value := range configs[config].Env {
		if name != "PGRST_DB_URI" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// reference is the run of every configuration against `serve rest`, made when it is first asked for.
func (s *suite) reference(t *testing.T) report {
	t.Helper()
	s.once.Do(func() {
		s.measure = s.run(t, "report", s.url, "--server", s.binary+" serve rest")
	})
	if len(s.measure.Results) == 0 {
		t.Fatal("`serve rest` could not be measured")
	}
	return s.measure
}

// run has the runner make one run; databaseURL is empty where the server stands already.
func (s *suite) run(t *testing.T, name, databaseURL string, args ...string) report {
	t.Helper()
	file := filepath.Join(s.dir, name+".json")
	args = append(args, "--json", file, "--verbose")
	if databaseURL != "" {
		args = append(args, "--db-uri", databaseURL, "--db-name", "conformance_"+name, "--log", filepath.Join(s.dir, name+".server.log"))
	}
	out, err := exec.CommandContext(t.Context(), "python3", append([]string{s.runner()}, args...)...).CombinedOutput()
	if err := os.WriteFile(filepath.Join(s.dir, name+".log"), out, 0o644); err != nil {
		t.Fatal(err)
	}
	// Status 1 says that a case failed, which is for the test to judge.
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatalf("the runner: %v\n%s", err, tail(out))
	}
	var r report
	readJSON(t, file, &r)
	return r
}

// setUp loads a database for a server that stands already, and gives its address. The database is dropped with its server.
func (s *suite) setUp(t *testing.T, name string) (databaseURL string) {
	t.Helper()
	out := s.command(t, s.corpus, "python3", s.runner(), "--setup-only", "--db-uri", s.url, "--db-name", "conformance_"+name)
	return strings.TrimSpace(out)
}

// command runs a program in a directory and gives what it wrote to standard output.
func (s *suite) command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var stderr bytes.Buffer
	command.Dir, command.Stderr = dir, &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, tail(out), tail(stderr.Bytes()))
	}
	return string(out)
}

// report is what the runner says of a run.
type report struct {
	Passed, Failed, Skipped int
	Results                 []result
}

// result is what the runner says of a case: "pass", "fail" or "skip", and why.
type result struct {
	ID, Config, Title, Result string
	Messages                  []string
}

// publish makes the counts part of the test's output.
func (r report) publish(t *testing.T) {
	t.Helper()
	t.Attr("passed", strconv.Itoa(r.Passed))
	t.Attr("failed", strconv.Itoa(r.Failed))
	t.Attr("skipped", strconv.Itoa(r.Skipped)+r.skipReasons())
}

// results gives the result of each case.
func (r report) results() map[string]string {
	m := make(map[string]string, len(r.Results))
	for _, one := range r.Results {
		m[one.ID] = one.Result
	}
	return m
}

// skipReasons tells how many cases were skipped for which reason.
func (r report) skipReasons() string {
	counts := map[string]int{}
	for _, one := range r.Results {
		if one.Result == "skip" {
			counts[strings.Join(one.Messages, "; ")]++
		}
	}
	var reasons []string
	for reason, n := range counts {
		reasons = append(reasons, " ("+strconv.Itoa(n)+" "+reason+")")
	}
	slices.SortFunc(reasons, cmp.Compare[string])
	return strings.Join(reasons, "")
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
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
