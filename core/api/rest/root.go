package rest

import (
	"net/http"
	"strings"

	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// Root says what the root path answers. The zero value describes what the caller may use.
type Root struct {
	// Function is called in place of the description, as if its own path had been asked for; "" for none. A schema before its
	// name does not count: the request's schema does.
	Function string
	// Disabled: there is no description.
	Disabled bool
	// Everything is described, whatever the caller's rights.
	Everything bool
}

// target is what the root path stands for.
func (o Root) target() (target, error) {
	if o.Function == "" {
		if o.Disabled {
			return target{}, fault.RootDisabled()
		}
		return target{kind: root}, nil
	}
	t := target{kind: function, name: o.Function}
	if _, name, ok := strings.Cut(o.Function, "."); ok {
		t.name = name
	}
	return t, nil
}

// describe is what a method does with the root path.
func (o Root) describe(method string) (query.Operation, error) {
	if !isRead(method) {
		return nil, fault.BadMethod(method)
	}
	return query.Describe{Everything: o.Everything, HeadersOnly: method == http.MethodHead}, nil
}

// respond turns an answer into a response. A description is put together only here, from what the database said.
func (h *Handler) respond(r *http.Request, q asked, a engine.Answer) (response, error) {
	op, ok := q.Operation.(query.Describe)
	if !ok {
		return respond(r, q, a)
	}
	res := response{status: http.StatusOK, header: http.Header{}}
	res.content(a)
	if op.HeadersOnly {
		return res, nil
	}
	var err error
	res.body, err = h.options.Resources.Document(a)
	return res, err
}
