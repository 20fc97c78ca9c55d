package app

import (
	"net/http"
	"strings"

	"github.com/pergola-dev/pergola/core/config"
)

// The paths of the page that shows the API.
const (
	docsMount = "/docs"
	docsAlias = restMount + "/_docs"
)

// withExplorer serves the page beside the surfaces where there is one: without a description it has nothing to show.
func withExplorer(surfaces http.Handler, cfg config.Config, page http.Handler) http.Handler {
	if page == nil || cfg.OpenAPI.Mode == config.OpenAPIDisabled {
		return surfaces
	}
	page = http.StripPrefix(docsMount, page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == docsAlias:
			w.Header().Set("Location", "../../docs") // relative, for the sake of whatever prefix a gateway has
			w.WriteHeader(http.StatusTemporaryRedirect)
		case path == docsMount, strings.HasPrefix(path, docsMount+"/"):
			page.ServeHTTP(w, r)
		default:
			surfaces.ServeHTTP(w, r)
		}
	})
}
