package auth

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

// routes are the addresses of the service. What GoTrue answers at an unknown one, and to a method that an address does not
// have, is not what net/http.ServeMux would; and a HEAD is never taken for a GET, which may use up what a link holds.
type routes struct {
	service *Service
	paths   map[string]methods
}

// methods are the actions of one address.
type methods map[string]action

// handle adds a route, "METHOD /path" as net/http.ServeMux writes paths.
func (m *routes) handle(pattern string, a action) {
	method, path, _ := strings.Cut(pattern, " ")
	if m.paths[path] == nil {
		m.paths[path] = methods{}
	}
	m.paths[path][method] = a
}

// mux makes the handler of all routes.
func (m *routes) mux() http.Handler {
	mux := http.NewServeMux()
	for path, actions := range m.paths {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			a, ok := actions[r.Method]
			if !ok {
				wire.MethodNotAllowed(w, slices.Sorted(maps.Keys(actions))...)
				return
			}
			m.service.run(a, w, r)
		})
	}
	mux.HandleFunc("/", wire.NotFound)
	return mux
}
