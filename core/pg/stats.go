package pg

// PoolStats is how the pool of connections stands at one moment.
type PoolStats struct {
	Max       int   // connections at most
	Available int   // connections that are open and idle
	Waiting   int   // callers that wait for a connection now
	Timeouts  int64 // callers that have waited in vain, since the start
}

// PoolStats counts. It does not wait.
func (db *DB) PoolStats() PoolStats {
	return PoolStats{
		Max: cap(db.queue.places), Available: int(db.pool.Stat().IdleConns()),
		Waiting: int(db.queue.waiting.Load()), Timeouts: db.queue.timeouts.Load(),
	}
}
