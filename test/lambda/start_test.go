package lambda_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// mostBytes is how large the program of a function may be, in bytes. Lambda fetches it at each cold start.
const mostBytes = 20_000_000

// TestSize looks at the programs as they are deployed, for both architectures.
func TestSize(t *testing.T) {
	for function := range targets {
		for _, arch := range []string{"arm64", "amd64"} {
			dir := t.TempDir()
			if err := build(function, arch, dir); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, "bootstrap"))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s for %s: %.1f MB", function, arch, float64(info.Size())/1e6)
			if info.Size() > mostBytes {
				t.Errorf("%s for %s is %d bytes, and may be %d", function, arch, info.Size(), mostBytes)
			}
		}
	}
}

// TestStart measures what a cold start pays: the time from a program's start to its asking for the first event, beside that
// of a function that does nothing. All are started in turns, and the best of each counts, which the machine's other work has
// disturbed least.
func TestStart(t *testing.T) {
	const rounds = 15
	type program struct {
		name, bootstrap string
		env             []string
		best            time.Duration
	}
	env := newDatabase(t)
	programs := []*program{
		{name: "empty", bootstrap: emptyBootstrap(t)},
		{name: "auth", bootstrap: goBootstrap(t, "auth"), env: plainUsers(newUsers(t))},
		{name: "api", bootstrap: goBootstrap(t, "api"), env: env},
		{name: "authorizer", bootstrap: goBootstrap(t, "authorizer"), env: env},
	}
	for round := range rounds {
		for _, p := range programs {
			f := start(t, p.bootstrap, p.env...)
			if boot := f.Boot(); round == 0 || boot < p.best {
				p.best = boot
			}
			f.Stop()
		}
	}
	most := programs[0].best*3/2 + 30*time.Millisecond
	for _, p := range programs {
		t.Logf("%s: %.1f ms from exec to the first next (best of %d)", p.name, float64(p.best.Microseconds())/1e3, rounds)
		if p.best > most {
			t.Errorf("%s starts in %v, and may take %v", p.name, p.best, most)
		}
	}
}

// emptyBootstrap is a function that does nothing, built as the others are.
func emptyBootstrap(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := run("env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", path,
		"./test/lambda/empty"); err != nil {
		t.Fatal(err)
	}
	return path
}
