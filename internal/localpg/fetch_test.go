package localpg_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pergola-dev/pergola/internal/localpg"
)

// mirror serves the programs of testdata, which only report how they were called, as every version.
func mirror(t *testing.T, requests *atomic.Int64) string {
	t.Helper()
	archive, err := os.ReadFile(filepath.Join("testdata", "programs.txz"))
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	f, err := w.Create("postgres-any.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(archive); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(jar.Bytes())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			_, _ = w.Write([]byte(hex.EncodeToString(sum[:])))
			return
		}
		_, _ = w.Write(jar.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// dataOfMissingVersion is a directory with data that only a version can run which is not installed.
func dataOfMissingVersion(t *testing.T) string {
	t.Helper()
	if _, err := localpg.Find(t.Context(), 14); err == nil {
		t.Skip("PostgreSQL 14 is installed, so nothing is downloaded")
	}
	dir := reachable(t)
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("14\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDownload(t *testing.T) {
	var requests atomic.Int64
	var notices []string
	o := localpg.Options{
		Dir: dataOfMissingVersion(t), Mirror: mirror(t, &requests), Cache: filepath.Join(reachable(t), "cache"),
		Notice: func(s string) { notices = append(notices, s) },
	}
	t.Setenv("TMPDIR", t.TempDir()) // the library leaves a log there
	for _, name := range []string{"first start", "second start"} {
		_, err := localpg.Start(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "the downloaded server was started with -D "+o.Dir) {
			t.Errorf("%s: the downloaded program was not run: %v", name, err)
		}
	}
	if n := requests.Load(); n != 2 { // the archive and its checksum
		t.Errorf("%d requests were made, want 2", n)
	}
	if len(notices) != 1 || !strings.Contains(notices[0], "14") {
		t.Errorf("the notices are %q", notices)
	}
}

func TestDownloadFails(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	o := localpg.Options{Dir: dataOfMissingVersion(t), Mirror: server.URL, Cache: filepath.Join(reachable(t), "cache")}
	t.Setenv("TMPDIR", t.TempDir()) // the library leaves a log there
	_, err := localpg.Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), localpg.ErrNoPrograms.Error()) {
		t.Fatalf("the error is %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(o.Cache, "*"))
	if len(left) != 0 {
		t.Errorf("a failed download leaves %v", left)
	}
}
