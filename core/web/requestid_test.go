package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/web"
)

// showID answers with the id of the request.
func showID() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, web.RequestIDOf(r.Context()))
	})
}

func TestRequestID(t *testing.T) {
	for _, tt := range []struct {
		name, brought string
		taken         bool
	}{
		{"none", "", false},
		{"a sane one", "Root-1_a.B", true},
		{"the longest", strings.Repeat("a", 64), true},
		{"too long", strings.Repeat("a", 65), false},
		{"with a space", "a b", false},
		{"with a quote", `a"b`, false},
		{"beyond ASCII", "ä", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := serve(web.Chain(showID(), web.RequestID("")), request("GET", "/", "X-Request-Id", tt.brought))
			id := text(t, res)
			if sent := res.Header.Values("X-Request-Id"); len(sent) != 1 || sent[0] != id {
				t.Errorf("the answer names %q, the context %q", sent, id)
			}
			if (id == tt.brought) != tt.taken || len(id) < 10 {
				t.Errorf("%q became %q", tt.brought, id)
			}
		})
	}
	t.Run("each its own", func(t *testing.T) {
		h := web.Chain(showID(), web.RequestID(""))
		if a, b := text(t, serve(h, request("GET", "/"))), text(t, serve(h, request("GET", "/"))); a == b {
			t.Errorf("two requests are %q", a)
		}
	})
}

func TestTraceHeader(t *testing.T) {
	odd := strings.Repeat("x y", 50)
	for _, tt := range []struct {
		name, trace string
		fields      []string
		want        []string
	}{
		{"sent back", "X-Trace", []string{"X-Trace", odd}, []string{odd}},
		{"empty when there is none", "X-Trace", nil, []string{""}},
		{"the request id", "X-Request-Id", []string{"X-Request-Id", "1"}, []string{"1"}},
		{"a request id that cannot be taken over", "x-request-id", []string{"X-Request-Id", odd}, []string{odd}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := serve(web.Chain(reply(""), web.RequestID(tt.trace)), request("GET", "/", tt.fields...))
			if diff := cmp.Diff(tt.want, res.Header.Values(tt.trace)); diff != "" {
				t.Errorf("the header differs (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a made request id is kept", func(t *testing.T) {
		res := serve(web.Chain(showID(), web.RequestID("X-Request-Id")), request("GET", "/"))
		if id := text(t, res); id == "" || res.Header.Get("X-Request-Id") != id {
			t.Errorf("the answer names %q, the context %q", res.Header.Get("X-Request-Id"), id)
		}
	})
}
