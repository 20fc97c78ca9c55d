package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/core/token"
)

// App is a running API without a listener: serve its Handler however you like.
type App struct {
	handler http.Handler
	db      *pg.DB
	schema  *schema
	stop    context.CancelFunc
	watched chan struct{} // closed when nobody listens for changes of the schema any more
}

// New builds the API that a configuration describes. It reports what is wrong with the configuration, but does not wait
// for the database: the schema is read in the background, and requests wait for the first reading.
func New(ctx context.Context, cfg config.Config, options ...Option) (*App, error) {
	s := settings{log: slog.Default()}
	for _, o := range options {
		o(&s)
	}
	if cfg.REST.Authz != config.AuthzRLS {
		return nil, fmt.Errorf("PERGOLA_AUTHZ=%s needs the policy compiler, which is not there yet: use %s", cfg.REST.Authz, config.AuthzRLS)
	}
	if s.verifier == nil {
		v, err := token.NewVerifier(token.Settings{JWT: cfg.JWT, AnonRole: cfg.REST.AnonRole, Resolver: s.resolver})
		if err != nil {
			return nil, fmt.Errorf("reading the JWT keys: %w", err)
		}
		s.verifier = v
	}
	db, err := pg.Open(ctx, cfg.Database, s.resolver)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	a := &App{db: db, watched: make(chan struct{})}
	a.schema = &schema{log: s.log, read: func(ctx context.Context) (*known, error) { return read(ctx, db, cfg) }}
	a.handler = a.routes(cfg, s)
	background, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.schema.begin()
	go a.watch(background, cfg.Database.ReloadChannel)
	return a, nil
}

// oldest is the oldest PostgreSQL that is served, as server_version_num: PostgREST's own bound.
const oldest = 130000

// read asks the database what it can do and what is in it.
func read(ctx context.Context, db *pg.DB, cfg config.Config) (*known, error) {
	facts, err := pg.Probe(ctx, db)
	if err != nil {
		return nil, err
	}
	if facts.Version < oldest {
		return nil, fmt.Errorf("this PostgreSQL is version %d: Pergola needs %d or later", facts.Version/10000, oldest/10000)
	}
	if !facts.RoleSwitch {
		return nil, fmt.Errorf("this database cannot switch roles, which PERGOLA_AUTHZ=%s needs", config.AuthzRLS)
	}
	snapshot, err := pg.Introspect(ctx, db, pg.Scope{
		Schemas: cfg.REST.Schemas, ExtraSearchPath: cfg.REST.ExtraSearchPath, HoistedSettings: cfg.REST.HoistedSettings,
	})
	if err != nil {
		return nil, err
	}
	return &known{catalog: snapshot, rules: rules(cfg, facts)}, nil
}

func rules(cfg config.Config, facts dialect.Facts) plan.Rules {
	return plan.Rules{
		Dialect: facts, MaxRows: cfg.REST.MaxRows, MaxDepth: cfg.Limits.MaxEmbedDepth, MaxFilters: cfg.Limits.MaxFilters,
		Aggregates: cfg.REST.Aggregates, Explain: cfg.REST.Plan,
		Rollback: cfg.REST.TxEnd.Rollback, Override: cfg.REST.TxEnd.AllowOverride,
	}
}

// watch reloads the schema whenever somebody says that it changed, where the database can tell.
func (a *App) watch(ctx context.Context, channel string) {
	defer close(a.watched)
	if channel == "" {
		return
	}
	_, rules, err := a.schema.Current(ctx)
	for err != nil && ctx.Err() == nil {
		time.Sleep(retryAfter)
		_, rules, err = a.schema.Current(ctx)
	}
	if err != nil || !rules.Dialect.Notify {
		return
	}
	pg.Listen(ctx, a.db, channel, func(string) { _ = a.schema.Reload(ctx) }) // a failure is logged and tried again
}

// Handler serves the API.
func (a *App) Handler() http.Handler { return a.handler }

// Reload reads the schema anew and waits for it.
func (a *App) Reload(ctx context.Context) error { return a.schema.Reload(ctx) }

// WaitReady waits until the schema has been read and requests can be answered.
func (a *App) WaitReady(ctx context.Context) error {
	for {
		_, _, err := a.schema.Current(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter / 10):
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

// newEngine makes the pipeline of a configuration.
func (a *App) newEngine(cfg config.Config) *engine.Engine {
	session := engine.Session{SearchPath: cfg.REST.ExtraSearchPath, PreRequest: preRequest(cfg.REST)}
	for _, s := range cfg.REST.AppSettings {
		session.AppSettings = append(session.AppSettings, stmt.Setting{Name: "app.settings." + s.Name, Value: s.Value})
	}
	return engine.New(a.db, a.schema, session)
}

// surface makes the REST front door. o holds what does not come from the configuration.
func surface(cfg config.Config, res resources, o rest.Options) http.Handler {
	o.Schemas, o.LegacyTargets, o.TxOverride = cfg.REST.Schemas, cfg.REST.LegacyTargets, cfg.REST.TxEnd.AllowOverride
	o.Timing, o.Root, o.Resources = cfg.Server.Timing, rootOf(cfg, res.mounted), res
	return rest.New(res.engine, o)
}
