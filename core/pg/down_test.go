package pg_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// flaky fails with a serialisation failure until it was called more often than it is told. A sequence counts, because
// it remembers across transactions that are undone.
const flaky = `
create table log (entry text);
create sequence calls;
create function flaky(failures int, state text) returns text language plpgsql as $$
begin
  insert into log values ('call');
  if nextval('calls') <= failures then
    raise exception using errcode = state, message = 'try again';
  end if;
  return 'done';
end $$`

func TestRunRetriesSerializationFailures(t *testing.T) {
	for _, tt := range []struct {
		name, failures, state, isolation string
		want                             string
		calls                            string
	}{
		{"three serialization failures", "3", "40001", "", "done", "4"},
		{"a deadlock", "1", "40P01", "", "done", "2"},
		{"too many", "9", "40001", "", "40001", "4"},
		{"another rollback", "9", "40002", "", "40002", "1"},
		{"an isolation level was asked for", "9", "40001", "serializable", "40001", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := pgtest.New(t)
			target.Exec(flaky)
			s := answering(`flaky($1::int, $2)`)
			s.Args = [][]byte{[]byte(tt.failures), []byte(tt.state)}
			s.Isolation = tt.isolation
			res, err := open(t, settings(target.URL())).Run(t.Context(), s)
			got := string(res.Body)
			if err != nil {
				got = fault.From(err).Code
			}
			if got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
			if calls := target.Value(`select last_value from calls`); calls != tt.calls {
				t.Errorf("called %s times, want %s", calls, tt.calls)
			}
			kept := map[bool]string{true: "1", false: "0"}[tt.want == "done"]
			if n := target.Value(`select count(*) from log`); n != kept {
				t.Errorf("%s rows were kept, want %s", n, kept)
			}
		})
	}
}

// reading and writing to the same table tell what was repeated.
func readOnly(s stmt.Statement) stmt.Statement { s.ReadOnly = true; return s }

func repeatable(s stmt.Statement) stmt.Statement { s.Repeatable = true; return s }

func TestRunOnAConnectionThatDiedWhileIdle(t *testing.T) {
	kills := map[string]func(*pgtest.DB, *proxy){
		"cut": func(_ *pgtest.DB, p *proxy) { p.cut() },
		"terminated": func(target *pgtest.DB, _ *proxy) {
			target.Exec(`select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and application_name = 'pergola'`)
		},
	}
	for name, kill := range kills {
		t.Run(name, func(t *testing.T) {
			target := pgtest.New(t)
			target.Exec(`create table log (entry text)`)
			p, url := newProxy(t, target.URL())
			db := open(t, settings(url))
			for range 3 {
				body(t, db, answering(`'x'::text`))
				kill(target, p)
				time.Sleep(20 * time.Millisecond)
				if got := body(t, db, readOnly(answering(`'again'::text`))); got != "again" {
					t.Errorf("got %q", got)
				}
				kill(target, p)
				time.Sleep(20 * time.Millisecond)
				if got := body(t, db, repeatable(answering(`'once more'::text`))); got != "once more" {
					t.Errorf("got %q", got)
				}
			}
			kill(target, p)
			time.Sleep(20 * time.Millisecond)
			want := "a,b"
			if _, err := db.Run(t.Context(), writing("a")); err != nil { // unless it lay idle for so long that it was checked
				want = "b"
				if got := fault.From(err); got.Status() != 503 || !hasHeader(got, "Retry-After") {
					t.Errorf("a write on a dead connection gave %v", err)
				}
			}
			body(t, db, writing("b"))
			if got := target.Value(`select string_agg(entry, ',') from log`); got != want {
				t.Errorf("the table holds %q, want %q", got, want)
			}
		})
	}
}

func TestRunDoesNotRepeatAWriteThatWasSent(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(`create table log (entry text)`)
	p, url := newProxy(t, target.URL())
	db := open(t, settings(url))
	body(t, db, writing("a"))
	p.traffic()
	p.set(func(p *proxy) { p.cutNext = 'S' })
	_, err := db.Run(t.Context(), writing("b"))
	if got := fault.From(err); got.Code != fault.CodeNotConnected {
		t.Errorf("got %v", err)
	}
	if got := p.traffic(); got.syncs != 1 {
		t.Errorf("the write was sent %d times", got.syncs)
	}
}

func TestRunOnAConnectionWhosePeerVanished(t *testing.T) {
	p, url := newProxy(t, pgtest.New(t).URL())
	cfg := settings(url)
	cfg.PoolSize = 1 // whose place is free while the dead connection is still being closed
	db := open(t, cfg)
	body(t, db, answering(`'x'::text`))
	p.mute()
	time.Sleep(1100 * time.Millisecond) // long enough to be in doubt
	start := time.Now()
	if got := body(t, db, answering(`'y'::text`)); got != "y" {
		t.Errorf("got %q", got)
	}
	if took := time.Since(start); took > 4*time.Second { // half a second, where the machine is idle
		t.Errorf("took %s", took)
	}
}

func TestDatabaseDownAndBack(t *testing.T) {
	target := pgtest.NewServer(t)
	target.Exec(`create table log (entry text)`)
	db := open(t, settings(target.URL()))
	fill(t, db)
	target.Stop()
	for range 3 {
		start := time.Now()
		_, err := db.Run(t.Context(), writing("a"))
		got := fault.From(err)
		if got.Status() != 503 || !hasHeader(got, "Retry-After") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %s", took)
		}
	}
	if got := fault.From(db.Ping(t.Context())); got.Code != fault.CodeNotConnected {
		t.Errorf("Ping gave %v", got)
	}
	target.Start()
	for range 6 {
		body(t, db, writing("b"))
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// fill opens every connection of the pool.
func fill(t *testing.T, db *pg.DB) {
	t.Helper()
	errs := make(chan error)
	for range 4 {
		go func() {
			_, err := db.Run(t.Context(), answering(`pg_sleep(0.2)::text`))
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenNeedsNoDatabase(t *testing.T) {
	db := open(t, config.Database{URL: "postgresql://nobody@127.0.0.1:1/none?sslmode=disable"})
	_, err := db.Run(t.Context(), answering(`'x'::text`))
	if got := fault.From(err); got.Code != fault.CodeNotConnected || got.Status() != 503 {
		t.Errorf("got %v", err)
	}
	if _, err := pg.Introspect(t.Context(), db, pg.Scope{Schemas: []string{"public"}}); fault.From(err).Status() != 503 {
		t.Errorf("Introspect gave %v", err)
	}
	if _, err := pg.Probe(t.Context(), db); fault.From(err).Status() != 503 {
		t.Errorf("Probe gave %v", err)
	}
	if _, err := pg.CatalogHash(t.Context(), db); fault.From(err).Status() != 503 {
		t.Errorf("CatalogHash gave %v", err)
	}
}

func TestDatabaseThatDoesNotAnswerIsNoPoolTimeout(t *testing.T) {
	p, url := newProxy(t, pgtest.New(t).URL())
	p.set(func(p *proxy) { p.dumb = true })
	cfg := settings(url)
	cfg.PoolWait = 200 * time.Millisecond
	db := open(t, cfg)
	_, err := db.Run(t.Context(), answering(`'x'::text`))
	if got := fault.From(err); got.Code != fault.CodeNotConnected {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := db.Run(ctx, answering(`'x'::text`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the error of the context", err)
	}
}
