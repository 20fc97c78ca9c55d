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

	"github.com/pergola-dev/pergola/core/stmt"
)

// round is one round trip on a connection: a pipeline of steps, and what they gave.
type round struct {
	conn     *pgconn.PgConn
	session  *session
	prepared bool // statements are named
	shape    stmt.Shape
	sink     func(row []byte) error
	reused   bool // the connection served somebody before

	expect  []expectation
	room    [4]expectation // for expect: what a read that is prepared needs
	answer  stmt.Result
	planned *int64 // the planner's number of rows, where it was asked for
	broken  error  // the rows were not what the shape promises
}

// expectation is one reply of the server, in the order of the requests.
type expectation struct {
	stage stage
	rows  bool      // the rows of the statement proper
	named *prepared // a statement that was sent to be prepared
	warm  bool      // it runs a statement that was prepared earlier
}

func newRound(c *pgconn.PgConn, named bool, s stmt.Statement) *round {
	r := &round{conn: c, session: sessionOf(c), prepared: named, shape: s.Shape, sink: s.Sink}
	r.expect = r.room[:0]
	return r
}

// forget lets the steps be prepared anew.
func (r *round) forget(steps []step) {
	for _, s := range steps {
		r.session.forget(s.key)
	}
}

// exchange writes all steps at once, reads all replies up to the server's readiness, and rolls back an explicit
// transaction that failed. It gives nil when every step succeeded.
func (r *round) exchange(ctx context.Context, steps []step) *failure {
	p := r.conn.StartPipeline(ctx)
	r.send(p, steps)
	f := r.receive(p)
	closeErr := p.Close()
	if f == nil && closeErr != nil {
		f = &failure{err: closeErr, stage: stageEnd}
	}
	if f != nil {
		f.reused, f.passed = r.reused, r.shape == stmt.Rows && r.answer.Rows > 0
		r.leaveTransaction(ctx)
	}
	return f
}

func (r *round) send(p *pgconn.Pipeline, steps []step) {
	for _, name := range r.session.takeDoomed() {
		p.SendDeallocate(name)
		r.expect = append(r.expect, expectation{stage: stageBegin})
	}
	for _, s := range steps {
		r.sendStep(p, s)
	}
}

// sendStep sends one statement. A new one is prepared and run in the same breath. Of one that the server knows, the
// columns are known here too, so that it need not describe them again.
func (r *round) sendStep(p *pgconn.Pipeline, s step) {
	isMain := s.stage == stageStatement
	if !r.prepared || s.key == (statementKey{}) {
		p.SendQueryParams(s.sql, s.args, nil, nil, s.formats)
		r.expect = append(r.expect, expectation{stage: s.stage, rows: isMain})
		return
	}
	known, warm := r.session.lookUp(s.key)
	if warm {
		p.SendQueryStatement(known.described, s.args, nil, s.formats)
	} else {
		known = &prepared{key: s.key, name: r.session.newName()}
		p.SendPrepare(known.name, s.sql, nil)
		r.expect = append(r.expect, expectation{stage: s.stage, named: known})
		p.SendQueryPrepared(known.name, s.args, nil, s.formats)
	}
	r.expect = append(r.expect, expectation{stage: s.stage, rows: isMain, warm: warm})
}

// receive flushes the pipeline and reads the replies. The first failure counts; the server skips what follows it.
func (r *round) receive(p *pgconn.Pipeline) *failure {
	if err := p.Sync(); err != nil {
		return &failure{err: err, stage: stageBegin}
	}
	for _, e := range r.expect {
		if err := r.reply(p, e); err != nil {
			return &failure{err: err, stage: e.stage, warm: e.warm}
		}
	}
	if _, err := p.GetResults(); err != nil { // ReadyForQuery, or the error of a deferred constraint
		return &failure{err: err, stage: stageEnd}
	}
	return nil
}

func (r *round) reply(p *pgconn.Pipeline, e expectation) error {
	reply, err := p.GetResults()
	if err != nil {
		return err
	}
	switch reply := reply.(type) {
	case *pgconn.StatementDescription:
		reply.Name = e.named.name // the driver does not fill it in
		e.named.described = reply
		r.session.remember(e.named)
		return nil
	case *pgconn.ResultReader:
		switch {
		case e.rows:
			r.read(reply)
		case e.stage == stageEstimate:
			planned, err := readEstimate(reply)
			r.planned = planned
			r.breaks(err)
		}
		_, err := reply.Close()
		return err
	case *pgconn.CloseComplete:
		return nil
	default:
		return fmt.Errorf("unexpected reply %T from the server", reply)
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

// The result formats of an answer: binary for the body, whose bytes then need no decoding, and text for the rest.
const (
	textFormat   = 0
	binaryFormat = 1
	bodyColumn   = 2
)

// formats gives the result formats that a shape asks for.
func formats(shape stmt.Shape) []int16 {
	if shape != stmt.Answer {
		return nil
	}
	f := make([]int16, len(stmt.AnswerColumns))
	f[bodyColumn] = binaryFormat
	return f
}

// read takes the rows of the statement proper. A row that breaks the promise of the shape is noted and not an error of
// the database: the transaction has to be seen to its end.
func (r *round) read(rows *pgconn.ResultReader) {
	switch r.shape {
	case stmt.Lines:
		r.answer.Body = readLines(rows)
		return
	case stmt.Rows:
		r.pass(rows)
		return
	case stmt.Answer:
	}
	n := 0
	for rows.NextRow() {
		n++
		if n == 1 {
			answer, err := readAnswer(rows)
			r.answer = answer
			r.breaks(err)
		}
	}
	if n != 1 {
		r.breaks(fmt.Errorf("a statement gave %d rows where one is promised", n))
	}
}

// pass hands each row to the sink. When that refuses one the rest is still read, for the connection's sake; the server is
// not asked to stop, since that belongs to the context of whoever refused.
func (r *round) pass(rows *pgconn.ResultReader) {
	for rows.NextRow() {
		r.answer.Rows++
		if values := rows.Values(); r.broken == nil && len(values) > 0 {
			r.breaks(r.sink(values[0]))
		}
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
	if r.broken != nil {
		return stmt.Result{}, r.broken
	}
	r.answer.Planned = r.planned
	return r.answer, nil
}

// readEstimate takes the number of rows out of what EXPLAIN (FORMAT JSON) says.
func readEstimate(rows *pgconn.ResultReader) (*int64, error) {
	var explained []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal(readLines(rows), &explained); err != nil || len(explained) == 0 {
		return nil, fmt.Errorf("reading the planner's estimate: %w", errors.Join(err, errors.New("no plan")))
	}
	n := int64(explained[0].Plan.Rows)
	return &n, nil
}

func readLines(rows *pgconn.ResultReader) []byte {
	var lines []byte
	for n := 0; rows.NextRow(); n++ {
		if n > 0 {
			lines = append(lines, '\n')
		}
		if values := rows.Values(); len(values) > 0 {
			lines = append(lines, values[0]...)
		}
	}
	return lines
}

// readAnswer reads the columns of stmt.AnswerColumns. The values lie in the connection's buffer, so what is kept is
// copied, once.
func readAnswer(rows *pgconn.ResultReader) (stmt.Result, error) {
	v := rows.Values()
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
