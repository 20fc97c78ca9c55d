package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

// codeGrant gives a session for the code that a flow has ended with.
func (s *Service) codeGrant(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Code     string `json:"auth_code"`
		Verifier string `json:"code_verifier"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	signed, err := s.Flows.ExchangeCode(r.Context(), in.Code, in.Verifier, s.visit(r))
	if err != nil {
		return err
	}
	return sendSession(w, signed)
}
