package pg

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	steps, err := db.steps(s)
	if err != nil {
		return stmt.Result{}, err
	}
	c, err := db.acquire(ctx)
	if err != nil {
		return stmt.Result{}, err
	}
	defer release(c)
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
	stage   stage
	sql     string
	args    [][]byte
	formats []int16      // of the result's columns; nil for text
	key     statementKey // under which it is prepared; the zero key for never
}

// steps lays out what is sent. Without an explicit transaction the whole pipeline is one: that is enough unless it has
// to be undone, has an isolation level, or passes a pooler, which may cut between statements.
func (db *DB) steps(s stmt.Statement) ([]step, error) {
	begin, err := db.begin(s)
	if err != nil {
		return nil, err
	}
	steps := make([]step, 0, 2) // settings and statement: more are rare
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
	steps = append(steps, step{
		stage: stageStatement, sql: s.SQL, args: s.Args, formats: formats(s.Shape), key: statementKey{role, s.SQL},
	})
	return append(steps, ending(s, begin != "")...), nil
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
	args := make([][]byte, 0, 2*len(settings)+2)
	if readOnly {
		args = append(args, []byte("transaction_read_only"), []byte("on"))
	}
	args = appendTexts(args, settings)
	n := len(args) / 2
	var sql string
	if n < len(db.settingsSQL) {
		sql = db.settingsSQL[n]
	} else {
		sql = settingsSQL(n)
	}
	return step{stage: stageSettings, sql: sql, args: args, key: statementKey{sql: sql}}
}

// appendTexts appends the names and values of settings. They share one piece of memory.
func appendTexts(args [][]byte, settings []stmt.Setting) [][]byte {
	size := 0
	for _, s := range settings {
		size += len(s.Name) + len(s.Value)
	}
	memory := make([]byte, 0, size)
	for _, s := range settings {
		for _, text := range [...]string{s.Name, s.Value} {
			from := len(memory)
			memory = append(memory, text...)
			args = append(args, memory[from:len(memory):len(memory)])
		}
	}
	return args
}

// settingsSQL is the statement that makes n settings; the number decides its text.
func settingsSQL(n int) string {
	calls := make([]string, n)
	for i := range calls {
		calls[i] = fmt.Sprintf("pg_catalog.set_config($%d, $%d, true)", 2*i+1, 2*i+2)
	}
	return "select " + strings.Join(calls, ", ")
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
