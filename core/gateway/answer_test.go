package gateway_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handlers are ways to answer whose result must not depend on what carries it.
var handlers = []struct {
	name string
	h    http.HandlerFunc
}{
	{"nothing written", func(http.ResponseWriter, *http.Request) {}},
	{"JSON", write("application/json", `[{"a":"é\u2028<&>"}]`)},
	{"singular object", write("application/vnd.pgrst.object+json", `{"a":1}`)},
	{"stripped nulls", write("application/vnd.pgrst.array+json; nulls=stripped", `[]`)},
	{"CSV", write("text/csv; charset=utf-8", "a,b\n1,\"x,y\"\n")},
	{"XML", write("application/soap+xml", "<a/>")},
	{"octets that are text", write("application/octet-stream", "plain")},
	{"octets", write("application/octet-stream", "\x00\xff\xfe")},
	{"text that is not UTF-8", write("text/plain; charset=latin1", "caf\xe9")},
	{"broken media type", write("text/html;;=", "<p>")},
	{"guessed HTML", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<!doctype html><p>") }},
	{"guessed PNG", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "\x89PNG\x0d\x0a\x1a\x0a rest") }},
	{"no guess when told so", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = fmt.Fprint(w, "x")
	}},
	{"compressed JSON", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "identity")
		_, _ = fmt.Fprint(w, "{}")
	}},
	{"compressed, no guess", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = fmt.Fprint(w, "\x0b\x00\x80a\x03")
	}},
	{"201 with location", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/notes?id=eq.1")
		w.WriteHeader(201)
	}},
	{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }},
	{"204 with a body", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(204)
		if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic(err)
		}
	}},
	{"304", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"a,b"`)
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(304)
	}},
	{"second status ignored", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(409)
		w.WriteHeader(200)
		_, _ = fmt.Fprint(w, "{}")
	}},
	{"informational status first", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(103)
		w.WriteHeader(202)
	}},
	{"headers after the body ignored", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Early", "1")
		_, _ = fmt.Fprint(w, "a")
		w.Header().Set("X-Early", "2")
		w.Header().Set("X-Late", "2")
		_, _ = fmt.Fprint(w, "b")
	}},
	{"several values and cookies", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Set-Cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
		w.Header().Add("Set-Cookie", "b=2")
	}},
	{"trailers left out", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "a")
		w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
	}},
	{"status that PostgreSQL chose", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(419) }},
}

func write(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// TestSameAnswerAsNetHTTP compares with net/http's own server, read off the wire.
func TestSameAnswerAsNetHTTP(t *testing.T) {
	for _, c := range handlers {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(c.name+"/"+method, func(t *testing.T) {
				event := changed(t, "get.json", map[string]any{"requestContext": map[string]any{
					"http": map[string]any{"method": method, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
				}})
				want, got := served(t, c.h, method), plain(t, invoke(t, c.h, event))
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("net/http (-) and Lambda (+):\n%s", d)
				}
			})
		}
	}
}

// result is an answer apart from what carried it.
type result struct {
	Status  int
	Header  map[string]string
	Cookies []string
	Body    string
}

// served gives the answer of net/http's server, without what it says of its own connection.
func served(t *testing.T, h http.HandlerFunc, method string) result {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := result{Status: res.StatusCode, Header: map[string]string{}, Cookies: res.Header["Set-Cookie"], Body: string(body)}
	for name, values := range res.Header {
		switch name {
		case "Date", "Content-Length", "Connection", "Set-Cookie":
		default:
			r.Header[name] = strings.Join(values, ", ")
		}
	}
	return r
}

func plain(t *testing.T, r response) result {
	t.Helper()
	body := []byte(r.Body)
	if r.Base64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			t.Fatal(err)
		}
	}
	return result{Status: r.StatusCode, Header: r.Headers, Cookies: r.Cookies, Body: string(body)}
}

func TestWhatIsSentInBase64(t *testing.T) {
	want := map[string]bool{
		"octets that are text": true, "octets": true, "text that is not UTF-8": true, "guessed PNG": true,
		"no guess when told so": true, "compressed JSON": true, "compressed, no guess": true,
	}
	for _, c := range handlers {
		t.Run(c.name, func(t *testing.T) {
			if got := answer(t, c.h).Base64; got != want[c.name] {
				t.Errorf("isBase64Encoded = %v", got)
			}
		})
	}
}

func TestBodyInPieces(t *testing.T) {
	got := answer(t, func(w http.ResponseWriter, _ *http.Request) {
		b := bufio.NewWriterSize(w, 16)
		for i := range 1000 {
			_, _ = fmt.Fprintf(b, "%d,", i)
		}
		_ = b.Flush()
	})
	var want bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&want, "%d,", i)
	}
	if got.Body != want.String() {
		t.Errorf("got %d bytes, want %d", len(got.Body), want.Len())
	}
}

func TestNoHalfSupportForStreaming(t *testing.T) {
	answer(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err == nil {
			t.Error("Flush claims that something was sent")
		}
	})
}
