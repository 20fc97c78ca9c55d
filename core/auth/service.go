package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/token"
)

// Options are what a Service is made of.
type Options struct {
	Flows     *flow.Flows
	Redirects *redirect.Policy
	Keys      []byte   // the public JWKS, at /.well-known/jwks.json
	Issuer    string   // GOTRUE_JWT_ISSUER, of the discovery document; "" for none
	External  string   // where the service is reached from outside (API_EXTERNAL_URL)
	Arrival   string   // where people end up after a provider who asked for no place (GOTRUE_EXTERNAL_REDIRECTURL); "" for the site
	Public    Public   // at /settings
	Version   string   // at /health
	Admins    []string // the roles that administrate users (GOTRUE_JWT_ADMIN_ROLES)
	MailHosts []string // that links in mails may lead to in the place of External's host, where X-Forwarded-Host names one (GOTRUE_MAILER_EXTERNAL_HOSTS)
	Audience  string   // of users that an administrator lists (GOTRUE_JWT_AUD)

	// APIKeys are those that stand for a role and for nobody; nil for none.
	APIKeys *token.APIKeys

	// Address gives the address that a request comes from, where it can be trusted, and "" where it cannot. Sessions and
	// the audit log keep it, and limits per address hold where it is known. nil for a service that never knows.
	Address func(r *http.Request) string

	// Sweep says whether a request for a token is to tidy up behind others; nil for never. A function on Lambda runs only
	// while it answers, so there is nothing else that could.
	Sweep func() bool

	Timeout time.Duration // of a request (GOTRUE_API_MAX_REQUEST_DURATION)
	Log     *slog.Logger  // nil for slog.Default()
}

// Service answers the requests of the Auth API. It is safe for concurrent use.
type Service struct {
	Options
	handler http.Handler
}

// New makes a service.
func New(o Options) *Service {
	s := &Service{Options: o}
	m := &routes{service: s, paths: map[string]methods{}}
	s.publicRoutes(m)
	s.signUpRoutes(m)
	s.mailRoutes(m)
	s.verifyRoutes(m)
	s.tokenRoutes(m)
	s.userRoutes(m)
	s.factorRoutes(m)
	s.adminRoutes(m)
	s.updateRoutes(m)
	s.oauthRoutes(m)
	s.identityRoutes(m)
	s.ssoRoutes(m)
	s.handler = m.mux()
	return s
}

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// action answers one route: it sends its answer itself, or gives the error that the client is to be told.
type action func(w http.ResponseWriter, r *http.Request) error

// run bounds an action in time, and sends its error. A panic is one of ours.
func (s *Service) run(a action, w http.ResponseWriter, r *http.Request) {
	if s.Timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if err := caught(a, w, r); err != nil {
		wire.WriteFault(w, r, err, s.Log)
	}
}

// caught turns a panic of an action into its error. http.ErrAbortHandler stays what it is.
func caught(a action, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return a(w, r)
}
