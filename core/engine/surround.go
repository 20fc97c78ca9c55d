package engine

import (
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/stmt"
)

// surround puts around a statement what must hold while it runs: the search path, the role and its settings, the claims,
// and what the request and the deployment add. The statement's own settings, which a function asks for, come last.
func (e *Engine) surround(s *stmt.Statement, who identity.Principal, req query.Request, cat *catalog.Snapshot) {
	role := cat.Roles[who.Role]
	settings := make([]stmt.Setting, 0, 4+len(role.Settings)+len(e.session.AppSettings)+len(s.Settings))
	settings = append(settings,
		stmt.Setting{Name: "search_path", Value: e.searchPath(req.Schema)},
		stmt.Setting{Name: "role", Value: who.Role},
		stmt.Setting{Name: "request.jwt.claims", Value: string(who.Claims)},
	)
	for _, set := range role.Settings {
		settings = append(settings, stmt.Setting{Name: set.Name, Value: set.Value})
	}
	settings = append(settings, e.session.AppSettings...)
	if req.Prefer.TimeZone != "" {
		settings = append(settings, stmt.Setting{Name: "timezone", Value: req.Prefer.TimeZone})
	}
	s.Settings = append(settings, s.Settings...)
	s.PreRequest = e.session.PreRequest
	s.Sink = req.Sink
	if s.Isolation == "" {
		s.Isolation = role.Isolation
	}
}

// searchPath is the request's schema and those that are always searched after it.
func (e *Engine) searchPath(schema string) string {
	path := make([]string, 0, 1+len(e.session.SearchPath))
	for _, name := range append([]string{schema}, e.session.SearchPath...) {
		if name != "" {
			path = append(path, stmt.QuoteName(name))
		}
	}
	return strings.Join(path, ", ")
}
