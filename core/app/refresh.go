package app

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/web"
)

// refreshPath is where the schema is read anew on request; pgrest-lambda has it there.
const refreshPath = restMount + "/_refresh"

// refresh answers POST refreshPath where it is on: the holder of the secret key has the schema and the settings that are
// kept in the database read anew, and is answered when that is done. It is for those who can reach neither the process nor
// the channel; of several processes only the one that answers reads anew.
func (a *App) refresh(on bool, faults web.FaultOptions) web.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !on || r.URL.Path != refreshPath || r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			if err := a.refreshFor(r); err != nil {
				web.WriteFault(w, r, err, faults)
				return
			}
			ok(w)
		})
	}
}

func (a *App) refreshFor(r *http.Request) error {
	who, known := identity.FromContext(r.Context())
	switch {
	case !known || !who.Authenticated:
		return fault.NeedsToken(fault.OnlyFor(identity.ServiceRole))
	case who.Role != identity.ServiceRole:
		return fault.OnlyFor(identity.ServiceRole)
	}
	return a.Reload(r.Context())
}
