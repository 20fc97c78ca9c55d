package app

import (
	"log/slog"
	"net/http"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/web"
)

// Option changes what New builds.
type Option func(*settings)

type settings struct {
	restAlone bool
	stream    bool
	auth      http.Handler
	explorer  http.Handler
	log       *slog.Logger
	resolver  config.Resolver
	verifier  web.Verifier
	source    func() (config.Config, error)
}

// RESTAlone puts the REST surface at "/" and nothing beside it, as PostgREST stands: the apikey header means nothing, and
// every byte of CORS is PostgREST's.
func RESTAlone() Option { return func(s *settings) { s.restAlone = true } }

// WithAuth serves h at /auth/v1, without that prefix in the path. It sees requests before any credential is checked.
func WithAuth(h http.Handler) Option { return func(s *settings) { s.auth = h } }

// WithoutAuth serves nothing at /auth/v1. It is what New does by itself until there is an Auth service, and it will stay
// the way to do without one.
func WithoutAuth() Option { return func(s *settings) { s.auth = nil } }

// WithExplorer serves h at /docs, where /rest/v1/_docs leads: a page that shows the API and runs requests, without any
// credential. explorer.Handler is the one there is; it is an option because of its size. With openapi-mode=disabled, and
// with RESTAlone, there is no such page.
func WithExplorer(h http.Handler) Option { return func(s *settings) { s.explorer = h } }

// WithStreaming sends answers in lines (application/x-ndjson) as their rows arrive, so that their length costs no memory.
// It is for servers that send what a handler writes while it runs, as net/http does and Lambda's buffered answers do not.
func WithStreaming() Option { return func(s *settings) { s.stream = true } }

// WithLogger sets where everything is logged; slog.Default() without it.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithResolver sets who fetches the secrets that the configuration refers to. Without it a reference stops New.
func WithResolver(r config.Resolver) Option { return func(s *settings) { s.resolver = r } }

// WithVerifier sets who turns credentials into callers, in place of the configured keys.
func WithVerifier(v web.Verifier) Option { return func(s *settings) { s.verifier = v } }

// WithSource sets how the configuration is read anew when somebody asks for that (ReloadConfig, and a notification
// "reload config"). Without it only what the database keeps is read anew.
func WithSource(load func() (config.Config, error)) Option {
	return func(s *settings) { s.source = load }
}
