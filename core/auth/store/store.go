package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
)

// Runner runs one statement; pg.DB is the one there is. Its errors are faults or the context's own.
type Runner interface {
	Run(ctx context.Context, s stmt.Statement) (stmt.Result, error)
}

// Store reads and writes the tables of the Auth service.
type Store struct {
	run  Runner
	mute bool
}

// New makes a store over a database that schema.Apply has prepared, as the role that owns the tables.
func New(run Runner) *Store { return &Store{run: run} }

// Mute gives a store that writes no audit log (GOTRUE_AUDIT_LOG_DISABLE_POSTGRES).
func (s *Store) Mute() *Store { return &Store{run: s.run, mute: true} }

// entry is the argument of a statement that writes a line of the audit log; one without an id is not written.
func (s *Store) entry(e Entry) []byte {
	if s.mute {
		e = Entry{}
	}
	return record(e)
}

// entries are those of several lines.
func (s *Store) entries(all []Entry) []Entry {
	if s.mute {
		return []Entry{}
	}
	return append([]Entry{}, all...)
}

// ErrTaken is the error of a row that another one stands in the way of: the address or the phone number of another user, or
// the same identity.
var ErrTaken = errors.New("another row has it already")

// ask runs a statement that gives at most one row with one JSON value, and reads it into answer. It reports whether there was
// a row. reads says that it writes nothing. Every argument is a text, JSON for those that are records.
func (s *Store) ask(ctx context.Context, answer any, reads bool, sql string, args ...[]byte) (bool, error) {
	res, err := s.run.Run(ctx, stmt.Statement{SQL: sql, Args: args, Shape: stmt.Lines, Repeatable: reads})
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == uniqueViolation {
		return false, fmt.Errorf("%w: %w", ErrTaken, err)
	}
	if err != nil || len(res.Body) == 0 {
		return false, err
	}
	if err := json.Unmarshal(res.Body, answer); err != nil {
		return false, fmt.Errorf("reading a row of the Auth service: %w", err)
	}
	return true, nil
}

// uniqueViolation is the SQLSTATE unique_violation.
const uniqueViolation = "23505"

// record is an argument that a statement takes apart with json_populate_record or its like, which gives each value the type of its
// column, on databases with enums and on those without. What these functions are given
// here can be encoded always: texts, numbers, times, and JSON that was valid when it came in.
func record(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic("store: a record cannot be encoded: " + err.Error())
	}
	return encoded
}

// records is an argument of several rows.
func records[T any](rows []T) []byte { return record(append([]T{}, rows...)) }

// text is an argument.
func text(s string) []byte { return []byte(s) }

// moment is an argument that is a time.
func moment(t time.Time) []byte { return text(t.UTC().Format(time.RFC3339Nano)) }
