// Package oauth talks to those who vouch for people: Google, GitHub, Apple, Azure, and any issuer of OpenID Connect. It gives
// the address to send a person to, turns the code that they come back with into tokens, and the tokens into a Person: an id
// at the provider, addresses, and claims in the form in which identities keep them.
//
// It stands beside Auth's flows, as mail and webhook do: a flow decides what a Person may do, and this package knows neither
// users nor sessions. What a provider says is believed only when its keys have signed it or it came from its own server by
// the address that the operator has set. Addresses of providers are the operator's settings, so private ones are allowed.
//
// Nothing is asked of a provider before the first request that needs it. What its discovery document says is kept for a
// while in this process, and its keys until a token comes that none of them has signed.
package oauth
