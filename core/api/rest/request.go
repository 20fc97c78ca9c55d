package rest

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// asked is a request, and what its answer needs to know of how it was put.
type asked struct {
	query.Request
	target target
	prefer preferences
	// pairs are the parameters of the query string.
	pairs []pair
	// offset of the page, for Content-Range.
	offset int64
	// txApplied: the tx preference counted.
	txApplied bool
}

// request turns wire text into a query.Request.
func (h *Handler) request(r *http.Request, t target) (asked, error) {
	p, err := parseParams(r.URL.RawQuery, t.kind == function && isRead(r.Method), h.options.LegacyTargets)
	if err != nil {
		return asked{}, err
	}
	a := asked{target: t, prefer: parsePrefer(r.Header), pairs: p.pairs, txApplied: h.options.TxOverride}
	a.Schema, a.Prefer, a.Accept = t.schema, a.prefer.Preferences, parseAccept(r.Header.Values("Accept"))
	a.Settings = settings(r, t.path)
	if isRead(r.Method) && !p.paged {
		if err := applyRange(&p.selection, r.Header.Get("Range")); err != nil {
			return asked{}, err
		}
	}
	a.offset = p.selection.Offset
	switch t.kind {
	case root, contract:
		a.Operation, err = h.options.Root.describe(r.Method, t.kind)
	case function:
		a.Operation, err = call(r, t, p)
	case relation:
		a.Operation, err = operation(r, t, &p, a.prefer)
	}
	return a, err
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// operation is what a method does with a relation.
func operation(r *http.Request, t target, p *params, prefer preferences) (query.Operation, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return query.Read{Relation: t.name, Selection: p.selection, HeadersOnly: r.Method == http.MethodHead}, nil
	case http.MethodDelete:
		return query.Delete{Relation: t.name, Selection: p.selection}, nil
	case http.MethodPost, http.MethodPatch, http.MethodPut:
	default:
		return nil, fault.BadMethod(r.Method)
	}
	body, err := rowsBody(r, p.columns != nil)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodPatch {
		return query.Update{Relation: t.name, Body: body, Columns: p.columns, Selection: p.selection}, nil
	}
	return insert(r, t, p, insertBody{body: body, prefer: prefer}), nil
}

// insertBody is a body and the wishes about it.
type insertBody struct {
	body   query.Body
	prefer preferences
}

// insert is a POST or PUT of rows.
func insert(r *http.Request, t target, p *params, b insertBody) query.Operation {
	in := query.Insert{Relation: t.name, Body: b.body, Columns: p.columns, Selection: p.selection}
	switch {
	case r.Method == http.MethodPut:
		return query.Upsert{Insert: in, ByKey: true}
	case b.prefer.has(preferMerge):
		return query.Upsert{Insert: in, On: p.conflict, Resolution: query.MergeDuplicates}
	case b.prefer.has(preferIgnore):
		return query.Upsert{Insert: in, On: p.conflict, Resolution: query.IgnoreDuplicates}
	}
	return in
}

// call is a request to a function.
func call(r *http.Request, t target, p params) (query.Operation, error) {
	c := query.Call{Function: t.name, Selection: p.selection, HeadersOnly: r.Method == http.MethodHead}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.ReadOnly = true
		c.Args = query.NamedArguments(p.args)
		return c, nil
	case http.MethodPost:
		var err error
		c.Args, err = callArguments(r, p.columns)
		return c, err
	}
	return nil, fault.BadRPCMethod(r.Method)
}
