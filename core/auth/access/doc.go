// Package access makes and reads the access tokens of sessions: JWTs with GoTrue's claims, signed by one key and verified by
// several, so that keys can be changed while tokens are out.
//
// It belongs to the Auth service alone: the private key is here. Everybody else verifies with package token and the public
// set. Whether a session still exists is not written in a token; flows ask the store.
package access
