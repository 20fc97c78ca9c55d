// Package token makes and verifies what callers bring: tokens, which are JWTs, and API keys, which are JWTs or opaque.
//
// It stands beside the pipeline: web and the authorizer hand it the raw text of a credential and get an
// identity.Principal back, or a fault with PostgREST's code and text. It knows neither HTTP nor the database.
//
// A token is verified with keys of the operator alone. The algorithm follows from the key, never from the token alone:
// a public key does not verify HMAC, a secret does not verify signatures, and "none" is refused.
package token
