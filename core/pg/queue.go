package pg

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// queue lets as many callers at the pool as it may have connections in use. The pool could do so itself, but wants a context
// with a deadline for it, which costs every request what only one that has to wait needs; and it counts a connection that
// is being closed as one in use, for up to 15 seconds when its peer has vanished.
type queue struct {
	places            chan struct{} // holds one value for each connection in use
	patience          time.Duration // 0 for ever
	waiting, timeouts atomic.Int64
}

// enter takes a place, which leave gives back. It waits for one; the error is fault.PoolTimeout, or ctx's own.
func (q *queue) enter(ctx context.Context) error {
	select {
	case q.places <- struct{}{}:
		return nil
	default:
		return q.stand(ctx)
	}
}

func (q *queue) stand(ctx context.Context) error {
	q.waiting.Add(1)
	defer q.waiting.Add(-1)
	var timeout <-chan time.Time
	if q.patience > 0 {
		timer := time.NewTimer(q.patience)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case q.places <- struct{}{}:
		return nil
	case <-timeout:
		q.timeouts.Add(1)
		return fault.PoolTimeout()
	case <-ctx.Done():
		return fmt.Errorf("waiting for a connection: %w", ctx.Err())
	}
}

func (q *queue) leave() { <-q.places }
