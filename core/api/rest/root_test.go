package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/films"
)

// author describes a schema by the answer to the question what may be used of it.
type author struct{ err error }

func (author) Allow(context.Context, catalog.Name, bool) ([]string, error) { return nil, nil }

func (a author) Document(answer engine.Answer) ([]byte, error) {
	return append([]byte("described: "), answer.Body...), a.err
}

func askRoot(run engine.Runner, method string, o rest.Options) *httptest.ResponseRecorder {
	o.Schemas = []string{films.Schema, "other"}
	h := rest.New(engine.New(run, schema{}, engine.Session{}), o)
	r := httptest.NewRequest(method, "/", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), identity.Anonymous("anon"))))
	return w
}

// TestRoot shows what a description costs: one statement that reads, and that asks nothing where the caller's rights do not
// count or the body is not wanted.
func TestRoot(t *testing.T) {
	tests := []struct {
		name, method string
		root         rest.Root
		asks         bool
		body         string
	}{
		{"GET", http.MethodGet, rest.Root{}, true, "described: usable"},
		{"GET of everything", http.MethodGet, rest.Root{Everything: true}, false, "described: usable"},
		{"HEAD", http.MethodHead, rest.Root{}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := &recorder{result: stmt.Result{Rows: 1, Body: []byte("usable")}}
			w := askRoot(run, tt.method, rest.Options{Root: tt.root, Resources: author{}, Timing: true})
			if w.Code != http.StatusOK || w.Body.String() != tt.body {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if h := w.Header(); h.Get("Content-Profile") != films.Schema || !strings.Contains(h.Get("Server-Timing"), "transaction;dur=") {
				t.Errorf("the headers are %v", h)
			}
			if asks := strings.Contains(run.statement.SQL, "has_table_privilege"); asks != tt.asks || !run.statement.ReadOnly {
				t.Errorf("the statement is %+v", run.statement)
			}
			if tt.asks && !slices.EqualFunc(run.statement.Args, []string{films.Schema}, func(a []byte, b string) bool { return string(a) == b }) {
				t.Errorf("the arguments are %q", run.statement.Args)
			}
		})
	}
}

func TestRootWithoutDocument(t *testing.T) {
	w := askRoot(&recorder{}, http.MethodGet, rest.Options{Resources: author{errors.New("ink is out")}})
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "ink") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
