package security_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// exchange is a request that a client may send any number of times.
type exchange struct {
	name, method, path, body string
	prefer                   string
	status                   int
}

var exchanges = []exchange{
	{"a list", http.MethodGet, "/rest/v1/films?select=id,title&order=id", "", "", 200},
	{"a row", http.MethodGet, "/rest/v1/films?id=eq.1", "", "", 200},
	{"embeds", http.MethodGet, "/rest/v1/directors?select=name,films(title,roles(character))", "", "", 200},
	{"an exact count", http.MethodGet, "/rest/v1/films?limit=1", "", "count=exact", 206},
	{"an estimated count", http.MethodGet, "/rest/v1/films?limit=1", "", "count=estimated", 206},
	{"a head", http.MethodHead, "/rest/v1/films", "", "", 200},
	{"a function that reads", http.MethodGet, "/rest/v1/rpc/films_of?director=1", "", "", 200},
	{"a function that writes", http.MethodPost, "/rest/v1/rpc/import", `{"a":1}`, "", 200},
	{"the root", http.MethodGet, "/rest/v1/", "", "", 200},
	{"an insert", http.MethodPost, "/rest/v1/notes", `{"text":"a"}`, "", 201},
	{"an insert with its rows", http.MethodPost, "/rest/v1/notes?select=text", `[{"text":"a"},{"text":"b"}]`, "return=representation", 201},
	{"an upsert", http.MethodPost, "/rest/v1/directors", `{"id":1,"name":"b"}`, "resolution=merge-duplicates", 200},
	{"a put", http.MethodPut, "/rest/v1/directors?id=eq.1", `{"id":1,"name":"c"}`, "", 204},
	{"an update", http.MethodPatch, "/rest/v1/films?id=eq.1", `{"title":"b"}`, "handling=strict, max-affected=5", 204},
	{"a delete", http.MethodDelete, "/rest/v1/notes?text=eq.a", "", "", 204},
	{"an error of the database", http.MethodGet, "/rest/v1/films?id=eq.x", "", "", 400},
	{"an update that undoes itself", http.MethodPatch, "/rest/v1/films", `{"year":1}`, "handling=strict, max-affected=0", 400},
}

// TestOneRoundTrip shows that a warm request is one write to the database: exactly one Sync, and not one byte sent after the
// database began to answer.
func TestOneRoundTrip(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings []string
		explicit bool
	}{
		{"prepared statements", nil, false},
		{"behind a pooler", []string{"PGRST_DB_PREPARED_STATEMENTS=false"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := pgtest.New(t)
			db.Supabase()
			db.Exec(filmsSQL + `create table notes (text text);
				insert into films (id, title) values (2, 'b');`)
			p, through := newProxy(t, db.URLAs("authenticator"))
			a := start(t, through, append([]string{"PGRST_DB_POOL=1", "PGRST_DB_CHANNEL_ENABLED=false"}, tt.settings...))
			for _, e := range exchanges {
				t.Run(e.name, func(t *testing.T) { oneRoundTrip(t, a, p, e, tt.explicit) })
			}
		})
	}
}

// oneRoundTrip sends a request several times. explicit: the transaction is begun and ended by statements of its own.
func oneRoundTrip(t *testing.T, a *api, p *proxy, e exchange, explicit bool) {
	t.Helper()
	for run := range 4 {
		got, seen := measured(t, a, p, e)
		if got.status != e.status {
			t.Fatalf("%d %s", got.status, got.body)
		}
		turns := 1
		if e.status >= 400 && explicit {
			turns = 2 // the transaction that failed has to be rolled back
		}
		if seen.turns != turns || seen.syncs != 1 {
			t.Errorf("run %d took %d turns and %d syncs", run, seen.turns, seen.syncs)
		}
		if run > 0 && !explicit && seen.parses > 0 && e.status < 400 {
			t.Errorf("run %d sent %d statements to be parsed", run, seen.parses)
		}
	}
}

// pingAfter is how long a connection may lie idle before the pool asks it for a sign of life, which is a round trip of its own.
const pingAfter = time.Second

// measured sends a request and gives what passed for it. On a machine so busy that the connection may have been asked for a
// sign of life it sends the request again, a few times.
func measured(t *testing.T, a *api, p *proxy, e exchange) (got reply, seen traffic) {
	t.Helper()
	for range 5 {
		a.call(t, http.MethodGet, "/rest/v1/films?id=eq.0", "", "Authorization", bearer("service_role", "x"))
		used := time.Now()
		p.traffic()
		got = a.call(t, e.method, e.path, e.body, "Prefer", e.prefer, "Content-Type", "application/json", "Authorization", bearer("service_role", "x"))
		seen = p.traffic()
		if time.Since(used) < pingAfter {
			break
		}
	}
	return got, seen
}

// TestBigBodyIsOneRoundTrip shows that a body of many network writes is sent without waiting for the database.
func TestBigBodyIsOneRoundTrip(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(filmsSQL + `create table notes (text text)`)
	p, through := newProxy(t, db.URLAs("authenticator"))
	a := start(t, through, []string{"PGRST_DB_POOL=1", "PGRST_DB_CHANNEL_ENABLED=false"})
	body := `[{"text":"` + strings.Repeat(`a"},{"text":"`, 50_000) + `"}]`
	for run := range 3 {
		got, seen := measured(t, a, p, exchange{method: http.MethodPost, path: "/rest/v1/notes", body: body})
		if got.status != http.StatusCreated || seen.turns != 1 || seen.syncs != 1 {
			t.Errorf("run %d: %d, %d turns and %d syncs", run, got.status, seen.turns, seen.syncs)
		}
	}
}
