package pg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// ways are the ways in which a statement travels; each must behave alike.
var ways = []struct {
	name     string
	prepared bool
	isolated bool
}{
	{name: "one implicit transaction", prepared: true},
	{name: "explicit transaction", prepared: true, isolated: true},
	{name: "behind a pooler"},
}

// inEachWay runs test over the ways, with a database of the given schema.
func inEachWay(t *testing.T, schema string, test func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement)) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			target := pgtest.New(t)
			target.Exec(schema)
			cfg := settings(target.URL())
			cfg.Prepared = way.prepared
			test(t, target, open(t, cfg), func(s stmt.Statement) stmt.Statement {
				if way.isolated && s.Isolation == "" {
					s.Isolation = "repeatable read"
				}
				return s
			})
		})
	}
}

func TestRunReadsTheWholeAnswer(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	answers := []struct {
		name, sql string
		want      stmt.Result
	}{
		{
			name: "everything",
			sql:  `select 7::bigint, 2::bigint, '[1,2]'::json, '[{"A":"b"}]'::text, '202'::text, '[["id",1]]'::json, 1::bigint`,
			want: stmt.Result{
				Total: number(7), Rows: 2, Body: []byte("[1,2]"), Headers: []byte(`[{"A":"b"}]`), Status: "202",
				Location: []byte(`[["id",1]]`), Inserted: number(1),
			},
		},
		{name: "nothing", sql: `select null, 0, null::text, null, null, null, null`, want: stmt.Result{}},
		{name: "empty body", sql: answerSQL(`''::text`), want: stmt.Result{Rows: 1, Body: []byte{}}},
		{name: "bytea", sql: answerSQL(`'\x00ff0a'::bytea`), want: stmt.Result{Rows: 1, Body: []byte{0, 0xff, '\n'}}},
		{name: "xml", sql: answerSQL(`'<a>é</a>'::xml`), want: stmt.Result{Rows: 1, Body: []byte("<a>é</a>")}},
		// A media type over jsonb is sent as PostgREST sends it, with the version byte of jsonb's binary form.
		{name: "jsonb", sql: answerSQL(`'{"a":1}'::jsonb`), want: stmt.Result{Rows: 1, Body: []byte("\x01" + `{"a": 1}`)}},
	}
	inEachWay(t, "", func(t *testing.T, _ *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		for _, tt := range answers {
			t.Run(tt.name, func(t *testing.T) {
				got, err := db.Run(t.Context(), as(stmt.Statement{SQL: tt.sql}))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
			})
		}
	})
}

func TestRunRefusesRowsThatBreakTheShape(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	for _, tt := range []struct{ name, sql string }{
		{"two rows", answerSQL("'a'::text") + " union all " + answerSQL("'b'::text")},
		{"no row", answerSQL("'a'::text") + " where false"},
		{"a count that is no number", `select 'many'::text, 1, ''::text, null, null, null, null`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := db.Run(t.Context(), stmt.Statement{SQL: tt.sql})
			if got := fault.From(err); err == nil || got.Kind != fault.Internal || got.Code != fault.CodeInternal {
				t.Errorf("got %v, want an internal error", err)
			}
		})
	}
}

func TestRunJoinsLines(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	got := body(t, db, stmt.Statement{SQL: `select x::text from generate_series(1, 3) as x`, Shape: stmt.Lines})
	if got != "1\n2\n3" {
		t.Errorf("got %q", got)
	}
}

func TestRunBodyOutlivesTheConnection(t *testing.T) {
	cfg := settings(pgtest.New(t).URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	first, err := db.Run(t.Context(), answering(`repeat('a', 100000)`))
	if err != nil {
		t.Fatal(err)
	}
	body(t, db, answering(`repeat('b', 100000)`))
	if got := strings.Trim(string(first.Body), "a"); got != "" || len(first.Body) != 100000 {
		t.Errorf("the body of the first answer changed: %d bytes, %.20q", len(first.Body), got)
	}
}

func TestRunSettings(t *testing.T) {
	const schema = `create role %[1]s; create table t (a int); grant select on t to %[1]s;
		create function note() returns void language sql as $$ select set_config('app.noted', current_user, true) $$`
	role := "reader_" + strings.ReplaceAll(t.Name(), "/", "_")
	role = strings.ToLower(role)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			target := pgtest.New(t)
			target.Exec("drop role if exists " + role)
			target.Exec(fmt.Sprintf(schema, role))
			t.Cleanup(func() { target.Exec("drop owned by " + role + "; drop role " + role) })
			cfg := settings(target.URL())
			cfg.Prepared, cfg.PoolSize = way.prepared, 1
			db := open(t, cfg)
			s := answering(`concat_ws('|', current_user, current_setting('request.path'), current_setting('app.noted'))`)
			s.Settings = []stmt.Setting{{Name: "role", Value: role}, {Name: "request.path", Value: "/it's"}}
			s.PreRequest = "select note()"
			if way.isolated {
				s.Isolation = "serializable"
			}
			if got, want := body(t, db, s), role+"|/it's|"+role; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			after := answering(`concat_ws('|', current_user = session_user, current_setting('request.path', true))`)
			if got := body(t, db, after); got != "t|" {
				t.Errorf("the settings outlived their transaction: %q", got)
			}
		})
	}
}

func TestRunReadOnly(t *testing.T) {
	inEachWay(t, `create table log (entry text)`, func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		s := as(writing("a"))
		s.ReadOnly = true
		_, err := db.Run(t.Context(), s)
		if got := fault.From(err); got.Code != "25006" || got.Status() != 405 {
			t.Errorf("got %v with status %d", err, got.Status())
		}
		if n := target.Value(`select count(*) from log`); n != "0" {
			t.Errorf("%s rows were written", n)
		}
		if got := body(t, db, as(answering(`current_setting('transaction_read_only')`))); got != "off" {
			t.Errorf("the next transaction is read-only: %s", got)
		}
	})
}

func TestRunIsolation(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	for _, level := range []string{"serializable", "repeatable read", "read committed", "read uncommitted"} {
		s := answering(`concat_ws(',', current_setting('transaction_isolation'), current_setting('transaction_read_only'))`)
		s.Isolation, s.ReadOnly = level, true
		if got := body(t, db, s); got != level+",on" {
			t.Errorf("%s: got %q", level, got)
		}
	}
	s := answering(`'x'::text`)
	s.Isolation = "serializable; drop table t"
	if _, err := db.Run(t.Context(), s); err == nil {
		t.Error("an isolation level that is none was accepted")
	}
}

func TestRunEnds(t *testing.T) {
	inEachWay(t, `create table log (entry text)`, func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		undone := as(writing("undone"))
		undone.End = stmt.Rollback
		if got := body(t, db, undone); got != "undone" {
			t.Errorf("got %q", got)
		}
		body(t, db, as(writing("kept")))
		if got := target.Value(`select string_agg(entry, ',') from log`); got != "kept" {
			t.Errorf("the table holds %q", got)
		}
	})
}

func TestRunDeferredConstraint(t *testing.T) {
	const schema = `create table log (entry text unique deferrable initially deferred); insert into log values ('a')`
	for _, end := range []stmt.End{stmt.Commit, stmt.Rollback} {
		t.Run([]string{"commit", "rollback"}[end], func(t *testing.T) {
			inEachWay(t, schema, func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
				s := as(writing("a"))
				s.End = end
				_, err := db.Run(t.Context(), s)
				got := fault.From(err)
				if got.Code != "23505" || got.Status() != 409 || got.Details != "Key (entry)=(a) already exists." {
					t.Errorf("got %v (%v)", err, got.Details)
				}
				body(t, db, as(writing("b")))
				if n := target.Value(`select count(*) from log`); n != "2" {
					t.Errorf("the table holds %s rows", n)
				}
			})
		})
	}
}

func TestRunAborted(t *testing.T) {
	const token = "5f0c"
	inEachWay(t, `create table log (entry text)`, func(t *testing.T, target *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		s := as(stmt.Statement{
			Abort: token,
			SQL: `with w as (insert into log (entry) select 'x' from generate_series(1, 3) returning 1)
				select null, cast($1 || ':singular:' || (select count(*) from w) as bigint), ''::text, null, null, null, null`,
			Args: [][]byte{[]byte(token)},
		})
		_, err := db.Run(t.Context(), s)
		aborted, ok := errors.AsType[*stmt.Aborted](err)
		if !ok || aborted.Reason != "singular" || aborted.Rows != 3 {
			t.Fatalf("got %v, want an abort", err)
		}
		if n := target.Value(`select count(*) from log`); n != "0" {
			t.Errorf("%s rows stayed", n)
		}
		s.Abort = "another"
		_, err = db.Run(t.Context(), s)
		if got := fault.From(err); got.Code != "22P02" {
			t.Errorf("a failing cast without our token gave %v", err)
		}
	})
}

func TestRunAfterAnErrorTheConnectionIsGood(t *testing.T) {
	inEachWay(t, `create table log (entry text)`, func(t *testing.T, _ *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		pid := body(t, db, as(answering(`pg_backend_pid()::text`)))
		for _, sql := range []string{`select 1/0`, `select nonsense from nowhere`, `select`, `not sql`} {
			if _, err := db.Run(t.Context(), as(stmt.Statement{SQL: sql})); err == nil {
				t.Errorf("%s succeeded", sql)
			}
		}
		if got := body(t, db, as(answering(`pg_backend_pid()::text`))); got != pid {
			t.Errorf("the connection was replaced: %s, before %s", got, pid)
		}
	})
}

func TestRunCancelledKeepsTheConnection(t *testing.T) {
	cfg := settings(pgtest.New(t).URL())
	cfg.PoolSize = 1
	db := open(t, cfg)
	pid := body(t, db, answering(`pg_backend_pid()::text`))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := db.Run(ctx, answering(`pg_sleep(20)::text`))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the error of the context", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if got := body(t, db, answering(`pg_backend_pid()::text`)); got != pid {
		t.Errorf("the connection was replaced: %s, before %s", got, pid)
	}
}

func TestRunWaitsForAConnection(t *testing.T) {
	target := pgtest.New(t)
	cfg := settings(target.URL())
	cfg.PoolSize, cfg.PoolWait = 1, 100*time.Millisecond
	db := open(t, cfg)
	body(t, db, answering(`''::text`))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = db.Run(ctx, answering(`pg_sleep(20)::text`)) // ended below
	}()
	defer func() { cancel(); <-done }()
	waitFor(t, target, `select count(*) = 1 from pg_stat_activity
		where datname = current_database() and application_name = 'pergola' and state = 'active'`)
	start := time.Now()
	_, err := db.Run(t.Context(), answering(`''::text`))
	if got := fault.From(err); got.Code != fault.CodePoolTimeout || got.Status() != 504 {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took < 50*time.Millisecond || took > 2*time.Second {
		t.Errorf("waited %s", took)
	}
}

func TestCloseWaitsNoLongerThanItsContext(t *testing.T) {
	target := pgtest.New(t)
	db := open(t, settings(target.URL()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = db.Run(t.Context(), answering(`pg_sleep(1)::text`))
	}()
	waitFor(t, target, `select count(*) = 1 from pg_stat_activity
		where datname = current_database() and application_name = 'pergola' and state = 'active'`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	db.Close(ctx)
	if took := time.Since(start); took > 800*time.Millisecond {
		t.Errorf("took %s", took)
	}
	<-done
	if _, err := db.Run(t.Context(), answering(`'x'::text`)); fault.From(err).Code != fault.CodeNotConnected {
		t.Errorf("a closed pool gave %v", err)
	}
}

func TestOpenRefusesAURLWithoutRepeatingThePassword(t *testing.T) {
	_, err := pg.Open(t.Context(), config.Database{URL: "postgresql://u:geheim@host:notaport/db"}, nil)
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("got %v", err)
	}
}

// TestRunReadsWhileItWrites has the server say more than the sockets hold before it reads the body, which is more than they
// hold, too.
func TestRunReadsWhileItWrites(t *testing.T) {
	const setup = `
		create function shout() returns void language plpgsql as $$
		begin
			for n in 1..40000 loop raise notice '%', repeat('x', 200); end loop;
		end $$`
	inEachWay(t, setup, func(t *testing.T, _ *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		s := answering(`length($1::text)::text`)
		s.PreRequest, s.Args = "select shout()", [][]byte{bytes.Repeat([]byte("y"), 30<<20)}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		res, err := db.Run(ctx, as(s))
		if err != nil || string(res.Body) != "31457280" {
			t.Errorf("got %s, %v", res.Body, err)
		}
	})
}
