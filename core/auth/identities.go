package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

func (s *Service) identityRoutes(m *routes) {
	m.handle("GET /user/identities/authorize", s.authorizeLink)
	m.handle("DELETE /user/identities/{identity_id}", s.unlink)
}

// authorizeLink sends the caller to a provider, whose identity is linked when they come back.
func (s *Service) authorizeLink(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	to, err := s.Flows.DepartToLink(r.Context(), c, s.departure(r))
	if err != nil {
		return err
	}
	return sendAway(w, r, to)
}

func (s *Service) unlink(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	if err := s.Flows.Unlink(r.Context(), c, r.PathValue("identity_id"), s.visit(r)); err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct{}{})
}
