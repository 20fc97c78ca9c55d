package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/films"
	"github.com/pergola-dev/pergola/internal/golden"
)

// TestPipeline takes requests through every pure stage: each file holds one, and the statement that comes of it, or the
// fault. Nothing is run.
func TestPipeline(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(golden.Name(file), func(t *testing.T) {
			run := &recorder{}
			w := serve(run, golden.Section(t, file, "request"))
			if run.statement == nil {
				golden.Check(t, file, "fault", fmt.Sprintf("%d %s", w.Code, w.Body))
				return
			}
			golden.Check(t, file, "sql", layout(run.statement.SQL))
			golden.Check(t, file, "args", arguments(run.statement))
		})
	}
}

// recorder is a Runner that keeps the statement and gives an empty answer.
type recorder struct {
	statement *stmt.Statement
	result    stmt.Result
}

func (r *recorder) Run(_ context.Context, s stmt.Statement) (stmt.Result, error) {
	r.statement = &s
	return r.result, nil
}

// schema is the films, on a database that can do everything.
type schema struct{}

func (schema) Current(context.Context) (*catalog.Snapshot, plan.Rules, error) {
	facts := dialect.Facts{Version: 150000, Settings: true, RoleSwitch: true, AbortInStatement: true, Notify: true}
	return films.Catalog(), plan.Rules{Dialect: facts, Aggregates: true, Explain: true, MaxDepth: 4}, nil
}

// serve sends a request that is written as on the wire: a line with method and target, header lines, an empty line, a body.
func serve(run engine.Runner, text string) *httptest.ResponseRecorder {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	h := rest.New(engine.New(run, schema{}, engine.Session{}), rest.Options{Schemas: []string{films.Schema}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), identity.Anonymous("anon"))))
	return w
}

// layout breaks a statement into lines, for the reader's sake only.
func layout(sql string) string {
	for _, word := range []string{" from ", " where ", " left join ", " order by ", " group by ", " limit ", " returning ", " on conflict "} {
		sql = strings.ReplaceAll(sql, word, "\n "+word[1:])
	}
	return sql
}

// arguments lists a statement's parameters, with the random abort value made plain, and how its transaction goes.
func arguments(s *stmt.Statement) string {
	var out strings.Builder
	for i, a := range s.Args {
		text := string(a)
		if s.Abort != "" {
			text = strings.ReplaceAll(text, s.Abort, "ABORT")
		}
		fmt.Fprintf(&out, "$%d = %s\n", i+1, text)
	}
	fmt.Fprintf(&out, "read only: %t\n", s.ReadOnly)
	return out.String()
}

// TestHeadOfRead shows that HEAD makes no body.
func TestHeadOfRead(t *testing.T) {
	run := &recorder{result: stmt.Result{Rows: 2}}
	w := serve(run, "HEAD /films?select=id")
	if w.Code != http.StatusOK || w.Header().Get("Content-Range") != "0-1/*" || !strings.Contains(run.statement.SQL, "null as body") {
		t.Errorf("got %d, %v, %s", w.Code, w.Header(), run.statement.SQL)
	}
}
