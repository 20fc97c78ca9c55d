package pg

import "sync/atomic"

// PoolStats is how the pool of connections stands at one moment.
type PoolStats struct {
	Max       int   // connections at most
	Available int   // connections that are open and idle
	Waiting   int   // callers that wait for a connection now
	Timeouts  int64 // callers that have waited in vain, since the start
}

// PoolStats counts. It does not wait.
func (db *DB) PoolStats() PoolStats {
	s := db.pool.Stat()
	return PoolStats{
		Max: int(s.MaxConns()), Available: int(s.IdleConns()),
		Waiting: int(db.queue.waiting.Load()), Timeouts: db.queue.timeouts.Load(),
	}
}

// queue counts those who wait for a connection; the driver's pool does not tell.
type queue struct{ waiting, timeouts atomic.Int64 }
