package pg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
)

// kindsBySQLState says what an error of the database means to the caller. Keys are whole SQLSTATEs or their classes, the
// first two characters; the whole one wins. The table is that of PostgREST's documentation ("HTTP status codes" in its
// errors page); what it does not name is the caller's mistake.
var kindsBySQLState = map[string]fault.Kind{
	"08":    fault.Unavailable,      // connection exception
	"09":    fault.Internal,         // triggered action exception
	"0L":    fault.Forbidden,        // invalid grantor
	"0P":    fault.Forbidden,        // invalid role specification
	"21000": fault.Internal,         // cardinality violation: more than one row returned by a subquery
	"23503": fault.Conflict,         // foreign key violation
	"23505": fault.Conflict,         // unique violation
	"25":    fault.Internal,         // invalid transaction state
	"25006": fault.MethodNotAllowed, // read-only transaction: a GET that writes
	"28":    fault.Forbidden,        // invalid authorization specification
	"2D":    fault.Internal,         // invalid transaction termination
	"38":    fault.Internal,         // external routine exception
	"39":    fault.Internal,         // external routine invocation exception
	"3B":    fault.Internal,         // savepoint exception
	"40":    fault.Internal,         // transaction rollback, after all retries
	"42501": fault.Forbidden,        // insufficient privilege; Unauthenticated where the caller is anonymous
	"42883": fault.NotFound,         // undefined function
	"42P01": fault.NotFound,         // undefined table
	"42P17": fault.Internal,         // infinite recursion
	"53":    fault.Unavailable,      // insufficient resources
	"53400": fault.Internal,         // configuration limit exceeded
	"54":    fault.Internal,         // program limit exceeded
	"55":    fault.Internal,         // object not in prerequisite state
	"57":    fault.Internal,         // operator intervention, statement timeouts among them
	"57P01": fault.Unavailable,      // terminating connection due to administrator command
	"58":    fault.Internal,         // system error
	"F0":    fault.Internal,         // configuration file error
	"HV":    fault.Internal,         // foreign data wrapper error
	"P0":    fault.Internal,         // PL/pgSQL error
	"P0001": fault.Invalid,          // raise exception
	"XX":    fault.Internal,         // internal error
}

// safeUpdateRoutine is the function of the extension safeupdate that refuses an UPDATE or DELETE without WHERE. It uses
// the SQLSTATE of another failure, and the server names the routine of every error in a field of its own.
const safeUpdateRoutine = "delete_needs_where_check"

// fromSQLState gives the fault for an error of the database, with its message, detail and hint.
func fromSQLState(e *pgconn.PgError) *fault.Error {
	if e.Code == raiseState {
		return raised(e)
	}
	f := fault.New(kindOf(e), e.Code, e.Message).WithCause(e)
	if e.Detail != "" {
		f.Details = e.Detail
	}
	f.Hint = e.Hint
	if status, ok := strings.CutPrefix(e.Code, "PT"); ok {
		f.HTTPStatus = chosenStatus(status)
	}
	if f.Kind == fault.Unavailable {
		f = f.WithHeader("Retry-After", "1")
	}
	return f
}

func kindOf(e *pgconn.PgError) fault.Kind {
	if e.Routine == safeUpdateRoutine {
		return fault.Invalid
	}
	if kind, ok := kindsBySQLState[e.Code]; ok {
		return kind
	}
	if len(e.Code) > 2 {
		if kind, ok := kindsBySQLState[e.Code[:2]]; ok {
			return kind
		}
	}
	return fault.Invalid
}

// chosenStatus reads the status of RAISE SQLSTATE 'PTxyz'; 500 where xyz is no status that net/http can send.
func chosenStatus(digits string) int {
	status, err := strconv.Atoi(digits)
	if err != nil || !sendable(status) {
		return http.StatusInternalServerError
	}
	return status
}

// sendable reports whether net/http can send the status as that of a whole response.
func sendable(status int) bool { return status >= 200 && status <= 999 }

// unknownRole is a token whose role the database does not have.
func unknownRole(e *pgconn.PgError) *fault.Error {
	return fault.New(fault.Unauthenticated, e.Code, e.Message).WithCause(e).WithHeader("WWW-Authenticate", "Bearer")
}

// invalidText is the SQLSTATE of a value that a cast cannot read.
const invalidText = "22P02"

// abortedBy recognises a statement that undid itself; nil for any other error. It is the one place that looks into a
// message: the token is a random value of this process, so nobody else can have put it there.
func abortedBy(e *pgconn.PgError, token string) *stmt.Aborted {
	if token == "" || e.Code != invalidText {
		return nil
	}
	_, rest, found := strings.Cut(e.Message, token+":")
	if !found {
		return nil
	}
	reason, rest, found := strings.Cut(rest, ":")
	if !found {
		return nil
	}
	end := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(rest)
	}
	rows, err := strconv.ParseInt(rest[:end], 10, 64)
	if err != nil {
		return nil
	}
	return &stmt.Aborted{Reason: reason, Rows: rows}
}

// faultOf is the error of work that is not a Statement: ctx's own, the database's, or that of a lost connection. doing
// says what failed, for the log.
func faultOf(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("%s: %w", doing, fromSQLState(e))
	}
	return fmt.Errorf("%s: %w", doing, fault.NotConnected(err))
}
