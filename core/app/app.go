package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/core/web"
)

// App is a running API without a listener: serve its Handler however you like.
type App struct {
	settings settings
	given    atomic.Pointer[config.Config] // without what the database keeps over it
	starting http.Handler                  // answers until the schema has been read for the first time
	db       *pg.DB
	schema   *schema
	stop     context.CancelFunc
	watched  chan struct{} // closed when nobody listens for changes of the schema any more
}

// New builds the API that a configuration describes. It reports what is wrong with the configuration, but does not wait
// for the database: the schema is read in the background, together with the settings that are kept in the database, and
// requests wait for the first reading.
func New(ctx context.Context, cfg config.Config, options ...Option) (*App, error) {
	s := settings{log: slog.Default()}
	for _, o := range options {
		o(&s)
	}
	if cfg.Database.URL == "" {
		return nil, errors.New("no database is configured: set DATABASE_URL")
	}
	if cfg.REST.Authz != config.AuthzRLS {
		return nil, fmt.Errorf("PERGOLA_AUTHZ=%s needs the policy compiler, which is not there yet: use %s", cfg.REST.Authz, config.AuthzRLS)
	}
	if _, err := s.verify(cfg); err != nil {
		return nil, err
	}
	db, err := pg.Open(ctx, cfg.Database, s.resolver)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	a := &App{settings: s, db: db, watched: make(chan struct{})}
	a.given.Store(&cfg)
	a.schema = &schema{log: s.log, read: a.read}
	a.starting = a.routes(cfg, s, a.await(web.FaultOptions{Terse: cfg.Server.TerseErrors, Log: s.log}))
	background, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.schema.begin()
	go a.watch(background, cfg.Database.ReloadChannel)
	return a, nil
}

// oldest is the oldest PostgreSQL that is served, as server_version_num: PostgREST's own bound.
const oldest = 130000

// read asks the database what it can do, what it keeps over the configuration, and what is in it, and builds what answers
// by all that.
func (a *App) read(ctx context.Context) (*known, error) {
	facts, err := pg.Probe(ctx, a.db)
	if err != nil {
		return nil, err
	}
	if facts.Version < oldest {
		return nil, fmt.Errorf("this PostgreSQL is version %d: Pergola needs %d or later", facts.Version/10000, oldest/10000)
	}
	if !facts.RoleSwitch {
		return nil, fmt.Errorf("this database cannot switch roles, which PERGOLA_AUTHZ=%s needs", config.AuthzRLS)
	}
	c, err := a.configure(ctx)
	if err != nil {
		return nil, fault.NoCatalog(err)
	}
	snapshot, err := pg.Introspect(ctx, a.db, pg.Scope{
		Schemas: c.config.REST.Schemas, ExtraSearchPath: c.config.REST.ExtraSearchPath, HoistedSettings: c.config.REST.HoistedSettings,
	})
	if err != nil {
		return nil, err
	}
	k := &known{configured: c, catalog: snapshot, rules: rules(c.config, facts)}
	s := a.settings
	s.verifier = c.verifier
	k.api = a.api(c.config, s, newEngine(c.config, a.db, k))
	k.front = a.routes(c.config, s, k.api)
	return k, nil
}

func rules(cfg config.Config, facts dialect.Facts) plan.Rules {
	return plan.Rules{
		Dialect: facts, MaxRows: cfg.REST.MaxRows, MaxDepth: cfg.Limits.MaxEmbedDepth, MaxFilters: cfg.Limits.MaxFilters,
		Aggregates: cfg.REST.Aggregates, Explain: cfg.REST.Plan,
		Rollback: cfg.REST.TxEnd.Rollback, Override: cfg.REST.TxEnd.AllowOverride,
	}
}

// firstLook is how long after the first reading of the schema the watch begins, with a second one: what changed in between
// told nobody. It leaves the processor to the requests that waited for the first.
const firstLook = 200 * time.Millisecond

// watch reloads the schema whenever somebody says that it changed, where the database can tell.
func (a *App) watch(ctx context.Context, channel string) {
	defer close(a.watched)
	if channel == "" {
		return
	}
	if a.waitReady(ctx, retryAfter) != nil || !a.schema.current.Load().rules.Dialect.Notify {
		return
	}
	select {
	case <-time.After(firstLook):
	case <-ctx.Done():
		return
	}
	pg.Listen(ctx, a.db, channel, func(payload string) { a.notified(ctx, payload) })
}

// notified does what a notification asks for, in PostgREST's words. What it does not know is not meant for it.
func (a *App) notified(ctx context.Context, payload string) {
	switch payload {
	case "reload schema":
		_ = a.schema.Reload(ctx) // a failure is logged and tried again
	case "", "reload config": // nothing is said too when notifications may have been missed
		if err := a.ReloadConfig(ctx); err != nil {
			a.settings.log.Error("the settings could not be read anew", "error", err)
		}
	}
}

// Handler serves the API. Every request sees one configuration and one schema from its beginning to its end.
func (a *App) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := a.starting
		if k := a.schema.current.Load(); k != nil {
			h = k.front
		}
		h.ServeHTTP(w, r)
	})
}

// await lets requests to the API wait for the first reading of the schema, before which nobody knows what the database
// keeps over the configuration.
func (a *App) await(faults web.FaultOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := a.schema.Current(r.Context()); err != nil {
			web.WriteFault(w, r, err, faults)
			return
		}
		a.schema.current.Load().api.ServeHTTP(w, r)
	})
}

// Reload reads the schema anew, and the settings that are kept in the database, and waits for it.
func (a *App) Reload(ctx context.Context) error { return a.schema.Reload(ctx) }

// WaitReady waits until the schema has been read and requests can be answered.
func (a *App) WaitReady(ctx context.Context) error { return a.waitReady(ctx, retryAfter/10) }

// waitReady asks again after every pause.
func (a *App) waitReady(ctx context.Context, pause time.Duration) error {
	for {
		_, _, err := a.schema.Current(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Close ends what runs in the background and the connections. Requests must have ended before.
func (a *App) Close(ctx context.Context) error {
	a.schema.close()
	a.stop()
	select {
	case <-a.watched:
	case <-ctx.Done():
		return ctx.Err()
	}
	a.db.Close(ctx)
	return nil
}

// newEngine makes the pipeline of a configuration, over what runs statements and what is known of the database.
func newEngine(cfg config.Config, run engine.Runner, source engine.Schema) *engine.Engine {
	session := engine.Session{SearchPath: cfg.REST.ExtraSearchPath, PreRequest: preRequest(cfg.REST)}
	for _, s := range cfg.REST.AppSettings {
		session.AppSettings = append(session.AppSettings, stmt.Setting{Name: "app.settings." + s.Name, Value: s.Value})
	}
	return engine.New(run, source, session)
}

// surface makes the REST front door. o holds what does not come from the configuration.
func surface(cfg config.Config, res resources, o rest.Options) http.Handler {
	o.Schemas, o.LegacyTargets, o.TxOverride = cfg.REST.Schemas, cfg.REST.LegacyTargets, cfg.REST.TxEnd.AllowOverride
	o.Timing, o.Root, o.Resources = cfg.Server.Timing, rootOf(cfg, res.mounted), res
	return rest.New(res.engine, o)
}
