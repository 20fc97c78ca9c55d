package engine

import (
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/stmt"
)

// settings are what must be set while a statement runs: the search path, the role and its settings, the claims, and what the
// request and the deployment add. Those of the plan come last.
func (e *Engine) settings(who identity.Principal, req query.Request, role catalog.RoleSettings, planned []query.Setting) []stmt.Setting {
	settings := make([]stmt.Setting, 0, 4+len(role.Settings)+len(e.session.AppSettings)+len(planned))
	settings = append(settings,
		stmt.Setting{Name: "search_path", Value: e.searchPath(req.Schema)},
		stmt.Setting{Name: "role", Value: who.Role},
		stmt.Setting{Name: "request.jwt.claims", Value: string(who.Claims)},
	)
	for _, set := range role.Settings {
		settings = append(settings, stmt.Setting(set))
	}
	settings = append(settings, e.session.AppSettings...)
	if req.Prefer.TimeZone != "" {
		settings = append(settings, stmt.Setting{Name: "timezone", Value: req.Prefer.TimeZone})
	}
	for _, set := range planned {
		settings = append(settings, stmt.Setting(set))
	}
	return settings
}

// searchPath is the request's schema and those that are always searched after it.
func (e *Engine) searchPath(schema string) string {
	if schema == "" {
		return e.extra
	}
	var path strings.Builder
	path.Grow(len(schema) + len(`"", `) + len(e.extra))
	stmt.WriteName(&path, schema)
	if e.extra != "" {
		path.WriteString(", ")
		path.WriteString(e.extra)
	}
	return path.String()
}

// searchPath is the value of the setting search_path for schemas, of which those without a name do not count.
func searchPath(schemas []string) string {
	path := make([]string, 0, len(schemas))
	for _, name := range schemas {
		if name != "" {
			path = append(path, stmt.QuoteName(name))
		}
	}
	return strings.Join(path, ", ")
}
