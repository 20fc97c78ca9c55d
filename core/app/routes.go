package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/api/openapi"
	"github.com/pergola-dev/pergola/core/api/openapi/openapi31"
	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
	"github.com/pergola-dev/pergola/core/web"
)

// The mounts of the surfaces, as Supabase has them.
const (
	restMount = "/rest/v1"
	authMount = "/auth/v1"
)

// api is the REST surface as it answers by one configuration and its pipeline.
func (a *App) api(cfg config.Config, s settings, e *engine.Engine) http.Handler {
	faults := web.FaultOptions{Terse: cfg.Server.TerseErrors, Log: s.log}
	mount := restMount
	if s.restAlone {
		mount = ""
	}
	res := resources{engine: e, description: descriptionOf(cfg, mount), contract: contractOf(cfg), mounted: mount != ""}
	return web.Chain(surface(cfg, res, rest.Options{Mount: mount, Faults: faults, Stream: s.stream}),
		web.BodyLimit(cfg.Limits.MaxBody, faults),
		web.Authenticate(web.AuthOptions{
			Verifier: s.verifier, APIKey: !s.restAlone, RequireKey: cfg.REST.RequireKey && !s.restAlone,
			Timing: cfg.Server.Timing, Faults: faults,
		}),
		a.refresh(!s.restAlone, faults),
	)
}

// routes puts the surfaces at their places; api is what stands at that of REST.
func (a *App) routes(cfg config.Config, s settings, api http.Handler) http.Handler {
	faults := web.FaultOptions{Terse: cfg.Server.TerseErrors, Log: s.log}
	inner := api
	if !s.restAlone {
		inner = withExplorer(a.mounts(api, s.auth, faults), cfg, s.explorer)
	}
	return web.Chain(inner,
		web.RequestID(cfg.Server.TraceHeader),
		web.AccessLog(s.log),
		web.Recover(faults),
		web.CORS(web.CORSOptions{Origins: cfg.Server.AllowedOrigins, Supabase: !s.restAlone}),
	)
}

// mounts serves the surfaces under their prefixes, and the probes beside them.
func (a *App) mounts(api, auth http.Handler, faults web.FaultOptions) http.Handler {
	mux := http.NewServeMux()
	mounted := under(restMount, api)
	mux.Handle(restMount, mounted)
	if auth != nil {
		mux.Handle(authMount+"/", http.StripPrefix(authMount, auth))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { ok(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.Ready(r.Context()); err != nil {
			web.WriteFault(w, r, err, faults)
			return
		}
		ok(w)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { web.WriteFault(w, r, fault.BadPath(), faults) })
	return unclean(mux, restMount+"/", mounted)
}

// under serves what stands below a mount, which h knows. A mount that is written in another way, with letters encoded, is
// no mount. http.StripPrefix would copy every request and its address.
func under(mount string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" && !strings.HasPrefix(r.URL.RawPath, mount) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// unclean serves paths under a prefix past the ServeMux, which would redirect to their cleaned form: names may hold what it
// would clean.
func unclean(mux http.Handler, prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			h.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}`)) // a prober who has gone needs no answer
}

const readyTimeout = 2 * time.Second

// Ready reports whether requests can be answered now: the database is there and its schema is known. Otherwise it gives the
// fault that they would be answered with, within 2 seconds.
func (a *App) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := a.db.Ping(ctx); err != nil {
		return err
	}
	_, _, err := a.schema.Current(ctx)
	return err
}

// preRequest is the statement that runs before every request's own; "" for none.
func preRequest(cfg config.REST) string {
	if cfg.PreRequest == "" {
		return ""
	}
	parts := strings.Split(cfg.PreRequest, ".")
	for i, p := range parts {
		parts[i] = stmt.QuoteName(p)
	}
	return "select " + strings.Join(parts, ".") + "()"
}

// resources tells the REST surface what is there.
type resources struct {
	engine      *engine.Engine
	description openapi.Options
	contract    openapi31.Options
	mounted     bool // under /rest/v1, with the OpenAPI 3.1 description
}

// Allow lists the methods of a relation or a function.
func (res resources) Allow(ctx context.Context, name catalog.Name, function bool) ([]string, error) {
	return res.engine.Methods(ctx, name, function)
}
