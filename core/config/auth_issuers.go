package config

import (
	"slices"
	"strings"
)

const (
	authPrefix     = "GOTRUE_"
	externalPrefix = "GOTRUE_EXTERNAL_"
)

// providerFields are what the settings of a provider end in. Of two that fit, the longer one is meant, which stands first.
var providerFields = []string{
	"_SKIP_NONCE_CHECK", "_EMAIL_OPTIONAL", "_REDIRECT_URI", "_CLIENT_ID", "_API_URL", "_ENABLED", "_SECRET", "_URL",
}

// providerField takes the name of a provider's setting apart: GOTRUE_EXTERNAL_MY_IDP_CLIENT_ID is MY_IDP and _CLIENT_ID.
func providerField(name string) (word, field string, ok bool) {
	rest, ok := strings.CutPrefix(name, externalPrefix)
	if !ok {
		return "", "", false
	}
	for _, field := range providerFields {
		if word, ok := strings.CutSuffix(rest, field); ok {
			return word, field, word != "" && strings.ToUpper(word) == word
		}
	}
	return "", "", false
}

func unknownProvider(word string) string {
	return "unknown provider: " + strings.Join(namedProviders, ", ") + " are known, and any issuer of OpenID Connect by its address in " +
		externalPrefix + word + "_URL"
}

// issuers reads the settings of providers that are issuers of OpenID Connect: those that an address is given of.
func (l *loader) issuers() {
	if l.profile == PostgREST {
		return
	}
	for _, name := range l.names() {
		word, field, ok := providerField(name)
		if ok && field == "_URL" && l.text(name) != "" && !slices.Contains(l.knownNames(), name) {
			issuer := OAuthProvider{Name: strings.ToLower(word)}
			l.config.Auth.External.Issuers = append(l.config.Auth.External.Issuers, issuer)
		}
	}
	for _, s := range issuerTables(l.config.Auth.External.Issuers) {
		l.load(s)
	}
}

// issuerTables are the settings of such providers.
func issuerTables(issuers []OAuthProvider) []setting {
	var all []setting
	for i, p := range issuers {
		all = append(all, providerTable(strings.ToUpper(p.Name), func(c *Config) *OAuthProvider { return &c.Auth.External.Issuers[i] })...)
	}
	for i := range all {
		all[i].fixed, all[i].auth = true, true
	}
	return all
}
