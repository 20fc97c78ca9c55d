package redirect

import "strings"

// ExternalHost gives the host that links in mails may point to instead of API_EXTERNAL_URL's: forwardedHost, the value of
// X-Forwarded-Host, if it is one of allowed (GOTRUE_MAILER_EXTERNAL_HOSTS), written as it is there. Hosts are compared as
// a whole, with their ports and without regard to case; ok is false for every other value, and the header is to be
// ignored then. The scheme that belongs to an allowed host is https; X-Forwarded-Proto counts for "localhost" alone.
func ExternalHost(forwardedHost string, allowed []string) (host string, ok bool) {
	for _, host := range allowed {
		if host != "" && strings.EqualFold(host, forwardedHost) {
			return host, true
		}
	}
	return "", false
}
