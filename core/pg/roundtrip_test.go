package pg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// request is a statement with everything that a request of the API brings along.
func request(s stmt.Statement) stmt.Statement {
	s.Settings = []stmt.Setting{{Name: "search_path", Value: "public"}, {Name: "request.path", Value: "/log"}}
	s.PreRequest = "select set_config('app.seen', 'yes', true)"
	return s
}

func TestRunIsOneRoundTrip(t *testing.T) {
	isolated := request(writing("a"))
	isolated.Isolation = "serializable"
	undone := request(writing("a"))
	undone.End = stmt.Rollback
	reading := request(answering(`current_setting('app.seen')`))
	reading.ReadOnly = true
	for _, tt := range []struct {
		name     string
		prepared bool
		s        stmt.Statement
		parses   int // when warm
	}{
		{"a read", true, reading, 0},
		{"a write", true, request(writing("a")), 0},
		{"a write with an isolation level", true, isolated, 2}, // begin and commit
		{"a write that is undone", true, undone, 3},            // begin, set constraints and rollback
		{"a read behind a pooler", false, reading, 5},
		{"a write behind a pooler", false, request(writing("a")), 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := pgtest.New(t)
			target.Exec(`create table log (entry text)`)
			p, url := newProxy(t, target.URL())
			cfg := settings(url)
			cfg.Prepared, cfg.PoolSize = tt.prepared, 1
			db := open(t, cfg)
			if err := db.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.traffic()
			body(t, db, tt.s)
			if got := p.traffic(); got.syncs != 1 || got.turns != 1 {
				t.Errorf("the first run took %d syncs and %d round trips", got.syncs, got.turns)
			}
			for range 3 {
				body(t, db, tt.s)
				if got, want := p.traffic(), (traffic{1, 1, tt.parses}); got != want {
					t.Errorf("a later run took %+v, want %+v", got, want)
				}
			}
		})
	}
}

func TestRunAfterAnErrorInAnExplicitTransactionIsTwo(t *testing.T) {
	for _, tt := range []struct {
		name     string
		prepared bool
		want     int
	}{
		{"one implicit transaction", true, 1},
		{"behind a pooler", false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, url := newProxy(t, pgtest.New(t).URL())
			cfg := settings(url)
			cfg.Prepared = tt.prepared
			db := open(t, cfg)
			if err := db.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.traffic()
			if _, err := db.Run(t.Context(), answering(`(1/0)::text`)); err == nil {
				t.Fatal("a division by zero succeeded")
			}
			if got := p.traffic(); got.turns != tt.want {
				t.Errorf("took %d round trips, want %d", got.turns, tt.want)
			}
		})
	}
}

func TestRunKeepsABoundedNumberOfStatements(t *testing.T) {
	target := pgtest.New(t)
	cfg := settings(target.URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	for i := range 300 {
		body(t, db, answering(fmt.Sprintf(`'%d'::text`, i)))
	}
	count := answering(`(select count(*) from pg_prepared_statements)::text`)
	body(t, db, count)
	if got := body(t, db, count); got != "256" {
		t.Errorf("the server keeps %s statements, want 256", got)
	}
	recent := body(t, db, answering(`(select string_agg(statement, ';') from pg_prepared_statements)`))
	if !strings.Contains(recent, "'299'") || strings.Contains(recent, "'0'") {
		t.Error("not the statements used last were kept")
	}
}

func TestRunRolesDoNotShareStatements(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(`drop role if exists shut_out; create role shut_out; create schema hidden;
		create table hidden.t (a text); insert into hidden.t values ('secret'); grant select on hidden.t to shut_out`)
	t.Cleanup(func() { target.Exec(`drop owned by shut_out; drop role shut_out`) })
	cfg := settings(target.URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	s := answering(`(select a from hidden.t)`)
	if got := body(t, db, s); got != "secret" {
		t.Fatalf("got %q", got)
	}
	s.Settings = []stmt.Setting{{Name: "role", Value: "shut_out"}}
	if res, err := db.Run(t.Context(), s); err == nil {
		t.Errorf("a role without usage of the schema read %q", res.Body)
	}
}

func TestRunForgetsStatementsThatWereNotPrepared(t *testing.T) {
	target := pgtest.New(t)
	cfg := settings(target.URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	later := answering(`(select a from late)`)
	if _, err := db.Run(t.Context(), later); err == nil {
		t.Fatal("a table that is not there was read")
	}
	target.Exec(`create table late (a text); insert into late values ('now')`)
	if got := body(t, db, later); got != "now" {
		t.Errorf("got %q", got)
	}
}

func TestRunSurvivesSchemaChanges(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(`create table t (a text); insert into t values ('x')`)
	p, url := newProxy(t, target.URL())
	cfg := settings(url)
	cfg.PoolSize = 1
	db := open(t, cfg)
	s := answering(`(select to_json(t) from t)`)
	s2 := stmt.Statement{SQL: `select t.* from t`, Shape: stmt.Lines}
	if got := body(t, db, s2); got != "x" {
		t.Fatalf("got %q", got)
	}
	body(t, db, s)
	target.Exec(`alter table t add b int default 7, alter a type int using 5`)
	if got := body(t, db, s); got != `{"a":5,"b":7}` {
		t.Errorf("got %q", got)
	}
	p.traffic()
	if got := body(t, db, s2); got != "5" { // cached plan must not change result type
		t.Errorf("got %q", got)
	}
	if got := p.traffic(); got.turns != 2 {
		t.Errorf("a stale statement took %+v, want 2 round trips", got)
	}
}

func TestRunSurvivesDeallocatedStatements(t *testing.T) {
	cfg := settings(pgtest.New(t).URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	s := answering(`'x'::text`)
	body(t, db, s)
	if err := db.ExecScript(t.Context(), `deallocate all`); err != nil {
		t.Fatal(err)
	}
	if got := body(t, db, s); got != "x" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkRun(b *testing.B) {
	target := pgtest.New(b)
	target.Exec(`create table t (id int primary key, a text); insert into t select i, 'x' from generate_series(1, 1000) as i`)
	for _, prepared := range []bool{true, false} {
		b.Run(fmt.Sprintf("prepared=%t", prepared), func(b *testing.B) {
			cfg := settings(target.URL())
			cfg.Prepared = prepared
			db := open(b, cfg)
			benchmark(b, db)
		})
	}
}

func benchmark(b *testing.B, db *pg.DB) {
	s := request(answering(`(select json_agg(t) from t where id = $1)`))
	s.Args, s.ReadOnly = [][]byte{[]byte("7")}, true
	b.ReportAllocs()
	for b.Loop() {
		if _, err := db.Run(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}
