package rest

import (
	"crypto/sha256"
	"encoding/hex"
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
	// Contract is the path of the OpenAPI 3.1 description, which stands in place of a relation of that name; "" for none.
	Contract string
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

// contractTarget is what the path of the OpenAPI 3.1 description stands for.
func (o Root) contractTarget() (target, error) {
	if o.Disabled {
		return target{}, fault.RootDisabled()
	}
	return target{kind: contract}, nil
}

// describe is what a method does with the root path, or with that of the OpenAPI 3.1 description.
func (o Root) describe(method string, kind targetKind) (query.Operation, error) {
	if !isRead(method) {
		return nil, fault.BadMethod(method)
	}
	return query.Describe{Everything: o.Everything, Rights: kind == contract, HeadersOnly: method == http.MethodHead}, nil
}

// respond turns an answer into a response. A description is put together only here, from what the database said.
func (h *Handler) respond(r *http.Request, q asked, a engine.Answer) (response, error) {
	op, ok := q.Operation.(query.Describe)
	if !ok {
		return respond(r, q, a)
	}
	res := response{status: http.StatusOK}
	res.content(a)
	if op.HeadersOnly {
		return res, nil
	}
	var err error
	res.body, err = h.options.Resources.Document(a)
	if err == nil && op.Rights {
		res.revalidate(r)
	}
	return res, err
}

// revalidate names the body by its hash, and leaves it out for a caller who has it. What it says depends on the caller and
// on grants, which no catalog knows: so nobody may keep it without asking again.
func (res *response) revalidate(r *http.Request) {
	sum := sha256.Sum256(res.body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	res.etag = tag
	res.cacheControl = "private, no-cache"
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimSpace(known); known == "*" || strings.TrimPrefix(known, "W/") == tag {
			res.status, res.body = http.StatusNotModified, nil
			res.contentType = ""
		}
	}
}
