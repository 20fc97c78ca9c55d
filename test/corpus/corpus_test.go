package corpus_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
	"github.com/pergola-dev/pergola/test/corpus"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// least is how many requests of our own every way of carrying them is tested with.
const least = 60

func TestLoad(t *testing.T) {
	all, err := corpus.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < least {
		t.Errorf("%d requests, want %d at least", len(all), least)
	}
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.Name] {
			t.Errorf("two requests are called %q", r.Name)
		}
		seen[r.Name] = true
		if r.Status < 200 || r.Method == "" || !strings.HasPrefix(r.Target, "/") || strings.Contains(r.Target, "$") {
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
}

func TestSchema(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(corpus.Schema())
	if n := db.Value("select count(*) from book"); n != "5" {
		t.Errorf("%s books", n)
	}
}
