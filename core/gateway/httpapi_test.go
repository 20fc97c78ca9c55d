package gateway_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/gateway"
)

func TestRequestOfHTTPAPIEvent(t *testing.T) {
	r := request(t, recorded(t, "get.json"))
	got := map[string]string{
		"method": r.Method, "host": r.Host, "path": r.URL.Path, "raw path": r.URL.RawPath, "query": r.URL.RawQuery,
		"uri": r.RequestURI, "remote": r.RemoteAddr, "proto": r.Proto,
	}
	want := map[string]string{
		"method": "GET", "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "path": "/rest/v1/notes", "raw path": "",
		"query":  "select=id,title&title=like.caf%C3%A9*&tags=cs.{a,b}&id=gt.1&id=lt.9",
		"uri":    "/rest/v1/notes?select=id,title&title=like.caf%C3%A9*&tags=cs.{a,b}&id=gt.1&id=lt.9",
		"remote": "203.0.113.7:0", "proto": "HTTP/1.1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
}

func TestHeadersAreNotSplit(t *testing.T) {
	got := request(t, recorded(t, "get.json")).Header
	want := http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer abc.def.ghi"}, "Content-Length": {"0"},
		"Cookie": {"theme=dark; lang=en"}, "If-None-Match": {`"a,b",W/"c"`}, "Prefer": {"count=exact,handling=strict"},
		"User-Agent": {"curl/8.7.1"}, "X-Amzn-Trace-Id": {"Root=1-67891233-abcdef012345678912345678"},
		"X-Forwarded-For": {"203.0.113.7, 198.51.100.9"}, "X-Forwarded-Port": {"443"}, "X-Forwarded-Proto": {"https"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("headers (-want +got):\n%s", d)
	}
}

func TestPath(t *testing.T) {
	for _, c := range []struct{ name, raw, strip, path, uri string }{
		{"plain", "/rest/v1/notes", "", "/rest/v1/notes", "/rest/v1/notes"},
		{"root", "/", "", "/", "/"},
		{"not ASCII", "/rest/v1/café", "", "/rest/v1/café", "/rest/v1/caf%C3%A9"},
		{"decoded question mark", "/rest/v1/a?b", "", "/rest/v1/a?b", "/rest/v1/a%3Fb"},
		{"decoded hash", "/rest/v1/a#b", "", "/rest/v1/a#b", "/rest/v1/a%23b"},
		{"decoded percent", "/rest/v1/100%", "", "/rest/v1/100%", "/rest/v1/100%25"},
		{"looks encoded", "/rest/v1/a%20b", "", "/rest/v1/a%20b", "/rest/v1/a%2520b"},
		{"space and plus", "/rest/v1/a b+c", "", "/rest/v1/a b+c", "/rest/v1/a%20b+c"},
		{"two slashes", "//evil.example/x", "", "//evil.example/x", "//evil.example/x"},
		{"stage kept without the option", "/dev/rest/v1/notes", "", "/dev/rest/v1/notes", "/dev/rest/v1/notes"},
		{"stage stripped", "/dev/rest/v1/notes", "/dev", "/rest/v1/notes", "/rest/v1/notes"},
		{"stage alone", "/dev", "/dev", "/", "/"},
		{"stage is a whole segment", "/development/x", "/dev", "/development/x", "/development/x"},
		{"stage absent", "/rest/v1/notes", "/dev", "/rest/v1/notes", "/rest/v1/notes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := changed(t, "get.json", map[string]any{"rawPath": c.raw, "rawQueryString": ""})
			r := request(t, event, gateway.StripPrefix(c.strip))
			if r.URL.Path != c.path || r.URL.RawPath != "" || r.URL.Host != "" {
				t.Errorf("URL = %#v, want path %q", r.URL, c.path)
			}
			if r.RequestURI != c.uri {
				t.Errorf("RequestURI = %q, want %q", r.RequestURI, c.uri)
			}
		})
	}
}

func TestQueryIsVerbatim(t *testing.T) {
	for _, q := range []string{"", "a=1&a=2&b=%2C,%20+x&a=3", "or=(id.eq.1,title.like.*%28*)", "x;y=%zz&&=&a", "%3Fa#b"} {
		t.Run(q, func(t *testing.T) {
			if got := request(t, changed(t, "get.json", map[string]any{"rawQueryString": q})).URL.RawQuery; got != q {
				t.Errorf("RawQuery = %q", got)
			}
		})
	}
}

func TestBody(t *testing.T) {
	for _, c := range []struct {
		name    string
		members map[string]any
		want    string
	}{
		{"base64", nil, "\x00\xffhi\n"},
		{"text", map[string]any{"body": `{"title":"café"}`, "isBase64Encoded": false}, `{"title":"café"}`},
		{"text that looks like base64", map[string]any{"body": "aGk=", "isBase64Encoded": false}, "aGk="},
		{"empty", map[string]any{"body": "", "isBase64Encoded": false}, ""},
		{"absent", map[string]any{"body": nil, "isBase64Encoded": false}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body []byte
			var length int64
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ = io.ReadAll(r.Body)
				length = r.ContentLength
			})
			if _, err := gateway.Lambda(h).Invoke(t.Context(), changed(t, "post_binary.json", c.members)); err != nil {
				t.Fatal(err)
			}
			if string(body) != c.want || length != int64(len(c.want)) {
				t.Errorf("body = %q, length %d, want %q", body, length, c.want)
			}
		})
	}
}

func TestCallerWithIPv6OverHTTP2(t *testing.T) {
	r := request(t, recorded(t, "post_binary.json"))
	if r.RemoteAddr != "[2001:db8::7]:0" || r.Proto != "HTTP/2.0" || !r.ProtoAtLeast(2, 0) {
		t.Errorf("remote %q, protocol %q (%d.%d)", r.RemoteAddr, r.Proto, r.ProtoMajor, r.ProtoMinor)
	}
}

func TestAuthorizerContext(t *testing.T) {
	got, ok := gateway.AuthorizerContext(request(t, recorded(t, "get.json")).Context())
	want := map[string]any{"role": "authenticated", "level": 2.0, "mfa": true, "authError": nil}
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Errorf("authorizer context (-want +got), %v:\n%s", ok, d)
	}
	if got, ok := gateway.AuthorizerContext(request(t, recorded(t, "post_binary.json")).Context()); ok {
		t.Errorf("without an authorizer: %v", got)
	}
}

func TestDeadlineLeavesTimeToAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		within time.Duration
		spare  bool
	}{{"long", time.Minute, true}, {"too short to share", 300 * time.Millisecond, false}} {
		t.Run(c.name, func(t *testing.T) {
			end := time.Now().Add(c.within)
			ctx, cancel := context.WithDeadline(t.Context(), end)
			defer cancel()
			var seen time.Time
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen, _ = r.Context().Deadline() })
			if _, err := gateway.Lambda(h).Invoke(ctx, recorded(t, "get.json")); err != nil {
				t.Fatal(err)
			}
			if spare := seen.Before(end.Add(-100 * time.Millisecond)); spare != c.spare || seen.IsZero() || seen.After(end) {
				t.Errorf("the handler's deadline is %v before the invocation's", end.Sub(seen))
			}
		})
	}
}

func TestValuesOfTheInvocationReachTheHandler(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "yes")
	var got any
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Context().Value(key{}) })
	if _, err := gateway.Lambda(h).Invoke(ctx, recorded(t, "get.json")); err != nil || got != "yes" {
		t.Errorf("got %v, %v", got, err)
	}
}
