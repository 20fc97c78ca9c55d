// Package totp makes and checks the codes of authenticator apps (RFC 6238: SHA-1, six digits, steps of 30 seconds), which
// are a user's second factor, and says what an app needs to know in order to make them: an address, and a picture of it.
//
// It stands at the bottom of the Auth service. Everything is a pure function of a secret and a time: that a code serves once,
// and how often one may guess, is for flows to see to.
//
// The text of a secret never appears when a value of this package is printed or logged.
package totp
