// Package oidctest gives tests a provider to sign in with: a server of OpenID Connect on the loopback address, with real keys,
// discovery, an authorization and a token endpoint that hold callers to what they registered and to PKCE, and the paths under
// which GitHub and Azure do the same. Like the rest of the test kit, it never reaches the binary.
package oidctest
