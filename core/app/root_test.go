package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// shelf has things that the role anon may use, wholly or in part, and things that it may not. A grant to public counts for
// functions until it is taken away.
const shelf = `
	create type mood as enum ('good', 'bad');
	create table open (id int primary key);
	create table closed (id int primary key);
	create table partly (a int, b int);
	create view pane as select 1 as n;
	create function greet(m mood) returns text language sql stable as $$select 'hello'$$;
	create function whisper() returns text language sql stable as $$select 'psst'$$;
	create function hear() returns text language sql stable as $$select 'what'$$;
	create function hear(loud boolean) returns text language sql stable as $$select 'WHAT'$$;
	create function outline() returns json language sql stable as $$select json_build_object('swagger', '2.0')$$;
	revoke all on closed, partly, pane from anon;
	grant select (a) on partly to anon;
	grant trigger on pane to anon;
	revoke all on function whisper, hear(boolean) from public, anon;
	create schema other;
	create table other.hidden (id int);`

// shelfAPI serves the shelf with settings beside the ordinary ones.
func shelfAPI(t *testing.T, db *pgtest.DB, options []app.Option, settings ...string) http.Handler {
	t.Helper()
	environment := append([]string{
		"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=anon", "PGRST_SERVER_HOST=*", "PGRST_SERVER_PORT=3001",
	}, settings...)
	cfg, err := config.Load(config.PostgREST, environment)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, append(options, app.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(context.Background()) })
	return a.Handler()
}

func get(h http.Handler, method, target, accept string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	h.ServeHTTP(w, r)
	return w
}

// outline is what these tests read of a description.
type outline struct {
	Host, BasePath string
	Schemes        []string
	Paths          map[string]struct {
		Get struct {
			Parameters []struct{ Name, Format string }
		}
	}
	Security []any
}

func describe(t *testing.T, h http.Handler, target string) outline {
	t.Helper()
	w := get(h, http.MethodGet, target, "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/openapi+json; charset=utf-8" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	var o outline
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func pathsOf(o outline) []string {
	var paths []string
	for p := range o.Paths {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

func newShelf(t *testing.T) *pgtest.DB {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(shelf)
	return db
}

// TestRootFollowsRights shows what of a schema is described to whom. A right to one column is enough, and so is one that no
// request can use.
func TestRootFollowsRights(t *testing.T) {
	db := newShelf(t)
	everything := []string{
		"/", "/closed", "/open", "/pane", "/partly", "/rpc/greet", "/rpc/hear", "/rpc/outline", "/rpc/whisper",
	}
	tests := []struct {
		name, setting, enum string
		paths               []string
		hears               int // parameters of the overload of "hear" that is described
	}{
		{
			"anon", "", "mood", []string{"/", "/open", "/pane", "/partly", "/rpc/greet", "/rpc/hear", "/rpc/outline"}, 0,
		},
		{"a role that may do more", "PGRST_DB_ANON_ROLE=service_role", "mood", everything, 1},
		{"whoever", "PGRST_OPENAPI_MODE=ignore-privileges", "public.mood", everything, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := describe(t, shelfAPI(t, db, []app.Option{app.RESTAlone()}, tt.setting), "/")
			if diff := cmp.Diff(tt.paths, pathsOf(o)); diff != "" {
				t.Errorf("the paths (-want +got):\n%s", diff)
			}
			if p := o.Paths["/rpc/greet"].Get.Parameters; len(p) != 1 || p[0].Format != tt.enum {
				t.Errorf("the parameters of greet are %v, want one of type %s", p, tt.enum)
			}
			if p := o.Paths["/rpc/hear"].Get.Parameters; len(p) != tt.hears {
				t.Errorf("hear has the parameters %v, want %d", p, tt.hears)
			}
		})
	}
}

// TestRootIgnoringRights shows that the caller is still one who may ask.
func TestRootIgnoringRights(t *testing.T) {
	db := newShelf(t)
	db.Exec(`create function refuse() returns void language plpgsql as $$begin raise sqlstate 'PT403' using message = 'no'; end$$`)
	h := shelfAPI(t, db, []app.Option{app.RESTAlone()}, "PGRST_OPENAPI_MODE=ignore-privileges", "PGRST_DB_PRE_REQUEST=public.refuse")
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if w := get(h, method, "/", ""); w.Code != http.StatusForbidden {
			t.Errorf("%s gives %d", method, w.Code)
		}
	}
}

// TestRootServer shows where a description says that the API is.
func TestRootServer(t *testing.T) {
	db := newShelf(t)
	tests := []struct {
		name    string
		options []app.Option
		setting string
		target  string
		want    outline
	}{
		{"alone", []app.Option{app.RESTAlone()}, "", "/", outline{Host: "0.0.0.0:3001", BasePath: "/", Schemes: []string{"http"}}},
		{"mounted", nil, "", "/rest/v1/", outline{BasePath: "/rest/v1"}},
		{
			"behind a proxy", nil, "PGRST_OPENAPI_SERVER_PROXY_URI=https://example.com/api", "/rest/v1/",
			outline{Host: "example.com:443", BasePath: "/api", Schemes: []string{"https"}},
		},
		{
			"with tokens", nil, "PGRST_OPENAPI_SECURITY_ACTIVE=true", "/rest/v1",
			outline{BasePath: "/rest/v1", Security: []any{map[string]any{"JWT": []any{}}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := describe(t, shelfAPI(t, db, tt.options, tt.setting), tt.target)
			got.Paths = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRootInstead(t *testing.T) {
	db := newShelf(t)
	const text = "application/json; charset=utf-8"
	tests := []struct {
		name, setting, method, accept string
		status                        int
		contentType, body             string
	}{
		{
			"disabled", "PGRST_OPENAPI_MODE=disabled", http.MethodGet, "", http.StatusNotFound, text,
			`{"code":"PGRST126","details":null,"hint":null,"message":"Root endpoint metadata is disabled"}`,
		},
		{
			"a function", "PGRST_DB_ROOT_SPEC=outline", http.MethodGet, "", http.StatusOK, text, `{"swagger" : "2.0"}`,
		},
		{
			"a function with its schema", "PGRST_DB_ROOT_SPEC=public.outline", http.MethodGet, "application/json", http.StatusOK, text,
			`{"swagger" : "2.0"}`,
		},
		{"the headers of a function", "PGRST_DB_ROOT_SPEC=outline", http.MethodHead, "", http.StatusOK, text, ""},
		{"the headers", "", http.MethodHead, "application/json", http.StatusOK, "application/openapi+json; charset=utf-8", ""},
		{
			"no such form", "", http.MethodGet, "text/csv, text/xml", http.StatusNotAcceptable, text,
			`{"code":"PGRST107","details":null,"hint":null,"message":"None of these media types are available: text/csv, text/xml"}`,
		},
		{
			"no such method", "", http.MethodPatch, "", http.StatusMethodNotAllowed, text,
			`{"code":"PGRST117","details":null,"hint":null,"message":"Unsupported HTTP method: PATCH"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := get(shelfAPI(t, db, []app.Option{app.RESTAlone()}, tt.setting), tt.method, "/", tt.accept)
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.contentType || w.Body.String() != tt.body {
				t.Errorf("%d %s\n%s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		})
	}
}
