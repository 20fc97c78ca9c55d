package pg

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
)

const (
	applicationName = "pergola"

	// connectTimeout bounds one attempt to connect where the URL sets no connect_timeout: a caller waits no longer than
	// this for a host that does not answer.
	connectTimeout = 5 * time.Second
	// pingTimeout bounds the liveness check of a connection that lay idle. The driver's default is to wait for ever, and
	// a peer that vanished without a reset never answers.
	pingTimeout = 500 * time.Millisecond
	// pingAfter is how long a connection may lie idle before it is checked.
	pingAfter = time.Second
	// cancelGrace is how long a query may take to die after its context ended; past it the connection is closed.
	cancelGrace = 5 * time.Second
)

// DB is a pool of connections to one database. It is safe for concurrent use.
type DB struct {
	pool     *pgxpool.Pool
	queue    queue
	prepared atomic.Bool
	jitter   func(attempt int) time.Duration
	lost     atomic.Int64 // when a connection was last found dead, in nanoseconds since 1970

	settings, settingsReadOnly settingsTexts // the latter make the transaction read-only, too
}

// Open makes a pool for cfg. It does not connect: a database that is down is a fault of the first Run, and service begins
// when it is up. A URL that refers to a secret is fetched by resolver, nil otherwise, at each connect: a failure to fetch
// it is a database that cannot be reached, and a rotated password is found by itself. An error means that the URL cannot
// be understood; it does not repeat the password.
func Open(ctx context.Context, cfg config.Database, resolver config.Resolver) (*DB, error) {
	pc, err := poolConfig(cfg.URL, resolver)
	if err != nil {
		return nil, err
	}
	limits(pc, cfg)
	db := &DB{
		jitter: retryPause, queue: queue{places: make(chan struct{}, pc.MaxConns), patience: cfg.PoolWait},
		settings: newSettingsTexts(""), settingsReadOnly: newSettingsTexts(readOnlyTerm),
	}
	db.Prepare(cfg.Prepared)
	pc.MaxConns *= 2 // no more than half of them are in use, so that none has to wait for one that is being closed
	db.prepareConnections(pc)
	if cfg.URL.IsReference() {
		pc.BeforeConnect = db.fetched(cfg.URL, resolver)
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return nil, fmt.Errorf("making the connection pool: %w", err)
	}
	return db, nil
}

// Prepare says whether statements are prepared by name from now on, as config.Database.Prepared does for the beginning.
func (db *DB) Prepare(named bool) { db.prepared.Store(named) }

// unresolved stands where a URL is only known at the first connect. Nobody connects to it.
const unresolved = "host=unresolved"

// poolConfig reads a URL, or makes an empty configuration for one that has to be fetched.
func poolConfig(url config.Secret, resolver config.Resolver) (*pgxpool.Config, error) {
	text := string(url)
	if url.IsReference() {
		if resolver == nil {
			return nil, errors.New("the database URL is a reference, and nothing here can resolve it")
		}
		text = unresolved
	}
	pc, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	return pc, nil
}

// fetched puts what a reference stands for in the place of the empty configuration.
func (db *DB) fetched(url config.Secret, resolver config.Resolver) func(context.Context, *pgx.ConnConfig) error {
	return func(ctx context.Context, cc *pgx.ConnConfig) error {
		text, err := resolver.Resolve(ctx, url)
		if err != nil {
			return fmt.Errorf("fetching the database URL: %w", err)
		}
		found, err := pgx.ParseConfig(text)
		if err != nil {
			return fmt.Errorf("reading the database URL that was fetched: %w", err)
		}
		useOurDefaults(found)
		found.OnNotification = cc.OnNotification
		*cc = *found
		return nil
	}
}

// limits carries the bounds of cfg over; zero keeps the driver's default.
func limits(pc *pgxpool.Config, cfg config.Database) {
	if cfg.PoolSize > 0 {
		pc.MaxConns = int32(cfg.PoolSize)
	}
	pc.MinConns = 0
	if cfg.MaxLifetime > 0 {
		pc.MaxConnLifetime = cfg.MaxLifetime
		pc.MaxConnLifetimeJitter = cfg.MaxLifetime / 10
	}
	if cfg.MaxIdleTime > 0 {
		pc.MaxConnIdleTime = cfg.MaxIdleTime
	}
}

// prepareConnections sets what every connection of the pool has: its name, the cancelling of queries, and a session.
func (db *DB) prepareConnections(pc *pgxpool.Config) {
	useOurDefaults(pc.ConnConfig)
	pc.ConnConfig.OnNotification = func(c *pgconn.PgConn, n *pgconn.Notification) {
		sessionOf(c).notifier = n.PID
	}
	pc.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.PgConn().CustomData()[sessionKey] = newSession()
		return nil
	}
	pc.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // PrepareConn does it
	pc.PrepareConn = func(ctx context.Context, c *pgx.Conn) (bool, error) {
		return !db.doubtful(sessionOf(c.PgConn())) || answers(ctx, c), nil
	}
}

// answers asks a connection for a sign of life, with a deadline on the socket. A deadline in the context, as the pool's
// own check has it, would be no bound: the handler of ended contexts first asks the server to cancel.
func answers(ctx context.Context, c *pgx.Conn) bool {
	socket := c.PgConn().Conn()
	if err := socket.SetDeadline(time.Now().Add(pingTimeout)); err != nil {
		return false
	}
	if err := c.Ping(context.WithoutCancel(ctx)); err != nil {
		return false
	}
	return socket.SetDeadline(time.Time{}) == nil
}

// doubtful reports whether a connection has to give a sign of life before it is used: when it lay idle for long, or when
// another one has been found dead since it was last used, because a database that goes down takes all of them along.
func (db *DB) doubtful(s *session) bool {
	return s.idle() > pingAfter || s.lastUsed.UnixNano() < db.lost.Load()
}

// useOurDefaults sets what a connection has whether it belongs to the pool or stands alone.
func useOurDefaults(cc *pgx.ConnConfig) {
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = applicationName
	}
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = connectTimeout
	}
	cc.DefaultQueryExecMode = pgx.QueryExecModeExec
	cc.StatementCacheCapacity = 0
	cc.DescriptionCacheCapacity = 0
	cc.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &cancelling{conn: c}
	}
}

// Ping asks the database for a sign of life: nil, or the fault of a database that cannot be reached or has no free
// connection.
func (db *DB) Ping(ctx context.Context) error {
	c, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer db.release(c)
	if err := c.Ping(ctx); err != nil {
		return faultOf(ctx, "asking for a sign of life", err)
	}
	return nil
}

// ExecScript runs several statements of ours, separated by semicolons, as one simple query: set-up and migrations. They
// are one transaction unless they say otherwise.
func (db *DB) ExecScript(ctx context.Context, sql string) error {
	c, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer db.release(c)
	return runScript(ctx, c.Conn().PgConn(), sql)
}

// Close gives up the connections. It waits for those in use until ctx ends.
func (db *DB) Close(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		db.pool.Close()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// acquire gives a connection, or the fault of not having one: PoolTimeout when all are taken for longer than the pool
// waits, NotConnected when the database cannot be reached.
func (db *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := db.queue.enter(ctx); err != nil {
		return nil, err
	}
	c, err := db.pool.Acquire(ctx)
	if err == nil {
		return c, nil
	}
	db.queue.leave()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connecting: %w", ctx.Err())
	}
	return nil, fault.NotConnected(err)
}

// release gives the connection back. It notes the use here because the pool's own hook would make the return of the
// connection asynchronous, and a caller in a sequence would then open a second one.
func (db *DB) release(c *pgxpool.Conn) {
	sessionOf(c.Conn().PgConn()).touch()
	c.Release()
	db.queue.leave()
}
