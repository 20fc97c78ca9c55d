package golden

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden sections from what the code makes")

// writing keeps two tests from rewriting one file at the same time.
var writing sync.Mutex

// Files lists the files that match pattern, in order. A pattern that matches none fails the test: cases that have gone
// missing would pass otherwise.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	if len(files) == 0 {
		t.Fatalf("golden: no file matches %s", pattern)
	}
	return files
}

// Name is the name of a case for t.Run: the file's name without directory and extension.
func Name(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// Section gives what goes in: the text of a section without the newline at its end. It fails the test when the file has
// no such section.
func Section(t testing.TB, file, section string) string {
	t.Helper()
	archive := read(t, file)
	i := index(archive, section)
	if i < 0 {
		t.Fatalf("golden: %s has no section %q", file, section)
	}
	return strings.TrimSuffix(string(archive.Files[i].Data), "\n")
}

// Has says whether the file has a section, for what goes in only sometimes.
func Has(t testing.TB, file, section string) bool {
	t.Helper()
	return index(read(t, file), section) >= 0
}

// Check compares got with a section, apart from one newline at the end, which a section always has. With -update it
// writes got into the file instead, as the last section when the file has none of that name.
func Check(t testing.TB, file, section, got string) {
	t.Helper()
	if !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	if *update {
		rewrite(t, file, section, got)
		return
	}
	archive := read(t, file)
	i := index(archive, section)
	if i < 0 {
		t.Errorf("%s has no section %q yet: run go test -update", file, section)
		return
	}
	if diff := cmp.Diff(string(archive.Files[i].Data), got); diff != "" {
		t.Errorf("%s, section %q (-want +got):\n%s", file, section, diff)
	}
}

func read(t testing.TB, file string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	return archive
}

// index finds a section; -1 when there is none.
func index(a *txtar.Archive, section string) int {
	return slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == section })
}

func rewrite(t testing.TB, file, section, got string) {
	t.Helper()
	writing.Lock()
	defer writing.Unlock()
	archive := read(t, file)
	i := index(archive, section)
	if i < 0 {
		i = len(archive.Files)
		archive.Files = append(archive.Files, txtar.File{Name: section})
	}
	if string(archive.Files[i].Data) == got {
		return
	}
	archive.Files[i].Data = []byte(got)
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatalf("golden: %v", err)
	}
}
