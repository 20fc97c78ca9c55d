package web

import "net/http"

// Middleware wraps a handler in another one.
type Middleware func(http.Handler) http.Handler

// Chain wraps h in mw, of which the first is the outermost.
func Chain(h http.Handler, mw ...Middleware) http.Handler {
	for i := len(mw) - 1; i >= 0; i-- {
		h = mw[i](h)
	}
	return h
}
