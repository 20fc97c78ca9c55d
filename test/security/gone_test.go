package security_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// slow is a function that takes as long as it is told, and tells which connection it ran on.
const slow = `create function slow(seconds float) returns int language plpgsql as
	$$ begin perform pg_sleep(seconds); return pg_backend_pid(); end $$;`

// sleeping counts the queries of the database that sleep.
const sleeping = `select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`

// TestClientGoesAway shows that the query of a client that hangs up is cancelled, and that its connection serves the next
// one.
func TestClientGoesAway(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		path   string
		body   string
		accept string
	}{
		{"a read", http.MethodGet, "/rest/v1/naps?select=slow", "", ""},
		{"a write", http.MethodPost, "/rest/v1/rpc/slow", `{"seconds":60}`, ""},
		{"a stream of rows", http.MethodGet, "/rest/v1/naps?select=slow", "", "application/x-ndjson"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := pgtest.New(t)
			db.Supabase()
			db.Exec(slow + `create view naps as select slow(60)`)
			a := start(t, db.URLAs("authenticator"), []string{"PGRST_DB_POOL=1"})
			before := a.call(t, http.MethodPost, "/rest/v1/rpc/slow", `{"seconds":0}`).body
			ctx, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			r, err := http.NewRequestWithContext(ctx, tt.method, a.URL+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", tt.accept)
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				if res, err := a.Client().Do(r); err == nil {
					_ = res.Body.Close()
				}
			}()
			eventually(t, "the query runs", func() bool { return db.Value(sleeping) == "1" })
			start := time.Now()
			hangUp()
			<-gone
			eventually(t, "the query has ended", func() bool { return db.Value(sleeping) == "0" })
			t.Logf("the query ended within %v", time.Since(start).Round(time.Millisecond))
			after := a.call(t, http.MethodPost, "/rest/v1/rpc/slow", `{"seconds":0}`)
			if after.status != http.StatusOK || after.body != before {
				t.Errorf("the next request: %d, connection %s; before it was %s", after.status, after.body, before)
			}
		})
	}
}

// TestStatementTimeoutOfARole shows that a role's own statement_timeout holds for its requests alone, with PostgREST's
// answer.
func TestStatementTimeoutOfARole(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(slow + `
		do $$ begin create role hurried; exception when duplicate_object then null; end $$;
		alter role hurried set statement_timeout = '150ms';
		grant hurried to authenticator`)
	a := start(t, db.URLAs("authenticator"), []string{"PGRST_DB_POOL=1"})
	const want = `{"code":"57014","details":null,"hint":null,"message":"canceling statement due to statement timeout"}`
	for range 2 {
		got := a.call(t, http.MethodGet, "/rest/v1/rpc/slow?seconds=30", "", "Authorization", bearer("hurried", "x"))
		if got.status != http.StatusInternalServerError || strings.TrimSpace(got.body) != want {
			t.Errorf("%d %s", got.status, got.body)
		}
		patient := a.call(t, http.MethodPost, "/rest/v1/rpc/slow", `{"seconds":0.4}`, "Authorization", bearer("authenticated", "x"))
		if patient.status != http.StatusOK {
			t.Errorf("another role on the same connection: %d %s", patient.status, patient.body)
		}
	}
}
