package dsqlproxy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/dsqlproxy"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func open(t *testing.T, url string) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), config.Database{URL: config.Secret(url), PoolSize: 4, Prepared: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}

// TestRunTriesAgain: a statement that writes takes place once, however often its commit fails on the way.
func TestRunTriesAgain(t *testing.T) {
	target, p, _ := between(t, dsqlproxy.Options{ConflictEvery: 2})
	db := open(t, p.URL())
	for n := range 10 {
		s := stmt.Statement{
			SQL:  `insert into notes values ($1::int, 'x') returning id`,
			Args: [][]byte{fmt.Append(nil, n)}, Shape: stmt.Lines, End: stmt.Commit,
		}
		res, err := db.Run(t.Context(), s)
		if want := fmt.Sprint(n); err != nil || string(res.Body) != want {
			t.Fatalf("got %q, %v, want %s", res.Body, err, want)
		}
	}
	if rows := target.Value(`select count(*) from notes`); rows != "10" || p.Conflicts() != 9 {
		t.Errorf("%s rows after %d conflicts, want 10 after 9", rows, p.Conflicts())
	}
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func entry(n int) store.Entry {
	return store.Entry{ID: id(n), Payload: json.RawMessage(`{"action":"x"}`), CreatedAt: now}
}

// TestStoreLosesAndDoublesNothing signs up, in and refreshes twenty times; every third commit meets a conflict.
func TestStoreLosesAndDoublesNothing(t *testing.T) {
	target := pgtest.New(t)
	target.Supabase()
	authtest.Apply(t, target.URL())
	p := dsqlproxy.New(t, target.URL(), dsqlproxy.Options{ConflictEvery: 3})
	s := store.New(open(t, p.URL()))
	for n := range 20 {
		visit(t, s, n)
	}
	for sql, want := range map[string]string{
		`select count(*) || ' ' || count(last_sign_in_at) from auth.users`:                           "20 20",
		`select count(*) || ' ' || count(last_sign_in_at) from auth.identities`:                      "20 20",
		`select count(*) || ' ' || sum(refresh_token_counter) from auth.sessions`:                    "20 20",
		`select count(*) from auth.mfa_amr_claims`:                                                   "20",
		`select count(*) from auth.one_time_tokens`:                                                  "20",
		`select count(*) || ' ' || count(distinct payload ->> 'action') from auth.audit_log_entries`: "60 1",
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	// 60 transactions commit, and every third commit is one that fails.
	if p.Conflicts() != 29 || len(p.Refused()) != 0 {
		t.Errorf("%d conflicts, want 29; refused %q", p.Conflicts(), p.Refused())
	}
}

// visit makes the n-th user, signs them in and refreshes their session.
func visit(t *testing.T, s *store.Store, n int) {
	t.Helper()
	user, session := id(10*n+1), id(10*n+2)
	made, err := s.CreateUser(t.Context(), store.NewUser{
		User: store.User{
			ID: user, Aud: "authenticated", Role: "authenticated", Email: fmt.Sprintf("user%d@example.org", n), CreatedAt: now, UpdatedAt: now,
			Identities: []store.Identity{{
				ID: id(10*n + 3), ProviderID: user, UserID: user, Provider: "email", Data: json.RawMessage(`{}`), CreatedAt: now, UpdatedAt: now,
			}},
		},
		Tokens: []store.Token{{ID: id(10*n + 4), UserID: user, Kind: "confirmation_token", Hash: "h" + user, CreatedAt: store.Clock{Time: now}}},
		Entry:  entry(10*n + 5),
	})
	if err != nil || made.ID != user {
		t.Fatalf("user %d: %+v, %v", n, made, err)
	}
	_, _, ok, err := s.SignIn(t.Context(), store.SignIn{
		Session:  store.Session{ID: session, UserID: user, AAL: "aal1", CreatedAt: now},
		Method:   store.Method{ID: id(10*n + 6), Name: "password", CreatedAt: now},
		Provider: "email", Entry: entry(10*n + 7),
	})
	if err != nil || !ok {
		t.Fatalf("sign-in %d: %v, %v", n, ok, err)
	}
	refreshed, ok, err := s.Refresh(t.Context(), store.Refresh{ID: session, From: 0, At: now.Add(time.Minute), Entry: entry(10*n + 8)})
	if err != nil || !ok || refreshed.Counter != 1 {
		t.Fatalf("refresh %d: %+v, %v, %v", n, refreshed, ok, err)
	}
}

// TestSchemaForDSQL makes the tables of the Auth service as on Aurora DSQL, where nothing of it is refused.
func TestSchemaForDSQL(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(`create schema sys; create table sys.jobs (job_id text, status text)`)
	p := dsqlproxy.New(t, target.URL(), dsqlproxy.Options{ConflictEvery: 5})
	authtest.Apply(t, p.URL())
	if p.Conflicts() == 0 || len(p.Refused()) > 0 {
		t.Errorf("%d conflicts, refused %q", p.Conflicts(), p.Refused())
	}
	if n := target.Value(`select count(*) from pg_indexes where schemaname = 'auth' and indexdef not like '%_pkey%'`); n == "0" {
		t.Error("there are no indexes")
	}
}
