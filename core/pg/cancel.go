package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// cancelling asks the server to cancel what runs on a connection whose context has ended, and has the connection wait
// until the server has taken the request. The driver's own handler hangs up as soon as the query is dead, while a pooler
// still passes the request on: PgBouncer 1.18 does not survive that.
type cancelling struct {
	conn *pgconn.PgConn
	done chan struct{} // closed when the request is no longer on its way
}

// cancelLag is how long a request that the server has taken may still need to reach the query's process: it would hit
// the next query if that were sent at once.
const cancelLag = 100 * time.Millisecond

// HandleCancel sends the request. The query has cancelGrace to die.
func (c *cancelling) HandleCancel(context.Context) {
	c.done = make(chan struct{})
	deadline := time.Now().Add(cancelGrace)
	_ = c.conn.Conn().SetDeadline(deadline) // on an error the connection is lost, which the query finds out
	go func() {
		defer close(c.done)
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		defer cancel()
		_ = c.conn.CancelRequest(ctx) // without it, the deadline ends the query
		time.Sleep(cancelLag)
	}()
}

// HandleUnwatchAfterCancel makes the connection ready for its next query.
func (c *cancelling) HandleUnwatchAfterCancel() {
	<-c.done
	_ = c.conn.Conn().SetDeadline(time.Time{})
}
