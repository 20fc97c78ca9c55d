package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
)

// target is what a request is about.
type target struct {
	kind   targetKind
	schema string
	name   string
}

type targetKind int

const (
	root targetKind = iota
	relation
	function
	contract // the OpenAPI 3.1 description
)

// target reads the path and the profile headers.
func (h *Handler) target(r *http.Request) (target, error) {
	var t target
	var err error
	parts := segments(r.URL)
	switch {
	case len(parts) == 1 && parts[0] == "":
		t, err = h.options.Root.target()
	case len(parts) == 1 && parts[0] == h.options.Root.Contract:
		t, err = h.options.Root.contractTarget()
	case len(parts) == 1:
		t.kind, t.name = relation, parts[0]
	case len(parts) == 2 && parts[0] == "rpc":
		t.kind, t.name = function, parts[1]
	default:
		return t, fault.BadPath()
	}
	if err != nil {
		return t, err
	}
	t.schema, err = h.profile(r)
	return t, err
}

// segments are the parts of a path, each decoded by itself: a name may have a slash.
func segments(u *url.URL) []string {
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			parts[i] = decoded
		}
	}
	return parts
}

// negotiates reports whether requests choose among several schemas, so that the answer tells which one it was.
func (h *Handler) negotiates() bool { return len(h.options.Schemas) > 1 }

// profile is the schema that a request asks for, or the default one.
func (h *Handler) profile(r *http.Request) (string, error) {
	name := "Content-Profile"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		name = "Accept-Profile"
	}
	schema := r.Header.Get(name)
	switch {
	case schema == "":
		return h.options.Schemas[0], nil
	case !slices.Contains(h.options.Schemas, schema):
		return "", fault.SchemaNotExposed(schema, h.options.Schemas)
	}
	return schema, nil
}
