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
	path   string // below the mount, decoded
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
	t, err := h.place(r.URL)
	if err != nil {
		return t, err
	}
	t.path = h.below(r.URL.Path)
	t.schema, err = h.profile(r)
	return t, err
}

// place reads the path. Its parts are decoded each by itself: a name may have a slash.
func (h *Handler) place(u *url.URL) (target, error) {
	first, second, two := strings.Cut(strings.Trim(h.below(u.EscapedPath()), "/"), "/")
	name := decoded(first)
	switch {
	case two && name == "rpc" && !strings.Contains(second, "/"):
		return target{kind: function, name: decoded(second)}, nil
	case two:
		return target{}, fault.BadPath()
	case name == "":
		return h.options.Root.target()
	case name == h.options.Root.Contract:
		return h.options.Root.contractTarget()
	}
	return target{kind: relation, name: name}, nil
}

// below gives a path without the mount.
func (h *Handler) below(path string) string { return strings.TrimPrefix(path, h.options.Mount) }

// decoded gives a part of a path as it is meant. One that is not encoded properly stands for itself.
func decoded(part string) string {
	if name, err := url.PathUnescape(part); err == nil {
		return name
	}
	return part
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
