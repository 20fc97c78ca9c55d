package pg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pergola-dev/pergola/core/stmt"
)

// round is one round trip on a connection: a pipeline of steps, and what they gave. It speaks the protocol's messages
// itself (PostgreSQL documentation, 55.2.3 and 55.2.4): the driver's own pipeline keeps lists of what it awaits and
// describes statements, none of which is needed where the steps are known.
type round struct {
	conn     *pgconn.PgConn
	session  *session
	prepared bool // statements are named
	shape    stmt.Shape
	sink     func(row []byte) error
	reused   bool // the connection served somebody before

	rows     int // of the statement proper
	answer   stmt.Result
	estimate []byte // what EXPLAIN said of the estimate's statement
	broken   error  // the rows were not what the shape promises
}

func newRound(c *pgconn.PgConn, named bool, s stmt.Statement) round {
	return round{conn: c, session: sessionOf(c), prepared: named, shape: s.Shape, sink: s.Sink}
}

// forget lets the steps be prepared anew.
func (r *round) forget(steps []step) {
	for i := range steps {
		r.session.forget(steps[i].key)
	}
}

// exchange writes all steps at once, reads all replies up to the server's readiness, and rolls back an explicit
// transaction that failed. It gives nil when every step succeeded. A context that ends meanwhile cancels the query.
func (r *round) exchange(ctx context.Context, steps []step) *failure {
	watcher := r.session.watch(ctx, r.conn)
	f := r.converse(steps)
	watcher.Unwatch()
	if f != nil {
		f.reused, f.passed = r.reused, r.shape == stmt.Rows && r.rows > 0
		r.leaveTransaction(ctx)
	}
	return f
}

func (r *round) converse(steps []step) *failure {
	server := r.conn.Frontend()
	r.send(server, steps)
	var f *failure
	if size(steps) > largeWrite {
		f = r.overlap(server, steps)
	} else if f = flush(server); f == nil {
		f = r.receive(steps)
	}
	if f != nil && !f.fromServer() {
		r.hangUp()
	}
	return f
}

// largeWrite is how many bytes of parameters may be written before anything is read. They fit into the buffers of two
// sockets, so that the write ends even if the server reads nothing: it stops reading while nobody takes what it says, and
// a pre-request that raises many notices says much.
const largeWrite = 64 << 10

// size is how many bytes the parameters have.
func size(steps []step) int {
	n := 0
	for i := range steps {
		for _, a := range steps[i].args {
			n += len(a)
		}
	}
	return n
}

func flush(server *pgproto3.Frontend) *failure {
	if err := server.Flush(); err != nil {
		return &failure{err: err, stage: stageBegin, unsent: pgconn.SafeToRetry(err)}
	}
	return nil
}

// overlap reads replies while it still writes.
func (r *round) overlap(server *pgproto3.Frontend, steps []step) *failure {
	socket := r.conn.Conn()
	written := make(chan *failure, 1)
	go func() {
		f := flush(server)
		if f != nil {
			_ = socket.SetDeadline(time.Now()) // there is nothing more to be read
		}
		written <- f
	}()
	f := r.receive(steps)
	if f != nil && !f.fromServer() {
		_ = socket.SetDeadline(time.Now()) // nor written
	}
	if unwritten := <-written; unwritten != nil {
		return unwritten
	}
	return f
}

// hangUp closes a connection whose replies can no longer be told apart. It does not wait for the server.
func (r *round) hangUp() {
	_ = r.conn.Conn().SetDeadline(time.Now())
	_ = r.conn.Close(context.Background()) // the connection is given up either way
}

func (r *round) send(server *pgproto3.Frontend, steps []step) {
	for _, name := range r.session.takeDoomed() {
		server.SendClose(&pgproto3.Close{ObjectType: 'S', Name: name})
	}
	for i := range steps {
		r.sendStep(server, &steps[i])
	}
	server.SendSync(&pgproto3.Sync{})
}

// sendStep sends one statement. A new one is prepared and run in the same breath.
func (r *round) sendStep(server *pgproto3.Frontend, s *step) {
	if r.prepared && s.key != (statementKey{}) {
		s.name, s.warm = r.session.nameOf(s.key)
	}
	if !s.warm {
		server.SendParse(&pgproto3.Parse{Name: s.name, Query: s.sql})
	}
	server.Send(&bind{statement: s.name, settings: s.settings, args: s.args, formats: s.formats})
	server.SendExecute(&pgproto3.Execute{})
}

// receive reads the replies. The first failure counts; the server skips what follows it.
func (r *round) receive(steps []step) *failure {
	var first *failure
	done := 0 // steps
	fail := func(err error) {
		if first != nil {
			return
		}
		first = &failure{err: err, stage: stageEnd} // of a deferred constraint, when all steps are done
		if done < len(steps) {
			first.stage, first.warm = steps[done].stage, steps[done].warm
		}
	}
	for {
		message, err := r.conn.ReceiveMessage(context.Background()) // exchange watches the context
		if err != nil {
			fail(err)
			return first
		}
		switch m := message.(type) {
		case *pgproto3.ParseComplete:
			r.session.remember(steps[done].key, steps[done].name)
		case *pgproto3.DataRow:
			r.take(steps[done].stage, m.Values)
		case *pgproto3.CommandComplete, *pgproto3.EmptyQueryResponse:
			done++
		case *pgproto3.ErrorResponse:
			fail(pgconn.ErrorResponseToPgError(m))
		case *pgproto3.ReadyForQuery:
			return first
		}
	}
}

// leaveTimeout bounds the rollback of a transaction whose own context may have ended already.
const leaveTimeout = 2 * time.Second

// leaveTransaction rolls back an explicit transaction that failed. When that fails too, the pool drops the connection.
func (r *round) leaveTransaction(ctx context.Context) {
	if r.conn.IsClosed() || r.conn.TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	_, _ = r.conn.Exec(ctx, "rollback").ReadAll() // Release looks at the state of the transaction
}

// bodyColumn is the place of the body in stmt.AnswerColumns.
const bodyColumn = 2

// answerFormats are the result formats of stmt.AnswerColumns: binary (1) for the body, whose bytes then need no decoding, and
// text (0) for the rest.
var answerFormats = [len(stmt.AnswerColumns)]int16{bodyColumn: 1}

// take takes a row of a step. Its values lie in the connection's buffer. A row that breaks the promise of the shape is
// noted and not an error of the database: the transaction has to be seen to its end.
func (r *round) take(s stage, values [][]byte) {
	switch s {
	case stageEstimate:
		r.estimate = append(r.estimate, values[0]...)
	case stageStatement:
		r.rows++
		r.takeRow(values)
	case stageBegin, stageSettings, stagePreRequest, stageEnd:
	}
}

func (r *round) takeRow(values [][]byte) {
	switch r.shape {
	case stmt.Lines:
		if r.rows > 1 {
			r.answer.Body = append(r.answer.Body, '\n')
		}
		r.answer.Body = append(r.answer.Body, values[0]...)
	case stmt.Rows:
		r.pass(values)
	case stmt.Answer:
		if r.rows == 1 {
			answer, err := readAnswer(values)
			r.answer = answer
			r.breaks(err)
		}
	}
}

// pass hands a row to the sink. When that has refused one the rest is still read, for the connection's sake; the server is
// not asked to stop, since that belongs to the context of whoever refused.
func (r *round) pass(values [][]byte) {
	if r.broken == nil {
		r.breaks(r.sink(values[0]))
	}
}

// breaks notes a broken promise; the first one counts.
func (r *round) breaks(err error) {
	if r.broken == nil {
		r.broken = err
	}
}

// result gives what was read, once the server is ready for the next query.
func (r *round) result() (stmt.Result, error) {
	if r.shape == stmt.Answer && r.rows != 1 {
		r.breaks(fmt.Errorf("a statement gave %d rows where one is promised", r.rows))
	}
	if r.shape == stmt.Rows {
		r.answer.Rows = int64(r.rows)
	}
	if r.estimate != nil {
		planned, err := readEstimate(r.estimate)
		r.answer.Planned = planned
		r.breaks(err)
	}
	if r.broken != nil {
		return stmt.Result{}, r.broken
	}
	return r.answer, nil
}

// readEstimate takes the number of rows out of what EXPLAIN (FORMAT JSON) says.
func readEstimate(text []byte) (*int64, error) {
	var explained []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal(text, &explained); err != nil || len(explained) == 0 {
		return nil, fmt.Errorf("reading the planner's estimate: %w", errors.Join(err, errors.New("no plan")))
	}
	n := int64(explained[0].Plan.Rows)
	return &n, nil
}

// readAnswer reads the columns of stmt.AnswerColumns. The values lie in the connection's buffer, so what is kept is
// copied, once.
func readAnswer(v [][]byte) (stmt.Result, error) {
	if len(v) != len(stmt.AnswerColumns) {
		return stmt.Result{}, fmt.Errorf("a statement gave %d columns where %d are promised", len(v), len(stmt.AnswerColumns))
	}
	res := stmt.Result{
		Body: bytes.Clone(v[bodyColumn]), Headers: bytes.Clone(v[3]), Status: string(v[4]), Location: bytes.Clone(v[5]),
	}
	var err error
	if res.Total, err = optionalNumber(v[0]); err != nil {
		return stmt.Result{}, fmt.Errorf("reading column total: %w", err)
	}
	if res.Inserted, err = optionalNumber(v[6]); err != nil {
		return stmt.Result{}, fmt.Errorf("reading column inserted: %w", err)
	}
	n, err := optionalNumber(v[1])
	if err != nil {
		return stmt.Result{}, fmt.Errorf("reading column rows: %w", err)
	}
	if n != nil {
		res.Rows = *n
	}
	return res, nil
}

// optionalNumber reads a number in text form; nil for NULL.
func optionalNumber(text []byte) (*int64, error) {
	if text == nil {
		return nil, nil
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return nil, err
	}
	return &n, nil
}
