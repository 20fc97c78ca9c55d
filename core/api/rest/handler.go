package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/web"
)

// Pipeline answers requests; engine.Engine is the one there is.
type Pipeline interface {
	Do(ctx context.Context, who identity.Principal, req query.Request) (engine.Answer, error)
}

// Options say how the surface behaves.
type Options struct {
	// Mount is the path below which the surface stands, as requests have it; "" where it stands at the root.
	Mount string
	// Schemas are the exposed schemas; the first one answers where a request names none.
	Schemas []string
	// LegacyTargets lets conditions name an embed by its relation although it has an alias.
	LegacyTargets bool
	// TxOverride: the tx preference counts, and is listed among those applied.
	TxOverride bool
	// Timing adds Server-Timing to every answer.
	Timing bool
	// Stream sends answers in lines (NDJSON) as their rows arrive. It needs a server that sends what is written before the
	// handler returns.
	Stream bool
	// Faults say how errors are written.
	Faults web.FaultOptions
	// Root says what the root path answers.
	Root Root
	// Resources answers OPTIONS, and describes schemas.
	Resources Resources
}

// Resources tells what is there and what can be done with it.
type Resources interface {
	// Allow lists the methods of a relation, or of a function; a fault when there is no such thing.
	Allow(ctx context.Context, name catalog.Name, function bool) ([]string, error)
	// Document writes the description of a schema out of the answer to a query.Describe.
	Document(a engine.Answer) ([]byte, error)
}

// Handler is the REST surface. It expects paths that begin with the mount, and a caller in the context.
type Handler struct {
	pipeline Pipeline
	options  Options
}

// New makes the surface.
func New(p Pipeline, o Options) *Handler { return &Handler{pipeline: p, options: o} }

// ServeHTTP answers one request. Whatever goes wrong before the answer is complete becomes a fault, and nothing of the
// answer has been sent by then.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.serve(w, r); err != nil {
		web.WriteFault(w, r, err, h.options.Faults)
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	start := h.now()
	t, err := h.target(r)
	if err != nil {
		return err
	}
	if h.negotiates() {
		w.Header().Set("Content-Profile", t.schema)
	}
	if r.Method == http.MethodOptions {
		return h.allow(w, r, t, start)
	}
	return h.answer(w, r, t, start)
}

// answer takes a request through the pipeline.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, t target, start time.Time) error {
	who, ok := identity.FromContext(r.Context())
	if !ok {
		return fault.AnonymousDisabled()
	}
	asked, err := h.request(r, t)
	if err != nil {
		return err
	}
	parsed := h.now()
	s := h.stream(w, &asked)
	a, err := h.pipeline.Do(r.Context(), who, asked.Request)
	if s != nil && (a.Plan.Stream || s.started) {
		return s.end(err)
	}
	if err != nil {
		return err
	}
	answered := h.now()
	res, err := h.respond(r, asked, a)
	if err != nil {
		return err
	}
	if h.options.Timing {
		res.timing = timings(
			duration{"jwt", web.TokenTime(r.Context())}, duration{"parse", parsed.Sub(start)},
			duration{"plan", a.Timing.Plan}, duration{"transaction", a.Timing.Transaction},
			duration{"response", time.Since(answered)})
	}
	res.send(w, r)
	return nil
}

// now is the time where Server-Timing wants to know, and no time otherwise: a look at the clock is not free.
func (h *Handler) now() time.Time {
	if !h.options.Timing {
		return time.Time{}
	}
	return time.Now()
}

// allow answers OPTIONS.
func (h *Handler) allow(w http.ResponseWriter, r *http.Request, t target, start time.Time) error {
	methods := []string{"OPTIONS", "GET", "HEAD"}
	if t.kind != root && t.kind != contract {
		var err error
		if methods, err = h.options.Resources.Allow(r.Context(), catalog.Name{Schema: t.schema, Name: t.name}, t.kind == function); err != nil {
			return err
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ","))
	w.Header().Set("Access-Control-Allow-Origin", "*")
	res := response{status: http.StatusOK}
	if h.options.Timing {
		res.timing = timings(duration{"jwt", web.TokenTime(r.Context())},
			duration{"parse", time.Since(start)}, duration{"response", 0})
	}
	res.send(w, r)
	return nil
}
