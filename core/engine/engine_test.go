package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/films"
)

// runner answers every statement alike, and keeps it.
type runner struct {
	got    stmt.Statement
	result stmt.Result
	err    error
}

func (r *runner) Run(_ context.Context, s stmt.Statement) (stmt.Result, error) {
	r.got = s
	return r.result, r.err
}

type schema struct{}

func (schema) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	return films.Catalog(), plan.Rules{Dialect: dialect.Facts{Settings: true}}, nil
}

var (
	anonymous = identity.Anonymous("anon")
	member    = identity.Principal{Role: "authenticated", Subject: "u1", Claims: []byte(`{"sub":"u1"}`), Authenticated: true}
)

func read() query.Request {
	return query.Request{Schema: films.Schema, Operation: query.Read{Relation: "films"}}
}

func TestSettings(t *testing.T) {
	run := &runner{}
	e := engine.New(run, schema{}, engine.Session{
		SearchPath: []string{"extensions", `odd "one"`}, AppSettings: []stmt.Setting{{Name: "app.settings.x", Value: "1"}}, PreRequest: "select check()",
	})
	req := read()
	req.Prefer.TimeZone = "UTC"
	req.Settings = []query.Setting{{Name: "request.method", Value: "GET"}}
	if _, err := e.Do(t.Context(), member, req); err != nil {
		t.Fatal(err)
	}
	want := []stmt.Setting{
		{Name: "search_path", Value: `"public", "extensions", "odd ""one"""`},
		{Name: "role", Value: "authenticated"},
		{Name: "request.jwt.claims", Value: `{"sub":"u1"}`},
		{Name: "app.settings.x", Value: "1"},
		{Name: "timezone", Value: "UTC"},
		{Name: "request.method", Value: "GET"},
	}
	if diff := cmp.Diff(want, run.got.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if run.got.PreRequest != "select check()" || !run.got.ReadOnly {
		t.Errorf("got %+v", run.got)
	}
}

func TestFaults(t *testing.T) {
	denied := fault.New(fault.Forbidden, "42501", "permission denied for table films")
	for _, tt := range []struct {
		name   string
		who    identity.Principal
		err    error
		status int
	}{
		{"a refusal of somebody", member, denied, 403},
		{"a refusal of nobody asks for a token", anonymous, denied, 401},
		{"another fault stays", anonymous, fault.New(fault.Conflict, "23505", "duplicate key"), 409},
		{"a write that undid itself", member, &stmt.Aborted{Reason: stmt.AbortSingle, Rows: 2}, 406},
		{"a write of too many rows", member, &stmt.Aborted{Reason: stmt.AbortAffected, Rows: 9}, 400},
		{"a write of another row", member, &stmt.Aborted{Reason: stmt.AbortKey}, 400},
		{"an error of no kind is internal", member, errors.New("boom"), 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := engine.New(&runner{err: tt.err}, schema{}, engine.Session{})
			_, err := e.Do(t.Context(), tt.who, read())
			if got := fault.From(err).Status(); err == nil || got != tt.status {
				t.Errorf("got %v with status %d, want %d", err, got, tt.status)
			}
		})
	}
}

func number(n int64) *int64 { return &n }

func TestEstimatedTotal(t *testing.T) {
	for _, tt := range []struct {
		name           string
		mode           query.CountMode
		limit          int64
		exact, planned *int64
		want           *int64
	}{
		{"not asked for", query.CountNone, 0, nil, nil, nil},
		{"exact", query.CountExact, 0, number(5), nil, number(5)},
		{"planned", query.CountPlanned, 0, nil, number(7), number(7)},
		{"estimated within the limit is exact", query.CountEstimated, 10, number(5), number(900), number(5)},
		{"estimated beyond the limit is planned", query.CountEstimated, 10, number(11), number(900), number(900)},
		{"estimated is never below what was seen", query.CountEstimated, 10, number(11), number(3), number(11)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := &runner{result: stmt.Result{Total: tt.exact, Planned: tt.planned}}
			e := engine.New(run, limited{tt.limit}, engine.Session{})
			req := read()
			req.Prefer.Count = tt.mode
			a, err := e.Do(t.Context(), member, req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, a.Total); diff != "" {
				t.Errorf("total (-want +got):\n%s", diff)
			}
		})
	}
}

// limited is the schema on a server with a limit of rows.
type limited struct{ rows int64 }

func (l limited) Current(ctx context.Context) (*catalog.Snapshot, plan.Rules, error) {
	cat, rules, err := schema{}.Current(ctx)
	rules.MaxRows = l.rows
	return cat, rules, err
}

func TestSingle(t *testing.T) {
	req := read()
	req.Accept = []query.MediaType{{Name: "application/vnd.pgrst.object+json"}}
	for rows, ok := range map[int64]bool{0: false, 1: true, 2: false} {
		e := engine.New(&runner{result: stmt.Result{Rows: rows}}, schema{}, engine.Session{})
		if _, err := e.Do(t.Context(), member, req); (err == nil) != ok {
			t.Errorf("%d rows: got %v", rows, err)
		}
	}
}
