package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pergola-dev/pergola/core/fault"
)

// Conn is one connection for fixed SQL of ours: set-up, migrations, inspection. It is not safe for concurrent use.
type Conn struct{ conn *pgx.Conn }

// Connect opens a single connection. The error is that of a URL that cannot be understood, or fault.NotConnected.
func Connect(ctx context.Context, url string) (*Conn, error) {
	cc, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	useOurDefaults(cc)
	c, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return nil, fault.NotConnected(err)
	}
	return &Conn{conn: c}, nil
}

// Exec runs several statements, separated by semicolons, as one simple query. They are one transaction unless they say
// otherwise.
func (c *Conn) Exec(ctx context.Context, script string) error {
	return runScript(ctx, c.conn.PgConn(), script)
}

// Rows runs one query and gives its values as text. Arguments are text too; NULL reads as "".
func (c *Conn) Rows(ctx context.Context, sql string, args ...string) ([][]string, error) {
	values := make([][]byte, len(args))
	for i, a := range args {
		values[i] = []byte(a)
	}
	res := c.conn.PgConn().ExecParams(ctx, sql, values, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, faultOf(ctx, "running a query", res.Err)
	}
	rows := make([][]string, len(res.Rows))
	for i, row := range res.Rows {
		for _, v := range row {
			rows[i] = append(rows[i], string(v))
		}
	}
	return rows, nil
}

// Close ends the connection.
func (c *Conn) Close(ctx context.Context) error {
	if err := c.conn.Close(ctx); err != nil {
		return fmt.Errorf("closing a connection: %w", err)
	}
	return nil
}

func runScript(ctx context.Context, c *pgconn.PgConn, script string) error {
	if _, err := c.Exec(ctx, script).ReadAll(); err != nil {
		return faultOf(ctx, "running a script", err)
	}
	return nil
}
