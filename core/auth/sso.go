package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/fault"
)

// ssoRoutes are those of SAML, which this service does not have. They answer as GoTrue does where it is switched off, since
// supabase-js makes an error of its own of an answer that is not JSON. No assertion is ever read.
func (s *Service) ssoRoutes(m *routes) {
	for _, pattern := range []string{"POST /sso", "GET /sso/saml/metadata", "POST /sso/saml/acs"} {
		m.handle(pattern, noSAML)
	}
}

func noSAML(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "saml_provider_disabled", "SAML 2.0 is disabled")
}
