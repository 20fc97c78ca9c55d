package app_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/app"
)

const contractPath = "/rest/v1/openapi.json"

// contract is what these tests read of the OpenAPI 3.1 document.
type contract struct {
	OpenAPI    string
	Servers    []struct{ URL string }
	Security   []map[string][]string
	Paths      map[string]map[string]any
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

func readContract(t *testing.T, h http.Handler, headers ...string) contract {
	t.Helper()
	w := send(h, http.MethodGet, contractPath, headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var c contract
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// send puts a request with headers, name and value in turns.
func send(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func operationsOf(c contract) []string {
	var all []string
	for path, item := range c.Paths {
		for method := range item {
			all = append(all, method+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// TestContractFollowsRights shows the operations that are described to whom: what the caller may use somehow is not enough.
func TestContractFollowsRights(t *testing.T) {
	db := newShelf(t)
	db.Exec(`
		create table in_only (id int primary key, note text);
		create table written (id int primary key, note text, stamp text);
		create table trigger_only (id int);
		create view two as select 1 as n, 2 as m;
		revoke all on in_only, written, trigger_only from anon;
		grant insert on in_only to anon;
		grant select, insert (id, note), update (note), delete on written to anon;
		grant trigger, truncate, references on trigger_only to anon`)
	functions := []string{"get /rpc/greet", "get /rpc/hear", "get /rpc/outline", "post /rpc/greet", "post /rpc/hear", "post /rpc/outline"}
	anon := append([]string{
		"delete /open", "delete /written", "get /open", "get /partly", "get /two", "get /written", "patch /open", "patch /written",
		"post /in_only", "post /open", "post /written", "put /open",
	}, functions...)
	slices.Sort(anon)
	tests := []struct {
		name, setting string
		want          []string
	}{
		{"anon", "", anon},
		{"a role without the schema", "PGRST_DB_ANON_ROLE=passer_by", nil},
	}
	db.Exec(`create role passer_by; grant passer_by to authenticator; revoke usage on schema public from public; grant all on open to passer_by`)
	t.Cleanup(func() { db.Exec(`drop owned by passer_by; drop role passer_by`) })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := readContract(t, shelfAPI(t, db, nil, tt.setting))
			if diff := cmp.Diff(tt.want, operationsOf(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	t.Run("columns", func(t *testing.T) {
		c := readContract(t, shelfAPI(t, db, nil))
		want := map[string][]string{
			"partly": {"a"}, "written": {"id", "note", "stamp"}, "written.insert": {"id", "note"}, "written.update": {"note"},
			"in_only": nil, "in_only.insert": {"id", "note"},
		}
		for name, columns := range want {
			got := slices.Sorted(maps.Keys(c.Components.Schemas[name].Properties))
			if diff := cmp.Diff(columns, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
	t.Run("everything", func(t *testing.T) {
		c := readContract(t, shelfAPI(t, db, nil, "PGRST_OPENAPI_MODE=ignore-privileges"))
		for _, path := range []string{"/closed", "/trigger_only", "/rpc/whisper"} {
			if c.Paths[path] == nil {
				t.Errorf("%s is not described", path)
			}
		}
	})
}

// TestContractChangesWithGrants shows that the tag is that of the answer: the catalog knows no grants.
func TestContractChangesWithGrants(t *testing.T) {
	db := newShelf(t)
	h := shelfAPI(t, db, nil)
	tag := send(h, http.MethodGet, contractPath).Header().Get("ETag")
	if w := send(h, http.MethodGet, contractPath, "If-None-Match", `"x", W/`+tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("got %d with %d bytes for what has not changed", w.Code, w.Body.Len())
	}
	db.Exec(`grant select on closed to anon`)
	w := send(h, http.MethodGet, contractPath, "If-None-Match", tag)
	if w.Code != http.StatusOK || w.Header().Get("ETag") == tag || w.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("got %d %v after a grant", w.Code, w.Header())
	}
}

func TestContractServer(t *testing.T) {
	db := newShelf(t)
	tests := []struct {
		name, setting, server string
		anonymous             bool
	}{
		{"mounted", "", "/rest/v1", true},
		{"behind a proxy", "PGRST_OPENAPI_SERVER_PROXY_URI=https://example.com/api", "https://example.com/api", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := readContract(t, shelfAPI(t, db, nil, tt.setting))
			if c.OpenAPI != "3.1.1" || len(c.Servers) != 1 || c.Servers[0].URL != tt.server {
				t.Errorf("the version is %s, the servers are %v", c.OpenAPI, c.Servers)
			}
			if anonymous := slices.ContainsFunc(c.Security, func(way map[string][]string) bool { return len(way) == 0 }); anonymous != tt.anonymous {
				t.Errorf("the ways to call are %v", c.Security)
			}
		})
	}
}

// TestContractElsewhere shows where the document is not, and what its path answers to other methods.
func TestContractElsewhere(t *testing.T) {
	db := newShelf(t)
	db.Exec(`create table "openapi.json" (id int)`)
	tests := []struct {
		name, setting  string
		options        []app.Option
		method, target string
		status         int
		body           string
	}{
		{"in PostgREST's place it is a table", "", []app.Option{app.RESTAlone()}, http.MethodGet, "/openapi.json", 200, "[]"},
		{
			"disabled", "PGRST_OPENAPI_MODE=disabled", nil, http.MethodGet, contractPath, 404,
			`{"code":"PGRST126","details":null,"hint":null,"message":"Root endpoint metadata is disabled"}`,
		},
		{"its headers", "", nil, http.MethodHead, contractPath, 200, ""},
		{"what it answers to", "", nil, http.MethodOptions, contractPath, 200, ""},
		{
			"a write", "", nil, http.MethodPatch, contractPath, 405,
			`{"code":"PGRST117","details":null,"hint":null,"message":"Unsupported HTTP method: PATCH"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := send(shelfAPI(t, db, tt.options, tt.setting), tt.method, tt.target)
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// TestExplorer shows where the page is, and where there is none.
func TestExplorer(t *testing.T) {
	db := newShelf(t)
	page := app.WithExplorer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("page" + r.URL.Path)) }))
	tests := []struct {
		name, setting string
		options       []app.Option
		target        string
		status        int
		body          string // "" for any
		location      string
	}{
		{"the page", "", []app.Option{page}, "/docs", 200, "page", ""},
		{"its files", "", []app.Option{page}, "/docs/a.js", 200, "page/a.js", ""},
		{"the other way to it", "", []app.Option{page}, "/rest/v1/_docs", 307, "", "../../docs"},
		{"nothing with such a beginning", "", []app.Option{page}, "/docsx", 404, "", ""},
		{"none", "", nil, "/docs", 404, "", ""},
		{"no way to none", "", nil, "/rest/v1/_docs", 404, "", ""},
		{"without a description", "PGRST_OPENAPI_MODE=disabled", []app.Option{page}, "/docs", 404, "", ""},
		{"in PostgREST's place", "", []app.Option{page, app.RESTAlone()}, "/docs", 404, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := send(shelfAPI(t, db, tt.options, tt.setting), http.MethodGet, tt.target)
			if w.Code != tt.status || tt.body != "" && w.Body.String() != tt.body || w.Header().Get("Location") != tt.location {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}
