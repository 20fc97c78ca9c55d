package auth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) oauthRoutes(m *routes) {
	m.handle("GET /authorize", s.authorize)
	m.handle("GET /callback", s.callback)
	m.handle("POST /callback", s.callback)
}

// authorize sends a browser to a provider.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) error {
	to, err := s.Flows.Depart(r.Context(), s.departure(r))
	if err != nil {
		return err
	}
	return sendAway(w, r, to)
}

// departure reads what somebody asks for who wants to be sent to a provider. What this service does not know is for the
// provider, as far as package oauth lets it pass.
func (s *Service) departure(r *http.Request) flow.Departure {
	q := r.URL.Query()
	return flow.Departure{
		Provider: strings.ToLower(q.Get("provider")), Scopes: q.Get("scopes"), Extra: q, RedirectTo: s.arrival(r),
		Challenge:  flow.Challenge{Text: q.Get("code_challenge"), Method: q.Get("code_challenge_method")},
		Invitation: q.Get("invite_token"),
	}
}

// arrival is where the application goes on after a provider: where it asked for, else where the settings say.
func (s *Service) arrival(r *http.Request) string {
	if s.Arrival != "" && asked(r) == "" {
		return s.Arrival
	}
	return s.redirectTo(r)
}

// sendAway redirects to a provider, or tells its address to a client that goes there by itself.
func sendAway(w http.ResponseWriter, r *http.Request, to string) error {
	if r.URL.Query().Get("skip_http_redirect") == "true" {
		w.Header().Set("Cache-Control", "no-store")
		return wire.Send(w, http.StatusOK, map[string]string{"url": to})
	}
	return sendOn(w, http.StatusFound, to)
}

// sendOn redirects to an address that holds secrets and serves once, with a status of GoTrue's.
func sendOn(w http.ResponseWriter, status int, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", to)
	w.WriteHeader(status)
	return nil
}

// callback takes whoever comes back from a provider on to the application, with a session, a code or an error.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) error {
	brought, err := returned(w, r)
	if err != nil {
		return err
	}
	end, err := s.Flows.Return(r.Context(), brought, s.visit(r))
	switch {
	case err != nil:
		return s.leadToError(w, r, end.RedirectTo, err)
	case end.Signed == nil:
		return sendOn(w, http.StatusFound, redirect.AppendQuery(end.RedirectTo, url.Values{"code": {end.Code}}))
	}
	wire.SetSignedIn(w.Header(), *end.Signed)
	return sendOn(w, http.StatusFound, redirect.AppendFragment(end.RedirectTo, sessionParams(*end.Signed)))
}

// returned reads what a provider has sent along: in the query, or in a form.
func returned(w http.ResponseWriter, r *http.Request) (flow.Return, error) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, wire.MaxBody)
		if err := r.ParseForm(); err != nil {
			return flow.Return{}, fault.New(fault.Invalid, "bad_oauth_callback", "The form of the provider cannot be read").WithCause(fmt.Errorf("reading a form: %w", err))
		}
		values = r.Form
	}
	return flow.Return{
		State: values.Get("state"), Code: values.Get("code"), User: values.Get("user"),
		Error: values.Get("error"), ErrorDescription: values.Get("error_description"),
	}, nil
}

// sessionParams is a session in the fragment of an address.
func sessionParams(signed flow.Signed) url.Values {
	v := url.Values{
		"access_token": {signed.AccessToken}, "token_type": {"bearer"}, "refresh_token": {signed.RefreshToken}, "sb": {""},
		"expires_in":     {strconv.FormatInt(int64(signed.ExpiresIn.Seconds()), 10)},
		"expires_at":     {strconv.FormatInt(signed.ExpiresAt.Unix(), 10)},
		"provider_token": {signed.ProviderToken},
	}
	if signed.ProviderRefreshToken != "" {
		v.Set("provider_refresh_token", signed.ProviderRefreshToken)
	}
	return v
}

// leadToError tells an error to the application, in the query and in the fragment of the address where the flow ends; to is
// "" when nobody knows where, and then it is the site.
func (s *Service) leadToError(w http.ResponseWriter, r *http.Request, to string, err error) error {
	status := http.StatusFound
	if to == "" {
		to, status = s.siteURL(), http.StatusSeeOther
	}
	params := s.errorParams(r, err)
	to = redirect.AppendQuery(to, params)
	params.Set("sb", "")
	return sendOn(w, status, redirect.ReplaceFragment(to, params))
}

// errorParams is an error as parameters of a redirect, in the words of the provider where it is the provider's.
func (s *Service) errorParams(r *http.Request, err error) url.Values {
	if refusal, ok := errors.AsType[*oauth.Refusal](err); ok {
		return url.Values{"error": {refusal.Code}, "error_description": {refusal.Description}}
	}
	f := wire.Told(r, err, s.Log)
	name := cmp.Or(oauthErrors[f.Status()], "server_error")
	switch f.Code {
	case "signup_disabled", "provider_email_needs_verification":
		name = "access_denied"
	}
	return url.Values{"error": {name}, "error_description": {f.Message}, "error_code": {f.Code}}
}

// siteURL is where a redirect leads that nobody has asked for.
func (s *Service) siteURL() string {
	to, _ := s.Redirects.Choose("", "")
	return to
}

// ofOAuth gives the refusal of a provider, or of what it has signed, its form on the wire.
func ofOAuth(err error) error {
	if refusal, ok := errors.AsType[*oauth.Refusal](err); ok {
		return &wire.OAuth{Code: refusal.Code, Description: refusal.Description, Cause: refusal.Cause}
	}
	return err
}
