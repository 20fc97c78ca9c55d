package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

const (
	firstSecret  = "the first secret of thirty-two bytes or more"
	secondSecret = "the second secret of thirty-two bytes or more"
)

// pantry has a schema to expose and another one, and keeps settings for the connection's role in this database alone.
func pantry(t *testing.T, stored ...string) *pgtest.DB {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`
		create table jars (id int primary key);
		insert into jars select generate_series(1, 3);
		create schema cellar;
		grant usage on schema cellar to anon, service_role;
		create table cellar.bottles as select 7 as year;
		grant select on cellar.bottles to anon, service_role`)
	keep(db, stored...)
	return db
}

// keep has the database keep settings, all at once.
func keep(db *pgtest.DB, settings ...string) {
	script := ""
	for _, s := range settings {
		script += fmt.Sprintf(`do $do$ begin execute format('alter role authenticator in database %%I set %s', current_database()); end $do$;`,
			strings.ReplaceAll(s, "'", "''"))
	}
	db.Exec(script)
}

// logBook is a log that a test reads.
type logBook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start makes an API; environ says more than the database and the anonymous role.
func start(t *testing.T, p config.Profile, db *pgtest.DB, log *logBook, environ []string, options ...app.Option) *app.App {
	t.Helper()
	cfg, err := config.Load(p, append([]string{"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=anon"}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	if p == config.PostgREST {
		options = append(options, app.RESTAlone())
	}
	options = append(options, app.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	a, err := app.New(t.Context(), cfg, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(context.Background()) })
	return a
}

func ask(h http.Handler, method, path, key string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so within 10 seconds", what)
		}
	}
}

// Each row says what the database keeps and what becomes of one request, the very first one.
func TestStoredSettings(t *testing.T) {
	tests := []struct {
		name    string
		stored  []string
		environ []string
		path    string
		status  int
		body    string
	}{
		{"schemas", []string{"pgrst.db_schemas = 'cellar'"}, nil, "/bottles", 200, `[{"year":7}]`},
		{"the database wins", []string{"pgrst.db_max_rows = '1'"}, []string{"PGRST_DB_MAX_ROWS=2"}, "/jars", 200, `[{"id":1}]`},
		{"no anonymous role", []string{"pgrst.db_anon_role = ''"}, nil, "/jars", 401, `PGRST302`},
		{"terse errors", []string{"pgrst.client_error_verbosity = 'minimal'"}, nil, "/none", 404, `^\{"code":"PGRST205","message":"[^"]*"\}$`},
		{"settings that are not wanted", []string{"pgrst.db_schemas = 'cellar'"}, []string{"PGRST_DB_CONFIG=false"}, "/jars", 200, `"id":3`},
		{"unprepared", []string{"pgrst.db_prepared_statements = 'false'"}, nil, "/jars?limit=1", 200, `[{"id":1}]`},
		{"a function", nil, []string{"PGRST_DB_PRE_CONFIG=cellar.settle"}, "/bottles", 200, `[{"year":7}]`},
		{"a function that the database names", []string{"pgrst.db_pre_config = 'cellar.settle'"}, nil, "/bottles", 200, `[{"year":7}]`},
		{"the role before the function", []string{"pgrst.db_schemas = 'public'"}, []string{"PGRST_DB_PRE_CONFIG=cellar.settle"}, "/jars", 200, `"id":3`},
		{"a function that is not there", nil, []string{"PGRST_DB_PRE_CONFIG=cellar.none"}, "/jars", 503, `PGRST002`},
		{"a wrong value", []string{"pgrst.db_max_rows = 'many'"}, nil, "/jars", 503, `PGRST002`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := pantry(t, tt.stored...)
			db.Exec(`grant usage on schema cellar to authenticator;
				create function cellar.settle() returns void language sql as $$ select set_config('pgrst.db_schemas', 'cellar', true) $$`)
			a := start(t, config.PostgREST, db, &logBook{}, tt.environ)
			status, body := ask(a.Handler(), http.MethodGet, tt.path, "")
			if status != tt.status || !regexp.MustCompile(tt.body).MatchString(body) && body != tt.body {
				t.Errorf("%d %s, want %d %s", status, body, tt.status, tt.body)
			}
		})
	}
}

// While nobody knows what the database keeps, no token is believed.
func TestStoredSettingsBeforeTokens(t *testing.T) {
	db := pantry(t, "pgrst.jwt_secret = '"+secondSecret+"'")
	a := start(t, config.PostgREST, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + firstSecret})
	if status, body := ask(a.Handler(), http.MethodGet, "/jars", keyOf(t, firstSecret, "service_role")); status != 401 {
		t.Errorf("the first request, with a key of the environment's secret: %d %s", status, body)
	}
	if status, body := ask(a.Handler(), http.MethodGet, "/jars", keyOf(t, secondSecret, "service_role")); status != 200 {
		t.Errorf("with a key of the database's secret: %d %s", status, body)
	}
}

func keyOf(t *testing.T, secret, role string) string {
	t.Helper()
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.Mint(keys, token.Claims{Role: role, Issued: time.Now(), Expires: time.Now().Add(time.Hour)}, "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What a notification asks for, in PostgREST's words.
func TestNotifications(t *testing.T) {
	for _, payload := range []string{"reload config", "reload schema", ""} {
		t.Run("payload "+payload, func(t *testing.T) {
			db := pantry(t)
			a := start(t, config.PostgREST, db, &logBook{}, nil)
			if status, body := ask(a.Handler(), http.MethodGet, "/jars?select=id", ""); status != 200 || body == `[{"id":1}]` {
				t.Fatalf("%d %s", status, body)
			}
			eventually(t, "somebody listens", func() bool {
				return db.Value(`select count(*) > 0 from pg_stat_activity where datname = current_database() and query = 'listen "pgrst"'`) == "true"
			})
			keep(db, "pgrst.db_max_rows = '1'")
			db.Exec(`select pg_notify('pgrst', 'something else')`)
			db.Exec(`select pg_notify('pgrst', '` + payload + `')`)
			eventually(t, "one row", func() bool {
				_, body := ask(a.Handler(), http.MethodGet, "/jars?select=id", "")
				return body == `[{"id":1}]`
			})
		})
	}
}

// A reload takes what is right, and leaves everything as it was where something is wrong.
func TestReloadConfig(t *testing.T) {
	db := pantry(t)
	given := []string{"PGRST_JWT_SECRET=" + firstSecret}
	load := func() (config.Config, error) {
		return config.Load(config.PostgREST, append([]string{"PGRST_DB_URI=" + db.URLAs("authenticator"), "PGRST_DB_ANON_ROLE=anon"}, given...))
	}
	log := &logBook{}
	a := start(t, config.PostgREST, db, log, given, app.WithSource(load))
	old, young := keyOf(t, firstSecret, "service_role"), keyOf(t, secondSecret, "service_role")
	expect := func(when, path, key string, want int) {
		t.Helper()
		if status, body := ask(a.Handler(), http.MethodGet, path, key); status != want {
			t.Errorf("%s, GET %s: %d %s, want %d", when, path, status, body, want)
		}
	}
	expect("at the start", "/jars", old, 200)
	expect("at the start", "/jars", young, 401)

	given = []string{"PGRST_JWT_SECRET=" + secondSecret, "PGRST_DB_SCHEMAS=cellar", "PGRST_SERVER_PORT=4000"}
	if err := a.ReloadConfig(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("after a change", "/bottles", young, 200)
	expect("after a change", "/bottles", old, 401)
	expect("after a change", "/jars", young, 404)
	if !strings.Contains(log.String(), "PGRST_SERVER_PORT") {
		t.Errorf("nobody says that the port counts at the start alone: %s", log)
	}

	given = []string{"PGRST_DB_MAX_ROWS=many"}
	if err, ok := errors.AsType[*config.Error](a.ReloadConfig(t.Context())); !ok {
		t.Errorf("a wrong setting: %v", err)
	}
	given = []string{"PGRST_JWT_ROLE_CLAIM_KEY=.role[", "PGRST_JWT_SECRET=" + firstSecret}
	if err := a.ReloadConfig(t.Context()); err == nil || !strings.Contains(err.Error(), "role claim") {
		t.Errorf("a wrong claim path: %v", err)
	}
	expect("after mistakes", "/bottles", young, 200)

	keep(db, "pgrst.db_max_rows = 'many'")
	db.Exec(`create table cellar.kegs as select 1 as x; grant select on cellar.kegs to anon`)
	if err := a.Reload(t.Context()); err != nil {
		t.Errorf("a reload of the schema, with a mistake in the database: %v", err)
	}
	expect("after a mistake in the database", "/bottles", young, 200)
	expect("after a mistake in the database", "/kegs", "", 200)
	if !strings.Contains(log.String(), "pgrst.db_max_rows") {
		t.Errorf("nobody tells of the mistake in the database: %s", log)
	}
}

// Requests that run while everything is reloaded see one state from beginning to end: never the schema of one and the
// role of the other.
func TestReloadIsAtomic(t *testing.T) {
	db := pantry(t, "pgrst.db_schemas = 'public'", "pgrst.db_anon_role = 'anon'")
	db.Exec(`create role atomic_reader; grant atomic_reader to authenticator; grant usage on schema cellar to atomic_reader;
		create view public.who as select current_user::text as me; create view cellar.who as select current_user::text as me;
		grant select on public.who to anon; grant select on cellar.who to atomic_reader; revoke all on cellar.who from anon`)
	t.Cleanup(func() { db.Exec(`drop owned by atomic_reader; drop role atomic_reader`) })
	a := start(t, config.PostgREST, db, &logBook{}, nil)
	done := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if status, body := ask(a.Handler(), http.MethodGet, "/who", ""); status != 200 {
					t.Errorf("%d %s", status, body)
					return
				}
			}
		})
	}
	for i := range 6 {
		if i%2 == 0 {
			keep(db, "pgrst.db_schemas = 'cellar'", "pgrst.db_anon_role = 'atomic_reader'")
		} else {
			keep(db, "pgrst.db_schemas = 'public'", "pgrst.db_anon_role = 'anon'")
		}
		if err := a.ReloadConfig(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	asking.Wait()
}

func TestRefresh(t *testing.T) {
	db := pantry(t)
	a := start(t, config.Serve, db, &logBook{}, []string{"JWT_SECRET=" + firstSecret, "PGRST_DB_CHANNEL_ENABLED=false"})
	if status, _ := ask(a.Handler(), http.MethodGet, "/rest/v1/jars", ""); status != 200 {
		t.Fatal(status)
	}
	db.Exec(`drop event trigger if exists pergola_schema_changed; create table lids (id int)`)
	tests := []struct {
		name, method, key string
		status            int
		body              string
	}{
		{"nobody", http.MethodPost, "", 401, "PERGOLA_ONLY_FOR"},
		{"somebody", http.MethodPost, keyOf(t, firstSecret, "authenticated"), 403, "PERGOLA_ONLY_FOR"},
		{"a forged key", http.MethodPost, keyOf(t, secondSecret, "service_role"), 401, "PGRST301"},
		{"to read", http.MethodGet, keyOf(t, firstSecret, "service_role"), 404, "PGRST205"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := ask(a.Handler(), tt.method, "/rest/v1/_refresh", tt.key); status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("%d %s, want %d %s", status, body, tt.status, tt.body)
			}
			if status, _ := ask(a.Handler(), http.MethodGet, "/rest/v1/lids", ""); status != 404 {
				t.Errorf("the new table is answered with %d", status)
			}
		})
	}
	if status, body := ask(a.Handler(), http.MethodPost, "/rest/v1/_refresh", keyOf(t, firstSecret, "service_role")); status != 200 {
		t.Errorf("the service's key: %d %s", status, body)
	}
	if status, body := ask(a.Handler(), http.MethodGet, "/rest/v1/lids", ""); status != 200 {
		t.Errorf("the new table is answered with %d %s", status, body)
	}
}

// Where PostgREST's place is taken there is nothing but relations and functions.
func TestNoRefreshInPostgRESTsPlace(t *testing.T) {
	db := pantry(t)
	a := start(t, config.PostgREST, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + firstSecret})
	if status, body := ask(a.Handler(), http.MethodPost, "/_refresh", keyOf(t, firstSecret, "service_role")); status == 200 {
		t.Errorf("%d %s", status, body)
	}
}

func TestAdmin(t *testing.T) {
	db := pantry(t, "pgrst.db_max_rows = '2'")
	a := start(t, config.PostgREST, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + firstSecret, "PGRST_JWT_CACHE_MAX_ENTRIES=1", "PGRST_DB_POOL=3"})
	if err := a.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := a.Admin()
	for path, want := range map[string]int{"/live": 200, "/ready": 200, "/metrics": 200, "/config": 200, "/schema_cache": 200, "/": 404, "/jars": 404} {
		if status, body := ask(admin, http.MethodGet, path, ""); status != want {
			t.Errorf("GET %s: %d %s, want %d", path, status, body, want)
		}
	}
	_, dumped := ask(admin, http.MethodGet, "/config", "")
	if !strings.Contains(dumped, "db-max-rows = 2\n") || !strings.Contains(dumped, `jwt-secret = "[redacted]"`) || strings.Contains(dumped, firstSecret) {
		t.Errorf("the configuration is shown as\n%s", dumped)
	}
	_, text := ask(admin, http.MethodGet, "/schema_cache", "")
	var cache struct {
		Schemas   []string
		Relations []struct{ Schema, Name string }
	}
	if err := json.Unmarshal([]byte(text), &cache); err != nil || len(cache.Relations) != 1 || cache.Relations[0].Name != "jars" {
		t.Errorf("%v, %+v", err, cache)
	}
}

func TestMetrics(t *testing.T) {
	db := pantry(t)
	a := start(t, config.PostgREST, db, &logBook{}, []string{"PGRST_JWT_SECRET=" + firstSecret, "PGRST_JWT_CACHE_MAX_ENTRIES=1", "PGRST_DB_POOL=3"})
	for _, role := range []string{"anon", "service_role", "service_role"} {
		if status, body := ask(a.Handler(), http.MethodGet, "/jars", keyOf(t, firstSecret, role)); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, page := ask(a.Admin(), http.MethodGet, "/metrics", "")
	want := `# HELP pgrst_schema_cache_query_time_seconds The query time in seconds of the last schema cache load
# TYPE pgrst_schema_cache_query_time_seconds gauge
pgrst_schema_cache_query_time_seconds SECONDS
# HELP pgrst_schema_cache_loads_total The total number of times the schema cache was loaded
# TYPE pgrst_schema_cache_loads_total counter
pgrst_schema_cache_loads_total{status="SUCCESS"} 2
pgrst_schema_cache_loads_total{status="FAIL"} 0
# HELP pgrst_db_pool_timeouts_total The total number of pool connection timeouts
# TYPE pgrst_db_pool_timeouts_total counter
pgrst_db_pool_timeouts_total 0
# HELP pgrst_db_pool_available Available connections in the pool
# TYPE pgrst_db_pool_available gauge
pgrst_db_pool_available 1
# HELP pgrst_db_pool_waiting Requests waiting to acquire a pool connection
# TYPE pgrst_db_pool_waiting gauge
pgrst_db_pool_waiting 0
# HELP pgrst_db_pool_max Max pool connections
# TYPE pgrst_db_pool_max gauge
pgrst_db_pool_max 3
# HELP pgrst_jwt_cache_requests_total The total number of JWT cache lookups
# TYPE pgrst_jwt_cache_requests_total counter
pgrst_jwt_cache_requests_total 3
# HELP pgrst_jwt_cache_hits_total The total number of JWT cache hits
# TYPE pgrst_jwt_cache_hits_total counter
pgrst_jwt_cache_hits_total 1
# HELP pgrst_jwt_cache_evictions_total The total number of JWT cache evictions
# TYPE pgrst_jwt_cache_evictions_total counter
pgrst_jwt_cache_evictions_total 1
`
	got := regexp.MustCompile(`(_seconds) 0?\.?[0-9.e-]+\n`).ReplaceAllString(page, "$1 SECONDS\n")
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}

// Without a database the process lives and is not ready.
func TestAdminWithoutDatabase(t *testing.T) {
	cfg, err := config.Load(config.PostgREST, []string{"PGRST_DB_URI=postgresql://nobody@127.0.0.1:1/none"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(t.Context()) }()
	for path, want := range map[string]int{"/live": 200, "/ready": 503, "/metrics": 200, "/config": 200, "/schema_cache": 503} {
		if status, body := ask(a.Admin(), http.MethodGet, path, ""); status != want {
			t.Errorf("GET %s: %d %s, want %d", path, status, body, want)
		}
	}
	eventually(t, "a failure is counted", func() bool {
		_, page := ask(a.Admin(), http.MethodGet, "/metrics", "")
		return !strings.Contains(page, `{status="FAIL"} 0`)
	})
}
