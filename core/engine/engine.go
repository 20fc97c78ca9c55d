package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/policy"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/sqlgen"
	"github.com/pergola-dev/pergola/core/stmt"
)

// Runner runs one statement. It is an interface so that the pipeline does not know the database driver; pg.DB is the one
// there is. Its errors are faults, *stmt.Aborted, or the context's own.
type Runner interface {
	Run(ctx context.Context, s stmt.Statement) (stmt.Result, error)
}

// Schema gives what is known of the database at this moment, and waits for it where nothing is known yet. Its error is a
// fault.
type Schema interface {
	Current(ctx context.Context) (*catalog.Snapshot, plan.Rules, error)
}

// Session is what holds for every request besides its own settings.
type Session struct {
	// SearchPath follows the request's schema.
	SearchPath []string
	// AppSettings are set for every request.
	AppSettings []stmt.Setting
	// PreRequest is the SQL text that runs before the statement; "" for none.
	PreRequest string
}

// Engine answers requests.
type Engine struct {
	runner  Runner
	schema  Schema
	session Session
	extra   string // the search path after the request's schema
	abort   string
}

// New makes an engine. Nothing is read from the database before the first request.
func New(r Runner, s Schema, session Session) *Engine {
	return &Engine{runner: r, schema: s, session: session, extra: searchPath(session.SearchPath), abort: randomToken()}
}

// randomToken is the value by which statements undo themselves. 128 random bits, so that no caller can forge it.
func randomToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// Answer is what came of a request: the result, and the plan that says how to read it.
type Answer struct {
	stmt.Result
	Plan   plan.Plan
	Timing Timing
}

// Timing is how long the stages took.
type Timing struct{ Plan, Transaction time.Duration }

// Do answers one request of one caller. Every error is a fault, or the context's.
func (e *Engine) Do(ctx context.Context, who identity.Principal, req query.Request) (Answer, error) {
	start := time.Now()
	s, p, err := e.compile(ctx, who, req)
	planned := time.Now()
	if err != nil {
		return Answer{}, err
	}
	result, err := e.runner.Run(ctx, s)
	if err != nil {
		return Answer{}, e.explain(err, who)
	}
	a := Answer{Result: result, Plan: p, Timing: Timing{Plan: planned.Sub(start), Transaction: time.Since(planned)}}
	a.Total = total(a.Total, a.Planned, p.Count)
	return a, check(a)
}

// compile takes a request through the pure stages, with one snapshot of the schema for all of them, and puts around the
// statement what must hold while it runs.
func (e *Engine) compile(ctx context.Context, who identity.Principal, req query.Request) (stmt.Statement, plan.Plan, error) {
	cat, rules, err := e.schema.Current(ctx)
	if err != nil {
		return stmt.Statement{}, plan.Plan{}, err
	}
	p, err := plan.Build(req, cat, rules)
	if err != nil {
		return stmt.Statement{}, plan.Plan{}, err
	}
	guarded, err := policy.Guard(p, who)
	if err != nil {
		return stmt.Statement{}, plan.Plan{}, err
	}
	s, err := sqlgen.Compile(guarded, sqlgen.Target{Dialect: rules.Dialect, Abort: e.abort})
	if err != nil {
		return stmt.Statement{}, plan.Plan{}, err
	}
	role := cat.Roles[who.Role]
	s.Settings = e.settings(who, req, role, p.Settings)
	s.PreRequest = e.session.PreRequest
	s.Sink = req.Sink
	if s.Isolation == "" {
		s.Isolation = role.Isolation
	}
	return s, p, nil
}

// explain turns what a Runner reports into what the caller may see.
func (e *Engine) explain(err error, who identity.Principal) error {
	if aborted, ok := errors.AsType[*stmt.Aborted](err); ok {
		return undone(aborted)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == permissionDenied && f.Kind == fault.Forbidden && !who.Authenticated {
		return fault.NeedsToken(f)
	}
	return err
}

// permissionDenied is the SQLSTATE insufficient_privilege.
const permissionDenied = "42501"

// undone is the fault of a statement that undid itself.
func undone(a *stmt.Aborted) error {
	switch a.Reason {
	case stmt.AbortSingle:
		return fault.NotSingular(a.Rows)
	case stmt.AbortAffected:
		return fault.TooManyAffected(a.Rows)
	case stmt.AbortKey:
		return fault.PutKeyMismatch()
	}
	return a
}

// check refuses an answer that must be one object and is not. Writes have been refused by the statement itself.
func check(a Answer) error {
	if a.Plan.Single && a.Plan.Explain == nil && a.Rows != 1 && !isValue(a.Plan.Action) {
		return fault.NotSingular(a.Rows)
	}
	return nil
}

// isValue reports whether the answer is a function's value rather than rows.
func isValue(action plan.Action) bool {
	call, ok := action.(plan.Call)
	return ok && call.Result == nil
}

// total is the number of all rows, exact or as far as it was asked for.
func total(exact, planned *int64, count plan.Count) *int64 {
	if count.Mode == query.CountPlanned {
		return planned
	}
	if count.Mode != query.CountEstimated || exact == nil || planned == nil {
		return exact
	}
	if count.Exact > 0 && *exact <= count.Exact || *exact >= *planned {
		return exact
	}
	return planned
}
