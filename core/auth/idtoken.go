package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

// idTokenBody is the body of the grant id_token.
type idTokenBody struct {
	IDToken      string `json:"id_token"`
	AccessToken  string `json:"access_token"`
	Nonce        string `json:"nonce"`
	Provider     string `json:"provider"`
	ClientID     string `json:"client_id"`
	Issuer       string `json:"issuer"`
	LinkIdentity bool   `json:"link_identity"`
}

// idTokenGrant gives a session for an ID token of a provider's, or links its identity to the caller.
func (s *Service) idTokenGrant(w http.ResponseWriter, r *http.Request) error {
	var in idTokenBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	signed, err := s.signInWithIDToken(r, in)
	if err != nil {
		return ofOAuth(err)
	}
	return sendSession(w, signed)
}

func (s *Service) signInWithIDToken(r *http.Request, in idTokenBody) (flow.Signed, error) {
	assertion := oauth.Assertion{
		IDToken: in.IDToken, AccessToken: in.AccessToken, Nonce: in.Nonce, Provider: in.Provider, Issuer: in.Issuer, ClientID: in.ClientID,
	}
	if !in.LinkIdentity {
		return s.Flows.SignInWithIDToken(r.Context(), assertion, s.visit(r))
	}
	if r.Header.Get("Authorization") == "" {
		return flow.Signed{}, &oauth.Refusal{
			Code: "invalid request", Description: "Linking requires a valid user access token in Authorization",
		}
	}
	c, err := s.caller(r)
	if err != nil {
		return flow.Signed{}, err
	}
	return s.Flows.LinkByIDToken(r.Context(), c, assertion, s.visit(r))
}
