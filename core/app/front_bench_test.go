package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/films"
)

// BenchmarkFront shows what one request costs in Go alone: everything that serve has between net/http and the database,
// with a token that has been verified before. It tells the price of a change to the front door or to the pipeline without a
// database and without a quiet machine, since allocations depend on neither.
func BenchmarkFront(b *testing.B) {
	const secret = "reallyreallyreallyreallyverysafe"
	h := front(b, secret, fixed{Rows: 1, Body: []byte(`[{"id":7,"title":"The Kid","year":1921}]`)})
	authorization := "Bearer " + bearer(b, secret)
	for _, bb := range []struct {
		name, method, target, body string
		headers                    []string
	}{
		{"row", http.MethodGet, "/rest/v1/films?id=eq.7", "", nil},
		{
			"list", http.MethodGet, "/rest/v1/films?select=id,title,directors(name)&year=gte.1920&order=year.desc&limit=10", "",
			[]string{"Accept", "application/json", "Accept-Profile", "public", "X-Client-Info", "supabase-js-web/2.58.0"},
		},
		{
			"insert", http.MethodPost, "/rest/v1/films", `{"title":"The Kid","year":1921}`,
			[]string{"Content-Type", "application/json", "Prefer", "return=representation"},
		},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := httptest.NewRequest(bb.method, bb.target, nil)
			r.Header.Set("Authorization", authorization)
			r.Header.Set("User-Agent", "benchmark")
			for pair := range slices.Chunk(bb.headers, 2) {
				r.Header.Set(pair[0], pair[1])
			}
			r.ContentLength = int64(len(bb.body))
			b.ReportAllocs()
			for b.Loop() {
				if bb.body != "" {
					r.Body = io.NopCloser(strings.NewReader(bb.body))
				}
				w := discard{header: make(http.Header)}
				if h.ServeHTTP(&w, r); w.status >= http.StatusBadRequest {
					b.Fatalf("got %d", w.status)
				}
			}
		})
	}
}

// front is what answers as serve does, with run in the place of the database.
func front(tb testing.TB, secret string, run engine.Runner) http.Handler {
	tb.Helper()
	cfg, err := config.Load(config.Serve, []string{"DATABASE_URL=postgres://127.0.0.1/none", "JWT_SECRET=" + secret})
	if err != nil {
		tb.Fatal(err)
	}
	known := &shown{catalog: films.Catalog()}
	known.rules.MaxDepth, known.rules.MaxFilters = cfg.Limits.MaxEmbedDepth, cfg.Limits.MaxFilters
	known.rules.Dialect = dialect.Facts{Version: 150000, Settings: true, RoleSwitch: true, AbortInStatement: true, Notify: true}
	h, err := app.Front(cfg, run, known)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// bearer mints a token that is good for as long as the benchmark runs.
func bearer(b *testing.B, secret string) string {
	b.Helper()
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	claims := token.Claims{Role: "authenticated", Subject: "11111111-2222-3333-4444-555555555555", Issued: now, Expires: now.Add(time.Hour)}
	raw, err := token.Mint(keys, claims, "")
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// shown is a schema that never changes.
type shown struct {
	catalog *catalog.Snapshot
	rules   plan.Rules
}

func (s *shown) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	return s.catalog, s.rules, nil
}

// fixed answers every statement alike.
type fixed stmt.Result

func (f fixed) Run(context.Context, stmt.Statement) (stmt.Result, error) { return stmt.Result(f), nil }

// discard keeps the status of an answer and nothing else.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
