package fault

import "strings"

// NoJWTSecret is a token that nothing can verify, because no key is configured.
func NoJWTSecret() *Error {
	return New(Internal, "PGRST300", "Server lacks JWT secret")
}

// BadToken is a token that cannot be decoded or verified. details may be "".
func BadToken(message, details string) *Error {
	e := New(Unauthenticated, "PGRST301", message).WithHeader("WWW-Authenticate", challenge(message))
	if details != "" {
		e.Details = details
	}
	return e
}

// AnonymousDisabled says that a token is needed, because there is no anonymous role.
func AnonymousDisabled() *Error {
	return New(Unauthenticated, "PGRST302", "Anonymous access is disabled").WithHeader("WWW-Authenticate", "Bearer")
}

// BadClaims is a verified token whose claims do not hold: expired, not yet valid, for another audience, of a wrong type.
func BadClaims(message string) *Error {
	return New(Unauthenticated, "PGRST303", message).WithHeader("WWW-Authenticate", challenge(message))
}

// KeyRequired says that a request came without an API key although one is required.
func KeyRequired() *Error {
	return New(Unauthenticated, CodeKeyRequired, "No API key found in request").
		WithHint("Send your API key in the apikey header.")
}

// UnknownKey is an opaque API key that is none of the configured ones.
func UnknownKey() *Error {
	return New(Unauthenticated, CodeUnknownKey, "Invalid API key").
		WithHint("The key is none of those that the server has (PERGOLA_PUBLISHABLE_KEYS, PERGOLA_SECRET_KEYS).")
}

// SecretInBrowser is a secret API key that a browser has sent. The message is Supabase's.
func SecretInBrowser() *Error {
	return New(Unauthenticated, CodeKeyInBrowser, "Forbidden use of secret API key in browser").
		WithHint("Whoever can see the page has the key by now: make another one, and give browsers a publishable key.")
}

// challenge is the WWW-Authenticate value of a bad token (RFC 6750, section 3).
func challenge(description string) string {
	return `Bearer error="invalid_token", error_description="` + strings.ReplaceAll(description, `"`, `'`) + `"`
}

// NeedsToken makes a refusal of an anonymous caller into a request for a credential.
func NeedsToken(refused *Error) *Error {
	c := *refused
	c.Kind = Unauthenticated
	return c.WithHeader("WWW-Authenticate", "Bearer")
}
