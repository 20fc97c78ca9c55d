package authapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/core/web"
)

// Options are what a configuration does not say.
type Options struct {
	Log      *slog.Logger    // nil for slog.Default()
	Resolver config.Resolver // of secrets that are references; nil where there are none
	// Sender delivers mail in the place of what the configuration names; nil for that.
	Sender mail.Sender
	// AWS says as whom AWS is asked that sends mail or keeps templates; nil for what Lambda tells a function.
	AWS awsapi.Connect
	// Gateway says that requests come from API Gateway, which tells the caller's address.
	Gateway bool
	Version string // of this program, at /health
}

// Auth is a running Auth service without a listener.
type Auth struct {
	options Options
	config  config.Config
	service http.Handler
	db      *pg.DB
}

var errNoAddress = errors.New("API_EXTERNAL_URL is not set: it is the address at which the Auth service is reached, " +
	"such as https://api.example.com/auth/v1, for links in mails")

// New builds the service that a configuration describes. It reports what is wrong with the configuration and with templates
// of mails, which it reads. It asks nothing of the database.
func New(ctx context.Context, cfg config.Config, o Options) (*Auth, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	cfg, err := cfg.Resolve(ctx, o.Resolver)
	if err != nil {
		return nil, err
	}
	if cfg.Auth.ExternalURL == "" {
		return nil, errNoAddress
	}
	a := &Auth{options: o, config: cfg}
	parts, err := a.parts(ctx)
	if err != nil {
		return nil, err
	}
	if a.db, err = pg.Open(ctx, a.database(), o.Resolver); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	tables := store.New(a.db)
	if !cfg.Auth.AuditLog {
		tables = tables.Mute()
	}
	a.service = parts.service(tables)
	return a, nil
}

// database is how to reach the tables: as the configuration's database is reached, unless Auth has settings of its own.
func (a *Auth) database() config.Database {
	d, own := a.config.Database, a.config.Auth.Database
	if own.URL != "" {
		d.URL = own.URL
	}
	if own.PoolSize > 0 {
		d.PoolSize = own.PoolSize
	}
	if own.MaxLifetime > 0 {
		d.MaxLifetime = own.MaxLifetime
	}
	if own.MaxIdleTime > 0 {
		d.MaxIdleTime = own.MaxIdleTime
	}
	return d
}

// parts are what the service is put together from, all but the database.
type parts struct {
	*Auth
	issuer    *access.Issuer
	public    []byte
	redirects *redirect.Policy
	post      flow.Post
	apiKeys   *token.APIKeys
	settings  flow.Settings
}

func (a *Auth) parts(ctx context.Context) (parts, error) {
	p, c := parts{Auth: a}, a.config.Auth
	keys, err := token.ParseRing(string(c.JWT.Keys), string(c.JWT.Secret), c.JWT.KeyID)
	if err != nil {
		return p, err
	}
	p.issuer = access.NewIssuer(keys, c.JWT.Issuer)
	if p.public, err = p.issuer.PublicSet(); err != nil {
		return p, err
	}
	if p.apiKeys, err = token.NewAPIKeys(a.config.APIKeys, a.options.Resolver); err != nil {
		return p, err
	}
	if p.redirects, err = redirect.New(c.SiteURL, c.AllowList); err != nil {
		return p, err
	}
	if p.post, err = a.newPost(ctx); err != nil {
		return p, err
	}
	p.settings, err = a.settings()
	return p, err
}

func (p parts) service(s *store.Store) *auth.Service {
	c := p.config.Auth
	clock := time.Now
	p.settings.Phone.Texter = p.limitedTexts(s, clock)
	return auth.New(auth.Options{
		Flows: flow.New(s, p.issuer, p.limited(s, clock), clock, p.settings), Redirects: p.redirects, Keys: p.public, Issuer: c.JWT.Issuer,
		External: c.ExternalURL, Public: p.Auth.public(), Version: p.options.Version, Admins: c.JWT.AdminRoles, Audience: c.JWT.Audience, APIKeys: p.apiKeys, Arrival: c.External.RedirectURL,
		MailHosts: c.Mailer.ExternalHosts,
		Address:   p.address(), Timeout: c.MaxRequest, Log: p.options.Log, Sweep: func() bool { return rand.IntN(sweepEvery) == 0 },
	})
}

// sweepEvery is how many tokens there are to one sweep, on average.
const sweepEvery = 200

// address says how the address of a caller is known: by a header field that a proxy sets, or from API Gateway. Without
// either it is not.
func (a *Auth) address() func(*http.Request) string {
	c := a.config.Auth
	switch {
	case c.RateLimits.Header != "":
		return fromHeader(c.RateLimits.Header)
	case c.Security.ForwardedFor:
		return fromHeader("Sb-Forwarded-For")
	case a.options.Gateway:
		return fromConnection
	}
	return nil
}

// Handler serves the Auth API at "/". It has to be told the callers of CORS and the like by who serves it.
func (a *Auth) Handler() http.Handler { return a.service }

// Alone serves the Auth API below a mount, "" for none, with all that is around a surface.
func (a *Auth) Alone(mount string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(mount+"/", http.StripPrefix(mount, a.service))
	return web.Chain(mux,
		web.RequestID(a.config.Server.TraceHeader),
		web.AccessLog(a.options.Log),
		web.Recover(web.FaultOptions{Log: a.options.Log}),
		web.CORS(web.CORSOptions{Origins: a.config.Server.AllowedOrigins, Headers: a.config.Auth.CORSHeaders, Supabase: true}),
	)
}

// Close ends the connections. Requests must have ended before.
func (a *Auth) Close(ctx context.Context) { a.db.Close(ctx) }
