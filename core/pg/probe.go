package pg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/dialect"
)

// probeChannel and probeValue are used by Probe alone.
const (
	probeChannel = "pergola_probe"
	probeValue   = "pergola-probe:refused:7"
)

// probes are the questions of Probe. Each is a transaction of its own, so that one refusal spoils no other answer; all go
// in one network write.
var probes = [...]string{
	probeVersion:  `select pg_catalog.current_setting('server_version_num')`,
	probeSettings: `select pg_catalog.set_config('pergola.probe', 'on', true)`,
	probeRole:     `select pg_catalog.set_config('role', current_user, true)`,
	probeAbort:    `with w as (select '` + probeValue + `'::text as v) select cast(v as integer) from w`,
	probeListen:   `listen ` + probeChannel,
	probeNotify:   `notify ` + probeChannel,
	probeUnlisten: `unlisten ` + probeChannel,
}

const (
	probeVersion = iota
	probeSettings
	probeRole
	probeAbort
	probeListen
	probeNotify
	probeUnlisten
)

// Probe finds out what the database can do by trying it. A refusal is a fact; the error is that of a database that
// cannot be reached or does not tell its version.
//
// Two facts are taken from signs. AbortInStatement: a failing cast names the value that failed, as Run relies on; that a
// failed statement leaves nothing behind holds for every database that speaks this protocol. Notify: a notification
// comes back under the process id with which the connection was opened; a pooler opens it with one of its own.
func Probe(ctx context.Context, db *DB) (dialect.Facts, error) {
	c, err := db.acquire(ctx)
	if err != nil {
		return dialect.Facts{}, err
	}
	defer db.release(c)
	conn := c.Conn().PgConn()
	answers, err := askEach(ctx, conn, probes[:])
	if err != nil {
		return dialect.Facts{}, faultOf(ctx, "probing the database", err)
	}
	version, err := strconv.Atoi(answers[probeVersion].text)
	if err != nil {
		return dialect.Facts{}, fmt.Errorf("reading the version of the database: %w", err)
	}
	return dialect.Facts{
		Version:          version,
		Settings:         answers[probeSettings].refusal == nil,
		RoleSwitch:       answers[probeRole].refusal == nil,
		AbortInStatement: namesValue(answers[probeAbort].refusal),
		Notify:           sessionOf(conn).takeNotifier() == conn.PID(),
	}, nil
}

// namesValue reports whether a cast failed in the way that Run recognises.
func namesValue(e *pgconn.PgError) bool {
	return e != nil && e.Code == invalidText && strings.Contains(e.Message, probeValue)
}

// probeAnswer is the first value of a probe's first row, or the database's refusal.
type probeAnswer struct {
	text    string
	refusal *pgconn.PgError
}

// askEach runs statements as one transaction each, in one network write.
func askEach(ctx context.Context, c *pgconn.PgConn, statements []string) ([]probeAnswer, error) {
	p := c.StartPipeline(ctx)
	for _, sql := range statements {
		p.SendQueryParams(sql, nil, nil, nil, nil)
		p.SendPipelineSync()
	}
	answers, err := readEach(p, len(statements))
	if closeErr := p.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	return answers, err
}

func readEach(p *pgconn.Pipeline, n int) ([]probeAnswer, error) {
	if err := p.Flush(); err != nil {
		return nil, err
	}
	answers := make([]probeAnswer, n)
	for i := range answers {
		if err := answers[i].read(p); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// read takes the replies up to the end of one transaction.
func (a *probeAnswer) read(p *pgconn.Pipeline) error {
	for {
		reply, err := p.GetResults()
		if rows, ok := reply.(*pgconn.ResultReader); ok {
			err = a.readRows(rows)
		}
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Severity != "FATAL" {
			a.refusal = e
			continue
		}
		if err != nil {
			return err
		}
		if _, ready := reply.(*pgconn.PipelineSync); ready {
			return nil
		}
		if reply == nil {
			return errors.New("the server stopped answering")
		}
	}
}

func (a *probeAnswer) readRows(rows *pgconn.ResultReader) error {
	for rows.NextRow() {
		if v := rows.Values(); len(v) > 0 {
			a.text = string(v[0])
		}
	}
	_, err := rows.Close()
	return err
}
