package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) tokenRoutes(m *routes) {
	m.handle("POST /token", s.sweeping(s.token))
}

// token gives a session for one of several grants.
func (s *Service) token(w http.ResponseWriter, r *http.Request) error {
	grant := r.URL.Query().Get("grant_type")
	if grant != "refresh_token" { // which counts by itself
		if err := s.limit(r, flow.UseToken); err != nil {
			return err
		}
	}
	switch grant {
	case "password":
		return s.passwordGrant(w, r)
	case "refresh_token":
		return s.refreshGrant(w, r)
	case "id_token":
		return s.idTokenGrant(w, r)
	case "pkce":
		return s.codeGrant(w, r)
	}
	return fault.New(fault.Invalid, "invalid_credentials", "unsupported_grant_type")
}

// passwordBody is the body of a sign-in with a password.
type passwordBody struct {
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Password string `json:"password"`
}

func (s *Service) passwordGrant(w http.ResponseWriter, r *http.Request) error {
	var in passwordBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	signed, err := s.signInWithPassword(r, in)
	if err != nil {
		return err
	}
	wire.SetSignedIn(w.Header(), signed)
	return wire.Send(w, http.StatusOK, wire.NewSession(signed).OfPassword(nil))
}

func (s *Service) refreshGrant(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	signed, err := s.Flows.Refresh(r.Context(), in.RefreshToken, s.visit(r))
	if err != nil {
		return err
	}
	wire.SetRefreshed(w.Header(), signed)
	return wire.Send(w, http.StatusOK, wire.NewSession(signed))
}

// sweeping is an action that now and then deletes what nobody will ask for. Its own answer is on the way by then, as far as
// it fits into a buffer, and a failure is none of the caller's.
func (s *Service) sweeping(a action) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := a(w, r); err != nil || s.Sweep == nil || !s.Sweep() {
			return err
		}
		if _, err := s.Flows.Sweep(r.Context()); err != nil {
			s.log().WarnContext(r.Context(), "what has expired could not be deleted", "error", err)
		}
		return nil
	}
}
