package conformance_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the list of docs/moving-from-postgrest.md")

const (
	page      = repository + "/docs/moving-from-postgrest.md"
	listStart = "<!-- The list is made by `go test ./test/conformance -update`. -->\n"
	listEnd   = "<!-- End of the list. -->\n"
)

// mostExceptions is how many cases may be held to be wrong or impossible.
const mostExceptions = 3

// checkPage demands that the manual lists what fails, and gives the reason for each case that no tag excepts.
func checkPage(t *testing.T, s *suite, r report) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), listStart)
	old, after, ended := strings.Cut(rest, listEnd)
	if !ok || !ended {
		t.Fatalf("%s has lost the marks around its list", page)
	}
	checkReasons(t, after, s, r)
	want := list(s, r)
	if *update {
		if err := os.WriteFile(page, []byte(before+listStart+want+listEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("%s is not up to date: -want +got:\n%s", page, diff)
	}
}

// reason is the heading over the reason why a case fails.
var reason = regexp.MustCompile("(?m)^### `([^`]+)`$")

func checkReasons(t *testing.T, text string, s *suite, r report) {
	t.Helper()
	var given, wanted []string
	for _, m := range reason.FindAllStringSubmatch(text, -1) {
		given = append(given, m[1])
	}
	for _, one := range failures(s, r) {
		if !one.excepted {
			wanted = append(wanted, one.ID)
		}
	}
	if diff := cmp.Diff(wanted, given); diff != "" {
		t.Errorf("%s gives reasons for other cases than those that fail: -fail +given:\n%s", page, diff)
	}
	if len(given) > mostExceptions {
		t.Errorf("%d exceptions, more than %d", len(given), mostExceptions)
	}
}

// failure is a case that fails.
type failure struct {
	result
	excepted bool // the corpus says that another implementation need not pass it
}

// failures leaves out the cases that hang on the estimates of the planner: they differ from one run to the next.
func failures(s *suite, r report) (out []failure) {
	for _, one := range r.Results {
		i := slices.IndexFunc(s.cases, func(c spec) bool { return c.ID == one.ID })
		if one.Result != "fail" || slices.Contains(s.cases[i].Tags, "planner-estimate") {
			continue
		}
		out = append(out, failure{one, slices.Contains(s.cases[i].Tags, "plan-internals")})
	}
	return out
}

// list is the part of the page that is made from a run.
func list(s *suite, r report) string {
	configurations := map[string]bool{}
	for _, c := range s.cases {
		configurations[c.Config] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Of the %d cases, in %d configurations, these fail:\n\n", len(s.cases), len(configurations))
	b.WriteString("| case | about | difference | |\n|---|---|---|---|\n")
	for _, one := range failures(s, r) {
		note := ""
		if one.excepted {
			note = "tagged `plan-internals`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", one.ID, cell(one.Title), cell(strings.Join(one.Messages, "; ")), note)
	}
	return b.String()
}

// cell is a text as it can stand in a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
