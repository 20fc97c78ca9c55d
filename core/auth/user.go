package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) userRoutes(m *routes) {
	m.handle("GET /user", s.user)
	m.handle("POST /logout", s.logout)
}

func (s *Service) user(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(c.User))
}

// logout ends sessions of the caller, as the scope says: all without one.
func (s *Service) logout(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	scope := store.Scope(r.URL.Query().Get("scope"))
	switch scope {
	case "":
		scope = store.Global
	case store.Global, store.Local, store.Others:
	default:
		return fault.New(fault.Invalid, "validation_failed", "Unsupported logout scope \""+string(scope)+"\"")
	}
	if err := s.Flows.SignOut(r.Context(), c, scope, s.visit(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
