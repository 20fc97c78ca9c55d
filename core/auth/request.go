package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
)

// visit is where a request comes from.
func (s *Service) visit(r *http.Request) flow.Visit {
	return flow.Visit{UserAgent: r.UserAgent(), IP: s.address(r), External: s.external(r)}
}

// external is the service's address by another of its hosts, where the request came by one; "" where not.
func (s *Service) external(r *http.Request) string {
	host, ok := redirect.ExternalHost(r.Header.Get("X-Forwarded-Host"), s.MailHosts)
	if !ok {
		return ""
	}
	u, err := url.Parse(s.External)
	if err != nil {
		return ""
	}
	u.Scheme, u.Host = "https", host
	if proto := r.Header.Get("X-Forwarded-Proto"); u.Hostname() == "localhost" && (proto == "" || proto == "http") {
		u.Scheme = "http"
	}
	return u.String()
}

// address is the one that a request comes from, where it can be trusted.
func (s *Service) address(r *http.Request) string {
	if s.Address == nil {
		return ""
	}
	return s.Address(r)
}

// limit counts a use by the address that a request comes from, and refuses one too many.
func (s *Service) limit(r *http.Request, use flow.Use) error {
	return s.Flows.Admit(r.Context(), use, s.visit(r))
}

// bearer gives the access token of a request. The apikey header is the gateway's business, and no token.
func bearer(r *http.Request) (string, error) {
	raw, ok := token.Bearer(r.Header.Get("Authorization"))
	if !ok || raw == "" {
		return "", fault.New(fault.Unauthenticated, "no_authorization", "This endpoint requires a valid Bearer token")
	}
	return raw, nil
}

// apiKey says for whom an opaque API key stands that the request shows in the place of a token.
func (s *Service) apiKey(r *http.Request) (token.KeyKind, error) {
	kind, err := s.APIKeys.Of(r.Context(), token.Shown{
		Authorization: r.Header.Get("Authorization"), APIKey: r.Header.Get("Apikey"), UserAgent: r.UserAgent(),
	})
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Unauthenticated {
		return kind, fault.New(fault.Unauthenticated, "no_authorization", f.Message).WithCause(err)
	}
	return kind, err
}

// caller is the user whose session the request's access token belongs to. An API key is nobody's.
func (s *Service) caller(r *http.Request) (flow.Caller, error) {
	switch kind, err := s.apiKey(r); {
	case err != nil:
		return flow.Caller{}, err
	case kind != token.NoKey:
		return flow.Caller{}, flow.Nobody()
	}
	raw, err := bearer(r)
	if err != nil {
		return flow.Caller{}, err
	}
	return s.Flows.Recognise(r.Context(), raw)
}

// admin lets those through whose token has a role of administrators, and holders of the secret key. A token of a session
// counts only as long as there is the session; the other tokens that the keys have signed are API keys.
func (s *Service) admin(r *http.Request) (flow.Admin, error) {
	switch kind, err := s.apiKey(r); {
	case err != nil:
		return flow.Admin{}, err
	case kind == token.SecretKey:
		return flow.Admin{Claims: access.Claims{Role: identity.ServiceRole}}, nil
	case kind == token.PublishableKey:
		return flow.Admin{}, flow.NotAdmin()
	}
	raw, err := bearer(r)
	if err != nil {
		return flow.Admin{}, err
	}
	return s.Flows.RecogniseAdmin(r.Context(), raw, s.Admins)
}

// asked is where a request says that the application wants to go on.
func asked(r *http.Request) string {
	form := ""
	if r.Form != nil {
		form = r.Form.Get("redirect_to")
	}
	return cmp.Or(r.Header.Get("redirect_to"), r.URL.Query().Get("redirect_to"), form)
}

// redirectTo is where the application wants to go on afterwards: by a header field, the query or a form, as GoTrue reads it.
// It is one that the policy allows, whatever was asked for.
func (s *Service) redirectTo(r *http.Request) string {
	to, refused := s.Redirects.Choose(asked(r), r.Referer())
	if refused != "" {
		s.log().DebugContext(r.Context(), "a redirect leads elsewhere than it was asked to", "because", refused)
	}
	return to
}

// challenge is how a client of PKCE binds what it asks for to itself (RFC 7636). Bodies that begin a flow embed it.
type challenge struct {
	Challenge string `json:"code_challenge"`
	Method    string `json:"code_challenge_method"` // "s256" or "plain", in any case
}

// pkce is what flows take of it.
func (c challenge) pkce() flow.Challenge { return flow.Challenge{Text: c.Challenge, Method: c.Method} }

// isObject refuses a member of a body that has to be an object, and is there.
func isObject(name string, value json.RawMessage) error {
	if len(value) == 0 || value[0] == '{' || string(value) == "null" {
		return nil
	}
	return fault.New(fault.Invalid, "bad_json", "Could not parse request body as JSON: "+name+" must be an object")
}
