package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

// Public is what anybody may know of the settings, in GoTrue's form and order: the body of GET /settings.
type Public struct {
	External          map[string]bool `json:"external"` // the ways to sign in, by GoTrue's names
	DisableSignup     bool            `json:"disable_signup"`
	MailerAutoconfirm bool            `json:"mailer_autoconfirm"`
	PhoneAutoconfirm  bool            `json:"phone_autoconfirm"`
	SMSProvider       string          `json:"sms_provider"`
	SAML              bool            `json:"saml_enabled"`
	SAMLNextKey       bool            `json:"saml_private_key_next_configured"`
	Passkeys          bool            `json:"passkeys_enabled"`
}

func (s *Service) publicRoutes(m *routes) {
	m.handle("GET /health", s.health)
	m.handle("GET /settings", s.settings)
	m.handle("GET /.well-known/jwks.json", s.jwks)
	m.handle("GET /.well-known/openid-configuration", s.discovery)
}

// health answers as GoTrue does, which those who ask know by its name.
func (s *Service) health(w http.ResponseWriter, _ *http.Request) error {
	return wire.Send(w, http.StatusOK, struct {
		Version     string `json:"version"`
		Name        string `json:"name"`
		Description string `json:"description"`
	}{s.Version, "GoTrue", "GoTrue is a user registration and authentication API"})
}

func (s *Service) settings(w http.ResponseWriter, _ *http.Request) error {
	return wire.Send(w, http.StatusOK, s.Public)
}

// jwksAge is how long a verifier may keep the keys: auth-js keeps them ten minutes, too.
const jwksAge = "public, max-age=600"

func (s *Service) jwks(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Cache-Control", jwksAge)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.Keys) // a caller who has gone needs no answer
	return nil
}
