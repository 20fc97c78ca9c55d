package pg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

const (
	// listenCheck is how often a silent connection is asked for a sign of life: a peer that vanished says nothing.
	listenCheck = 30 * time.Second
	// The waits before connecting again, doubled from the first to the last.
	firstRelisten = 100 * time.Millisecond
	lastRelisten  = 10 * time.Second
)

// Listen holds one connection of its own on a channel and calls notify with the payload of each notification, one after
// the other. A lost connection is made again, for ever. Each time it begins to listen, the first one included, notify is
// called with an empty payload, because what was notified before has been missed. It returns when ctx ends.
func Listen(ctx context.Context, db *DB, channel string, notify func(payload string)) {
	l := listener{config: listenConfig(db), channel: channel, notify: notify}
	pause := firstRelisten
	for {
		began := time.Now()
		err := l.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		slog.WarnContext(ctx, "lost the connection that listens for changes", "channel", channel, "error", err)
		if time.Since(began) > listenCheck {
			pause = firstRelisten
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastRelisten)
	}
}

// listener is one call of Listen.
type listener struct {
	config  *pgx.ConnConfig
	channel string
	notify  func(payload string)
}

// listenConfig is that of the pool's connections, but an ended context just stops the waiting: there is no query to cancel.
func listenConfig(db *DB) *pgx.ConnConfig {
	cc := db.pool.Config().ConnConfig
	cc.OnNotification = nil
	cc.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	return cc
}

// listen listens on one connection until it breaks or ctx ends.
func (l *listener) listen(ctx context.Context) error {
	c, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer closeSoon(c)
	if _, err := c.Exec(ctx, "listen "+pgx.Identifier{l.channel}.Sanitize()); err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	l.notify("")
	for {
		if err := l.hear(ctx, c); err != nil {
			return err
		}
	}
}

// hear waits for one notification, or makes sure that the silence is no broken connection.
func (l *listener) hear(ctx context.Context, c *pgx.Conn) error {
	wait, cancel := context.WithTimeout(ctx, listenCheck)
	defer cancel()
	n, err := c.WaitForNotification(wait)
	switch {
	case err == nil:
		l.notify(n.Payload)
		return nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return alive(ctx, c)
	default:
		return fmt.Errorf("waiting for a notification: %w", err)
	}
}

func alive(ctx context.Context, c *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		return fmt.Errorf("asking for a sign of life: %w", err)
	}
	return nil
}

// closeSoon says goodbye, but does not wait long for an answer.
func closeSoon(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	_ = c.Close(ctx) // it is gone either way
}
