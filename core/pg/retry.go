package pg

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/stmt"
)

// maxAttempts is how often a statement that lost a serialisation race is run in all.
const maxAttempts = 4

// failure is an attempt that did not succeed, with what decides whether another one may be made.
type failure struct {
	err         error
	stage       stage
	warm        bool // the failing step ran a statement that was prepared earlier
	unsent      bool // the server has heard nothing of it
	reused      bool // the connection served somebody before, so it may have died since
	passed      bool // rows have been handed on, and cannot be taken back
	stale       bool // set by repeatable: the prepared statements have to be made anew
	unknownRole bool // the role of the settings does not exist
}

// Error and Unwrap let a failure pass as an error inside the package; Run lets none out.
func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// repeatable reports whether the statement may run again. The server says with an error that nothing of it took place;
// a lost connection says nothing, so a write is repeated only when it was never sent.
func (f *failure) repeatable(s stmt.Statement, attempt int) bool {
	pgErr, fromServer := errors.AsType[*pgconn.PgError](f.err)
	switch {
	case f.passed:
		return false
	case fromServer && serializationFailure(pgErr.Code):
		return s.Isolation == "" && attempt < maxAttempts
	case attempt > 1:
		return false
	case fromServer && f.warm && staleStatement(pgErr.Code):
		f.stale = true
		return true
	default:
		return f.lost() && (f.unsent || (s.ReadOnly || s.Repeatable) && f.reused)
	}
}

// fromServer reports whether the server itself says what failed.
func (f *failure) fromServer() bool {
	_, ok := errors.AsType[*pgconn.PgError](f.err)
	return ok
}

// lost reports whether the connection is gone, as opposed to a statement that failed.
func (f *failure) lost() bool {
	pgErr, fromServer := errors.AsType[*pgconn.PgError](f.err)
	return !fromServer || lostConnection(pgErr.Code)
}

// serializationFailure: SQLSTATEs of two transactions that got in each other's way, deadlocks among them. The whole transaction is undone.
func serializationFailure(code string) bool { return code == "40001" || code == "40P01" }

// staleStatement: feature_not_supported, which a prepared statement gives when the types of its result have changed, and
// invalid_sql_statement_name, when the server does not have it.
func staleStatement(code string) bool { return code == "0A000" || code == "26000" }

// lostConnection: admin_shutdown, crash_shutdown, and the class of connection exceptions.
func lostConnection(code string) bool {
	return code == "57P01" || code == "57P02" || strings.HasPrefix(code, "08")
}

// roleRefused reports whether the settings failed with invalid_parameter_value, which is what a role that does not exist
// gives, but an unknown time zone too.
func (f *failure) roleRefused(s stmt.Statement) bool {
	pgErr, fromServer := errors.AsType[*pgconn.PgError](f.err)
	return fromServer && f.stage == stageSettings && pgErr.Code == "22023" && roleOf(s) != ""
}

// pause waits before another attempt: a moment where two transactions collided, not at all where a connection was dead.
// It gives false when ctx ended meanwhile.
func (db *DB) pause(ctx context.Context, f *failure, attempt int) bool {
	if !f.fromServer() || f.stale {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(db.jitter(attempt)):
		return true
	case <-ctx.Done():
		return false
	}
}

// retryPause is the wait before a further attempt, the first being 1: 5 to 10 ms, doubled each time.
func retryPause(attempt int) time.Duration {
	base := 5 * time.Millisecond << (attempt - 1)
	return base + rand.N(base)
}
