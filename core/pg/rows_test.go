package pg_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// rows is a statement of shape Rows that gives n numbers to sink.
func rows(n string, sink func([]byte) error) stmt.Statement {
	return stmt.Statement{
		SQL: `select generate_series(1, $1::int)::text`, Args: [][]byte{[]byte(n)}, Shape: stmt.Rows, Sink: sink, ReadOnly: true,
	}
}

func TestRunHandsRowsOn(t *testing.T) {
	inEachWay(t, `select`, func(t *testing.T, _ *pgtest.DB, db *pg.DB, as func(stmt.Statement) stmt.Statement) {
		var got []string
		res, err := db.Run(t.Context(), as(rows("3", func(row []byte) error { got = append(got, string(row)); return nil })))
		if err != nil || res.Rows != 3 || len(got) != 3 || got[2] != "3" {
			t.Errorf("got %q, %d rows, %v", got, res.Rows, err)
		}
	})
}

func TestRunStopsForASinkThatRefuses(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	full := errors.New("full")
	calls := 0
	_, err := db.Run(t.Context(), rows("1000", func([]byte) error { calls++; return full }))
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
	if _, err := db.Run(t.Context(), answering(`'x'`)); err != nil {
		t.Errorf("the connection after that: %v", err)
	}
}

// TestRunNeverRepeatsRows fails after rows were handed on, in a way that would otherwise be tried again.
func TestRunNeverRepeatsRows(t *testing.T) {
	target := pgtest.New(t)
	target.Exec(`
		create function fails_late(i int) returns text language plpgsql as $$
		begin
		  if i = 20000 then raise exception 'collision' using errcode = '40001'; end if;
		  return i::text || repeat('.', 100);
		end $$`)
	db := open(t, settings(target.URL()))
	first := 0
	s := rows("20000", func(row []byte) error {
		if string(row[:2]) == "1." {
			first++
		}
		return nil
	})
	s.SQL = `select fails_late(i) from generate_series(1, $1::int) as i`
	if _, err := db.Run(t.Context(), s); err == nil || first != 1 {
		t.Errorf("got %v; the first row came %d times", err, first)
	}
}

func TestRunRowsEndWithTheirContext(t *testing.T) {
	db := open(t, settings(pgtest.New(t).URL()))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := db.Run(ctx, rows("100000000", func([]byte) error { cancel(); return nil }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
