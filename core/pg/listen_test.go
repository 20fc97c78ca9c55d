package pg_test

import (
	"context"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// listening starts Listen and gives what it hears, and a function that ends it.
func listening(t *testing.T, db *pg.DB, channel string) (heard chan string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	heard, done := make(chan string, 10), make(chan struct{})
	go func() {
		defer close(done)
		pg.Listen(ctx, db, channel, func(payload string) { heard <- payload })
	}()
	return heard, func() {
		cancel()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			t.Error("Listen did not return when its context ended")
		}
	}
}

func next(t *testing.T, heard chan string, want string) {
	t.Helper()
	select {
	case got := <-heard:
		if got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("heard nothing, want %q", want)
	}
}

// someoneListens waits until a session has the channel in its last statement.
func someoneListens(t *testing.T, target *pgtest.DB) {
	t.Helper()
	waitFor(t, target, `select count(*) > 0 from pg_stat_activity
		where datname = current_database() and state = 'idle' and query like 'listen %'`)
}

func TestListen(t *testing.T) {
	target := pgtest.New(t)
	p, url := newProxy(t, target.URL())
	heard, stop := listening(t, open(t, settings(url)), `My "Channel"`)
	defer stop()
	someoneListens(t, target)
	next(t, heard, "") // something may have been missed before
	target.Exec(`notify "My ""Channel""", 'one'; notify other, 'not this'`)
	target.Exec(`notify "My ""Channel""", 'two'`)
	next(t, heard, "one")
	next(t, heard, "two")
	p.cut()
	next(t, heard, "") // or in between
	target.Exec(`notify "My ""Channel""", 'three'`)
	next(t, heard, "three")
	select {
	case extra := <-heard:
		t.Errorf("heard %q too", extra)
	default:
	}
}

func TestListenOutlivesTheServer(t *testing.T) {
	target := pgtest.NewServer(t)
	heard, stop := listening(t, open(t, settings(target.URL())), "pergola")
	defer stop()
	someoneListens(t, target)
	next(t, heard, "") // something may have been missed before
	target.Stop()
	time.Sleep(300 * time.Millisecond)
	target.Start()
	next(t, heard, "")
	target.Exec(`notify pergola, 'back'`)
	next(t, heard, "back")
}

func TestConn(t *testing.T) {
	target := pgtest.New(t)
	c, err := pg.Connect(t.Context(), target.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exec(t.Context(), `create table t (a int, b text); insert into t values (1, 'x'), (2, null);`); err != nil {
		t.Fatal(err)
	}
	rows, err := c.Rows(t.Context(), `select a, b from t where a < $1::int order by a`, "9")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0][0] != "1" || rows[0][1] != "x" || rows[1][1] != "" {
		t.Errorf("got %v", rows)
	}
	if err := c.Exec(t.Context(), `insert into t values (3); select 1/0`); fault.From(err).Code != "22012" {
		t.Errorf("got %v", err)
	}
	if _, err := c.Rows(t.Context(), `select nonsense`); fault.From(err).Code != "42703" {
		t.Errorf("got %v", err)
	}
	if n := target.Value(`select count(*) from t`); n != "2" {
		t.Errorf("a script that failed left %s rows", n)
	}
	if name := target.Value(`select count(*) from pg_stat_activity where datname = current_database() and application_name = 'pergola'`); name != "1" {
		t.Errorf("%s connections have our name", name)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := pg.Connect(t.Context(), "postgresql://nobody@127.0.0.1:1/none"); fault.From(err).Code != fault.CodeNotConnected {
		t.Errorf("got %v", err)
	}
}

func TestExecScript(t *testing.T) {
	target := pgtest.New(t)
	db := open(t, settings(target.URL()))
	if err := db.ExecScript(t.Context(), `create table t (a int); insert into t values (1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.ExecScript(t.Context(), `begin; insert into t values (2); select nonsense`); fault.From(err).Code != "42703" {
		t.Errorf("got %v", err)
	}
	if got := body(t, db, answering(`(select count(*) from t)::text`)); got != "1" {
		t.Errorf("the table holds %s rows", got)
	}
}
