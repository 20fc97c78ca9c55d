package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/web"
)

const (
	methods = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
	exposed = "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit"
)

// TestCORS holds PostgREST's own expectations (CorsSpec) and those of the library that it uses.
func TestCORS(t *testing.T) {
	ours := []string{"http://example.com", "http://example2.com"}
	for _, tt := range []struct {
		name    string
		origins []string
		request *http.Request
		reached bool // the handler is asked
		want    http.Header
	}{
		{"no origin", nil, request("GET", "/items"), true, http.Header{}},
		{
			"any origin", nil, request("GET", "/items", "Origin", "http://a.example"), true,
			http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {exposed}},
		},
		{
			"a preflight from any origin", nil,
			request("OPTIONS", "/items", "Origin", "http://a.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "Foo,Bar"), false,
			http.Header{
				"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {methods},
				"Access-Control-Allow-Headers": {"Authorization, Foo, Bar, Accept, Accept-Language, Content-Language"}, "Access-Control-Max-Age": {"86400"},
			},
		},
		{
			"a preflight that asks for what is allowed anyway", nil,
			request("OPTIONS", "/items", "Origin", "http://a.example", "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "accept , Content-Type"), false,
			http.Header{
				"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {methods},
				"Access-Control-Allow-Headers": {"Authorization, accept, Content-Type, Accept-Language, Content-Language"}, "Access-Control-Max-Age": {"86400"},
			},
		},
		{
			"a preflight that asks for no header", nil,
			request("OPTIONS", "/items", "Origin", "http://a.example", "Access-Control-Request-Method", "DELETE"), false,
			http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {methods}, "Access-Control-Max-Age": {"86400"}},
		},
		{"OPTIONS without asking for a method", nil, request("OPTIONS", "/items", "Origin", "http://a.example"), true, http.Header{}},
		{
			"a preflight for a method that is not allowed", nil,
			request("OPTIONS", "/items", "Origin", "http://a.example", "Access-Control-Request-Method", "TRACE"), true,
			http.Header{},
		},
		{
			"a web socket", nil, request("GET", "/items", "Origin", "http://a.example", "Upgrade", "WebSocket"), true, http.Header{},
		},
		{
			"an allowed origin", ours, request("GET", "/items", "Origin", "http://example2.com"), true,
			http.Header{
				"Access-Control-Allow-Origin": {"http://example2.com"}, "Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Expose-Headers": {exposed},
			},
		},
		{"another origin", ours, request("GET", "/items", "Origin", "http://invalid.com"), true, http.Header{}},
		{
			"a preflight from another origin", ours,
			request("OPTIONS", "/items", "Origin", "http://invalid.com", "Access-Control-Request-Method", "POST"), true,
			http.Header{},
		},
		{
			"a preflight from an allowed origin", ours,
			request("OPTIONS", "/items", "Origin", "http://example.com", "Access-Control-Request-Method", "POST"), false,
			http.Header{
				"Access-Control-Allow-Origin": {"http://example.com"}, "Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Allow-Methods": {methods}, "Access-Control-Max-Age": {"86400"},
			},
		},
		{
			"a star among the origins",
			[]string{"*"},
			request("GET", "/items", "Origin", "http://a.example"), true,
			http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {exposed}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reached := false
			h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })
			res := serve(web.Chain(h, web.CORS(web.CORSOptions{Origins: tt.origins})), tt.request)
			if res.StatusCode != 200 || reached != tt.reached || text(t, res) != "" {
				t.Errorf("status %d, the handler was asked: %v", res.StatusCode, reached)
			}
			if diff := cmp.Diff(tt.want, res.Header); diff != "" {
				t.Errorf("the header differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCORSForSupabase(t *testing.T) {
	h := web.Chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), web.CORS(web.CORSOptions{Origins: []string{"https://app.example"}, Supabase: true}))
	t.Run("a preflight", func(t *testing.T) {
		res := serve(h, request("OPTIONS", "/rest/v1/todos", "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "apikey,authorization,content-type,x-client-info"))
		if res.Header.Get("Vary") != "Origin" {
			t.Errorf("Vary is %q", res.Header.Get("Vary"))
		}
		allowed := strings.Split(strings.ToLower(res.Header.Get("Access-Control-Allow-Headers")), ", ")
		for _, name := range []string{
			"authorization", "apikey", "content-type", "prefer", "accept", "accept-profile", "content-profile", "range", "range-unit",
			"x-client-info", "x-supabase-api-version", "x-upsert", "if-none-match", "traceparent", "tracestate", "baggage",
		} {
			if !contains(allowed, name) {
				t.Errorf("%s is not allowed: %v", name, allowed)
			}
		}
	})
	t.Run("an answer", func(t *testing.T) {
		res := serve(h, request("GET", "/rest/v1/todos", "Origin", "https://app.example", "Apikey", "a key"))
		list := strings.Split(res.Header.Get("Access-Control-Expose-Headers"), ", ")
		for _, name := range []string{"Content-Range", "Content-Location", "Location", "Content-Profile", "Preference-Applied", "Proxy-Status", "ETag"} {
			if !contains(list, name) {
				t.Errorf("%s is not exposed: %v", name, list)
			}
		}
	})
	t.Run("an answer to a client of PostgREST's", func(t *testing.T) {
		res := serve(h, request("GET", "/rest/v1/todos", "Origin", "https://app.example"))
		if got := res.Header.Get("Access-Control-Expose-Headers"); got != exposed {
			t.Errorf("exposed are %s, want PostgREST's %s", got, exposed)
		}
	})
	t.Run("another origin", func(t *testing.T) {
		res := serve(h, request("GET", "/rest/v1/todos", "Origin", "https://evil.example"))
		if diff := cmp.Diff(http.Header{"Vary": {"Origin"}}, res.Header); diff != "" {
			t.Errorf("the header differs (-want +got):\n%s", diff)
		}
	})
}

func contains(list []string, name string) bool {
	for _, l := range list {
		if l == name {
			return true
		}
	}
	return false
}
