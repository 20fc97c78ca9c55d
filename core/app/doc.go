// Package app puts the rooms together: a config.Config becomes an App with an http.Handler and a way to close it.
//
// It is the only package that knows all others, and it is public, so that a Go program can embed the API: the whole of it,
// REST alone, without auth, or with a handler of its own in auth's place.
package app
