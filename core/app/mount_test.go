package app_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/stmt"
)

// TestMount shows what lies below /rest/v1, and that neither the database nor an answer hears of the mount.
func TestMount(t *testing.T) {
	const unknown = `{"code":"PGRST205"`
	for _, tt := range []struct {
		name, target string
		status       int
		body, path   string // what the body begins with, and the path that the database sees
	}{
		{"a relation", "/rest/v1/films?id=eq.7", 200, "[]", "/films"},
		{"a slash too many", "/rest/v1//films/?id=eq.7", 200, "[]", "//films/"},
		{"a name with letters encoded", "/rest/v1/fil%6ds?id=eq.7", 200, "[]", "/films"},
		{"a name with a slash", "/rest/v1/a%2Fb", 404, unknown, ""},
		{"a name like the mount", "/rest/v1/rest/v1", 404, `{"code":"PGRST125"`, ""},
		{"the mount with letters encoded", "/rest/%761/films", 404, "404 page not found", ""},
		{"the mount with a slash encoded", "/rest%2Fv1/films", 404, "404 page not found", ""},
		{"a longer name than the mount's", "/rest/v1x/films", 404, `{"code":"PGRST125"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var run asked
			w := send(front(t, "reallyreallyreallyreallyverysafe", &run), http.MethodGet, tt.target)
			if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.body) || run.path != tt.path {
				t.Errorf("got %d %s, the database saw the path %q", w.Code, w.Body, run.path)
			}
			if at := w.Header().Get("Content-Location"); tt.status == 200 && at != "/films?id=eq.7" {
				t.Errorf("the rows are said to be at %s", at)
			}
		})
	}
}

// asked keeps the path that a statement tells the database.
type asked struct{ path string }

func (a *asked) Run(_ context.Context, s stmt.Statement) (stmt.Result, error) {
	i := slices.IndexFunc(s.Settings, func(set stmt.Setting) bool { return set.Name == "request.path" })
	a.path = s.Settings[i].Value
	return stmt.Result{Body: []byte("[]")}, nil
}
