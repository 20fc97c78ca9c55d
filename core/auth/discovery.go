package auth

import (
	"net/http"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

// discoveryBody is the part of OpenID Connect Discovery 1.0, section 3, that verifiers of access tokens read. GoTrue has the
// same members.
type discoveryBody struct {
	Issuer                 string   `json:"issuer"`
	AuthorizationEndpoint  string   `json:"authorization_endpoint"`
	TokenEndpoint          string   `json:"token_endpoint"`
	JWKSURI                string   `json:"jwks_uri"`
	ResponseTypesSupported []string `json:"response_types_supported"`
	SubjectTypesSupported  []string `json:"subject_types_supported"`
	Algorithms             []string `json:"id_token_signing_alg_values_supported"`
}

// discovery describes the issuer to those who verify its tokens. It is the issuer named in tokens, and the service's own
// address where tokens name none.
func (s *Service) discovery(w http.ResponseWriter, _ *http.Request) error {
	issuer := strings.TrimSuffix(s.Issuer, "/")
	if issuer == "" {
		issuer = strings.TrimSuffix(s.External, "/")
	}
	w.Header().Set("Cache-Control", jwksAge)
	return wire.Send(w, http.StatusOK, discoveryBody{
		Issuer: issuer, AuthorizationEndpoint: issuer + "/oauth/authorize", TokenEndpoint: issuer + "/oauth/token",
		JWKSURI: issuer + "/.well-known/jwks.json", ResponseTypesSupported: []string{"code"},
		SubjectTypesSupported: []string{"public"}, Algorithms: []string{"RS256", "HS256", "ES256"},
	})
}
