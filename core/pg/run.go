package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
)

// Run executes one statement with everything around it and gives its result when the server is ready for the next
// query: by then it is committed, or undone if that is what the statement asks for. Everything travels in one network
// write and costs one round trip; only an error inside an explicit transaction costs a second one.
//
// The error is a fault.Error, a *stmt.Aborted when the statement undid itself, or ctx's own. After any error nothing of
// the statement took place, except that a connection lost after a write was sent leaves that open; such a write is never
// repeated. Serialisation failures and connections that died while idle are tried again.
func (db *DB) Run(ctx context.Context, s stmt.Statement) (stmt.Result, error) {
	var cold bool
	for attempt := 1; ; attempt++ {
		res, err := db.attempt(ctx, s, cold)
		if err == nil {
			return res, nil
		}
		f, isFailure := errors.AsType[*failure](err)
		if !isFailure {
			return stmt.Result{}, err
		}
		if f.lost() {
			db.lost.Store(time.Now().UnixNano())
		}
		if !f.repeatable(s, attempt) || !db.pause(ctx, f, attempt) {
			return stmt.Result{}, f.fault(ctx, s)
		}
		cold = cold || f.stale
	}
}

// attempt runs the statement once. cold prepares its parts anew.
func (db *DB) attempt(ctx context.Context, s stmt.Statement, cold bool) (stmt.Result, error) {
	var room [4]step // more are rare
	steps, err := db.steps(room[:0], s)
	if err != nil {
		return stmt.Result{}, err
	}
	c, err := db.acquire(ctx)
	if err != nil {
		return stmt.Result{}, err
	}
	defer db.release(c)
	conn := c.Conn().PgConn()
	r := newRound(conn, db.prepared.Load(), s)
	r.reused = r.session.uses > 0
	r.session.uses++
	if cold {
		r.forget(steps)
	}
	if f := r.exchange(ctx, steps); f != nil {
		f.unknownRole = f.roleRefused(s) && roleMissing(ctx, conn, roleOf(s))
		return stmt.Result{}, f
	}
	return r.result()
}

// stage is the part of a statement that a step belongs to.
type stage int

const (
	stageBegin stage = iota
	stageSettings
	stagePreRequest
	stageEstimate
	stageStatement
	stageEnd // commit, rollback, or what fails only then
)

// step is one SQL statement of the pipeline.
type step struct {
	stage    stage
	sql      string
	settings []stmt.Setting // parameters, before args
	args     [][]byte
	formats  []int16      // of the result's columns; nil for text
	key      statementKey // under which it is prepared; the zero key for never

	name string // under which it is prepared on the connection; "" for unnamed
	warm bool   // the connection has prepared it earlier
}

// steps lays out what is sent. Without an explicit transaction the whole pipeline is one: that is enough unless it has
// to be undone, has an isolation level, or passes a pooler, which may cut between statements. They are appended to steps.
func (db *DB) steps(steps []step, s stmt.Statement) ([]step, error) {
	begin, err := db.begin(s)
	if err != nil {
		return nil, err
	}
	if begin != "" {
		steps = append(steps, step{stage: stageBegin, sql: begin})
	}
	role := roleOf(s)
	readOnly := s.ReadOnly && begin == "" // else the transaction itself says so
	if len(s.Settings) > 0 || readOnly {
		steps = append(steps, db.settingsStep(s.Settings, readOnly))
	}
	if s.PreRequest != "" {
		steps = append(steps, step{stage: stagePreRequest, sql: s.PreRequest, key: statementKey{role, s.PreRequest}})
	}
	if e := s.Estimate; e != nil {
		steps = append(steps, step{stage: stageEstimate, sql: e.SQL, args: e.Args, key: statementKey{role, e.SQL}})
	}
	statement := step{stage: stageStatement, sql: s.SQL, args: s.Args, key: statementKey{role, s.SQL}}
	if s.Shape == stmt.Answer {
		statement.formats = answerFormats[:]
	}
	return append(append(steps, statement), ending(s, begin != "")...), nil
}

// roleOf gives the role that the statement switches to; "" when it does not.
func roleOf(s stmt.Statement) string {
	var role string
	for _, setting := range s.Settings {
		if setting.Name == "role" {
			role = setting.Value
		}
	}
	return role
}

// isolationLevels are the levels of PostgreSQL; nothing else is put into a statement.
var isolationLevels = map[string]bool{
	"serializable": true, "repeatable read": true, "read committed": true, "read uncommitted": true,
}

// begin gives the statement that opens an explicit transaction; "" when none is needed.
func (db *DB) begin(s stmt.Statement) (string, error) {
	if db.prepared.Load() && s.End == stmt.Commit && s.Isolation == "" {
		return "", nil
	}
	begin := "begin"
	if s.Isolation != "" {
		if !isolationLevels[s.Isolation] {
			return "", fmt.Errorf("unknown isolation level %q", s.Isolation)
		}
		begin += " isolation level " + s.Isolation
	}
	if s.ReadOnly {
		begin += " read only"
	}
	return begin, nil
}

// ending gives the steps that end an explicit transaction. One that is undone first checks the deferred constraints,
// so that the answer is the one that a commit would give.
func ending(s stmt.Statement, explicit bool) []step {
	switch {
	case !explicit:
		return nil
	case s.End == stmt.Rollback:
		return []step{{stage: stageEnd, sql: "set constraints all immediate"}, {stage: stageEnd, sql: "rollback"}}
	default:
		return []step{{stage: stageEnd, sql: "commit"}}
	}
}

// settingsStep makes one statement of all settings; readOnly is one of them.
func (db *DB) settingsStep(settings []stmt.Setting, readOnly bool) step {
	texts := &db.settings
	if readOnly {
		texts = &db.settingsReadOnly
	}
	sql := texts.of(len(settings))
	return step{stage: stageSettings, sql: sql, settings: settings, key: statementKey{sql: sql}}
}

// roleMissing asks whether the role that could not be set exists at all.
func roleMissing(ctx context.Context, c *pgconn.PgConn, role string) bool {
	const sql = `select 1 from pg_catalog.pg_roles where rolname = $1`
	res := c.ExecParams(ctx, sql, [][]byte{[]byte(role)}, nil, nil, nil).Read()
	return res.Err == nil && len(res.Rows) == 0
}

// fault is what the caller of Run sees of a failure.
func (f *failure) fault(ctx context.Context, s stmt.Statement) error {
	if ctx.Err() != nil {
		return fmt.Errorf("running a statement: %w", ctx.Err())
	}
	pgErr, fromServer := errors.AsType[*pgconn.PgError](f.err)
	if !fromServer {
		return fault.NotConnected(f.err)
	}
	if aborted := abortedBy(pgErr, s.Abort); aborted != nil {
		return aborted
	}
	if f.unknownRole {
		return unknownRole(pgErr)
	}
	return fromSQLState(pgErr)
}
