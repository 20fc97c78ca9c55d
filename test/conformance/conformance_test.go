package conformance_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestConformance proves PostgREST's specification in four ways, each a sub-test. `serve rest` sets the measure: the
// others demand of the base configuration, case by case, what it gives. With -update it runs alone: the others compare,
// and write nothing.
func TestConformance(t *testing.T) {
	s := newSuite(t)
	if !*update {
		t.Run("committing", func(t *testing.T) {
			t.Parallel()
			testCommitting(t, s)
		})
	}
	t.Run("rolling back", func(t *testing.T) {
		t.Parallel()
		t.Run("serve rest", func(t *testing.T) {
			got := s.reference(t)
			got.publish(t)
			checkFloor(t, got.Passed)
			checkPage(t, s, got)
		})
		if *update {
			return
		}
		t.Run("mounted", func(t *testing.T) { testFront(t, s, serveMounted) })
		t.Run("lambda", func(t *testing.T) { testFront(t, s, serveLambda) })
	})
}

// checkFloor fails where fewer cases pass than the file floor says.
func checkFloor(t *testing.T, passed int) {
	t.Helper()
	floor := readFloor(t)
	t.Attr("floor", strconv.Itoa(floor))
	switch {
	case passed < floor:
		t.Errorf("%d cases pass, fewer than the %d of the file floor", passed, floor)
	case passed > floor:
		t.Attr("hint", "raise the file floor to "+strconv.Itoa(passed))
	}
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

// testCommitting runs the base configuration with transactions that commit, as users run it. After every case that
// changed something the runner restores the database.
func testCommitting(t *testing.T, s *suite) {
	file := filepath.Join(s.dir, "committing-cases.json")
	cases := s.base().without(spec.choosesTransactionEnd).apart()
	cases.write(t, file)
	got := s.run(t, "committing", pgtest.NewServer(t).URL(),
		"--server", s.binary+" serve rest", "--cases", file, "--isolate", "--env", "PGRST_DB_TX_END=commit")
	got.publish(t)
	compare(t, s.reference(t), got)
}

// testFront runs the base configuration against a server that stands already, on a database of its own.
func testFront(t *testing.T, s *suite, serve func(*testing.T, *suite, []string) (url string)) {
	want := s.reference(t)
	name := filepath.Base(t.Name())
	database := s.setUp(t, name)
	url := serve(t, s, append(s.environment("base"), "PGTZ=utc", "DATABASE_URL="+database))
	got := s.run(t, name, "", "--base-url", url, "--path-prefix", mount)
	got.publish(t)
	compare(t, want, got)
}

// compare demands of every case what the measure says of it. Cases that the measure skipped are left out.
func compare(t *testing.T, want, got report) {
	t.Helper()
	measure := want.results()
	compared := 0
	for _, r := range got.Results {
		id := original(r.ID)
		switch {
		case measure[id] == "":
			t.Errorf("%s did not run with `serve rest`", r.ID)
		case measure[id] == "skip":
		case measure[id] != r.Result:
			t.Errorf("%s: %s, and %s with `serve rest`: %q", r.ID, r.Result, measure[id], r.Messages)
		default:
			compared++
		}
	}
	if t.Attr("compared", strconv.Itoa(compared)); compared == 0 {
		t.Error("nothing was compared")
	}
}
