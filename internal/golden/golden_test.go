package golden_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/internal/golden"
)

const content = "A case.\n-- request --\nGET /todos\n-- sql --\nselect 1\n"

// recorder is a test that notes its failures instead of failing.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func caseFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "one.txtar")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// updating runs the test with the flag -update on or off.
func updating(t *testing.T, on bool) {
	t.Helper()
	before := flag.Lookup("update").Value.String()
	if err := flag.Set("update", fmt.Sprint(on)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("update", before) })
}

func TestSection(t *testing.T) {
	file := caseFile(t)
	if got := golden.Section(t, file, "request"); got != "GET /todos" {
		t.Errorf("the section is %q", got)
	}
	if !golden.Has(t, file, "sql") || golden.Has(t, file, "plan") {
		t.Error("Has does not tell the sections apart")
	}
}

func TestFiles(t *testing.T) {
	file := caseFile(t)
	if diff := cmp.Diff([]string{file}, golden.Files(t, filepath.Join(filepath.Dir(file), "*.txtar"))); diff != "" {
		t.Error(diff)
	}
	if got := golden.Name(file); got != "one" {
		t.Errorf("the name is %q", got)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, section, got, failure string
	}{
		{"equal", "sql", "select 1\n", ""},
		{"equal without the last newline", "sql", "select 1", ""},
		{"different", "sql", "select 2\n", "-want +got"},
		{"more newlines", "sql", "select 1\n\n", "-want +got"},
		{"no such section", "plan", "x", "-update"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			updating(t, false)
			r := &recorder{TB: t}
			golden.Check(r, caseFile(t), tt.section, tt.got)
			failed := strings.Join(r.failures, "\n")
			if (tt.failure == "") != (failed == "") || !strings.Contains(failed, tt.failure) {
				t.Errorf("the failure is %q, want one with %q", failed, tt.failure)
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	updating(t, true)
	file := caseFile(t)
	golden.Check(t, file, "sql", "select 2")
	golden.Check(t, file, "args", "7\n")
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "A case.\n-- request --\nGET /todos\n-- sql --\nselect 2\n-- args --\n7\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the file after an update (-want +got):\n%s", diff)
	}
	updating(t, false)
	golden.Check(t, file, "args", "7")
}
