package explorer_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/api/explorer"
)

func ask(method, path, encodings string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/docs"+path, nil)
	if encodings != "" {
		r.Header.Set("Accept-Encoding", encodings)
	}
	http.StripPrefix("/docs", explorer.Handler()).ServeHTTP(w, r)
	return w
}

// address is what follows /docs of the file that the page refers to under that name.
func address(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`"docs(/[0-9a-f]{12}-` + regexp.QuoteMeta(name) + `)"`).FindStringSubmatch(ask(http.MethodGet, "", "").Body.String())
	if found == nil {
		t.Fatalf("the page does not refer to %s", name)
	}
	return found[1]
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestBundleIsThePinnedOne compares the bundle with the checksum of the version that was fetched.
func TestBundleIsThePinnedOne(t *testing.T) {
	pin, err := os.ReadFile("assets/pin")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(pin))
	if len(fields) != 3 {
		t.Fatalf("the pin is %q, want a package, a version and a checksum", pin)
	}
	sum := sha256.Sum256(unpack(t, ask(http.MethodGet, address(t, "scalar.js"), "gzip").Body.Bytes()))
	if got := hex.EncodeToString(sum[:]); got != fields[2] {
		t.Errorf("the bundle has the checksum %s, pinned for %s %s is %s", got, fields[0], fields[1], fields[2])
	}
}

func TestLicences(t *testing.T) {
	text := string(unpack(t, ask(http.MethodGet, address(t, "licenses.txt"), "gzip").Body.Bytes()))
	for _, want := range []string{"@scalar/", "=== vue/LICENSE", "Permission is hereby granted"} {
		if !strings.Contains(text, want) {
			t.Errorf("the licences do not have %q", want)
		}
	}
}

// TestPageIsStrict shows that nothing runs that is not a file of ours, and that nobody else is spoken to.
func TestPageIsStrict(t *testing.T) {
	w := ask(http.MethodGet, "", "")
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	page := w.Body.String()
	for _, bad := range []string{"http:", "https:", "//", "<script>", "<style>", " on"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q:\n%s", bad, page)
		}
	}
}

func TestServe(t *testing.T) {
	script, bundle := address(t, "page.js"), address(t, "scalar.js")
	const forever, again = "public, max-age=31536000, immutable", "no-cache"
	tests := []struct {
		name, method, path, encodings     string
		status                            int
		contentType, encoding, vary, keep string
	}{
		{"the page", http.MethodGet, "", "gzip", 200, "text/html; charset=utf-8", "", "", again},
		{"its headers", http.MethodHead, "", "gzip", 200, "text/html; charset=utf-8", "", "", again},
		{"a small file", http.MethodGet, script, "gzip", 200, "text/javascript; charset=utf-8", "", "", forever},
		{"a large file", http.MethodGet, bundle, "br, gzip", 200, "text/javascript; charset=utf-8", "gzip", "Accept-Encoding", forever},
		{"its headers", http.MethodHead, bundle, "*", 200, "text/javascript; charset=utf-8", "gzip", "Accept-Encoding", forever},
		{"unpacked", http.MethodGet, bundle, "", 200, "text/javascript; charset=utf-8", "", "Accept-Encoding", forever},
		{"refused", http.MethodGet, bundle, "gzip;q=0, br", 200, "text/javascript; charset=utf-8", "", "Accept-Encoding", forever},
		{"no such file", http.MethodGet, "/scalar.js", "", 404, "text/plain; charset=utf-8", "", "", ""},
		{"a write", http.MethodPost, "", "", 405, "text/plain; charset=utf-8", "", "", ""},
		{"with a slash", http.MethodGet, "/", "", 308, "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(tt.method, tt.path, tt.encodings)
			h := w.Header()
			got := []string{h.Get("Content-Type"), h.Get("Content-Encoding"), h.Get("Vary"), h.Get("Cache-Control")}
			if diff := cmp.Diff([]string{tt.contentType, tt.encoding, tt.vary, tt.keep}, got); diff != "" || w.Code != tt.status {
				t.Errorf("status %d, want %d; headers (-want +got):\n%s", w.Code, tt.status, diff)
			}
			if (tt.method == http.MethodHead) != (w.Body.Len() == 0) && tt.status == 200 {
				t.Errorf("there are %d bytes", w.Body.Len())
			}
		})
	}
}

func TestUnpackedIsTheSame(t *testing.T) {
	bundle := address(t, "scalar.js")
	plain := ask(http.MethodGet, bundle, "").Body.Bytes()
	if !bytes.Equal(plain, unpack(t, ask(http.MethodGet, bundle, "gzip").Body.Bytes())) {
		t.Error("the bundle differs for clients that do not take gzip")
	}
}

func TestPageIsNotSentAgain(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/docs", nil)
	r.Header.Set("If-None-Match", ask(http.MethodGet, "", "").Header().Get("ETag"))
	w := httptest.NewRecorder()
	http.StripPrefix("/docs", explorer.Handler()).ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("got %d", w.Code)
	}
}
