package plan

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// choose finds the one overload that a call means. The rules are PostgREST's: the argument names must be parameters, and
// no required parameter may be left out; a single unnamed parameter takes the whole body where no overload takes its names.
func (b *builder) choose(op query.Call) (*catalog.Function, error) {
	all := b.cat.Functions(catalog.Name{Schema: b.req.Schema, Name: op.Function})
	names := argumentNames(op.Args)
	var named, whole []*catalog.Function
	for _, fn := range all {
		switch {
		case takesNames(fn, names, op.Args):
			named = append(named, fn)
		case takesBody(fn, op.Args):
			whole = append(whole, fn)
		}
	}
	if len(named) == 0 {
		named = whole
	}
	switch len(named) {
	case 0:
		return nil, b.noFunction(op, names, all)
	case 1:
		return named[0], nil
	}
	return nil, ambiguousFunction(named)
}

// argumentNames are the names of a call's arguments, each once, in order.
func argumentNames(args query.Arguments) []string {
	switch args := args.(type) {
	case query.BodyArguments:
		return args.Body.Keys
	case query.NamedArguments:
		var names []string
		known := make(map[string]bool, len(args))
		for _, a := range args {
			if !known[a.Name] {
				known[a.Name] = true
				names = append(names, a.Name)
			}
		}
		return names
	}
	return nil
}

// takesNames reports whether a function can be called with exactly these arguments.
func takesNames(fn *catalog.Function, names []string, args query.Arguments) bool {
	if len(fn.Params) == 0 {
		return len(names) == 0 && !isOpaque(args)
	}
	for _, p := range fn.Params {
		if p.Required && !p.Variadic && !slices.Contains(names, p.Name) {
			return false
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(fn.Params, func(p catalog.Param) bool { return p.Name == n }) {
			return false
		}
	}
	return true
}

// isOpaque reports whether a call brings a body that has no names.
func isOpaque(args query.Arguments) bool {
	body, ok := args.(query.BodyArguments)
	return ok && body.Body.Type != query.JSON
}

// takesBody reports whether a function's single unnamed parameter takes the call's whole body.
func takesBody(fn *catalog.Function, args query.Arguments) bool {
	body, ok := args.(query.BodyArguments)
	if !ok || len(fn.Params) != 1 || fn.Params[0].Name != "" {
		return false
	}
	switch t := fn.Params[0].Type; body.Body.Type {
	case query.JSON:
		return body.Body.Whole && (t == "json" || t == "jsonb")
	case query.Text:
		return t == "text"
	case query.XML:
		return t == "xml"
	case query.Bytes:
		return t == "bytea"
	}
	return false
}

// noFunction is the fault of a call that no function fits. Its texts are PostgREST's.
func (b *builder) noFunction(op query.Call, names []string, all []*catalog.Function) error {
	full := b.req.Schema + "." + op.Function
	called, searched := full, full
	unnamed := unnamedKind(op.Args)
	list := strings.Join(sorted(names), ", ")
	switch {
	case isOpaque(op.Args):
		searched += " with a single unnamed " + unnamed + " parameter"
	case len(names) == 0:
		called += " without parameters"
		searched += " without parameters"
	default:
		called += "(" + list + ")"
		searched += " with parameter" + plural(names) + " " + list
	}
	if !isOpaque(op.Args) && unnamed != "" {
		searched += " or with a single unnamed " + unnamed + " parameter"
	}
	return fault.NoFunction(
		fmt.Sprintf("Could not find the function %s in the schema cache", called),
		fmt.Sprintf("Searched for the function %s, but no matches were found in the schema cache.", searched),
		b.functionHint(op, list, all))
}

func plural(names []string) string {
	if len(names) > 1 {
		return "s"
	}
	return ""
}

// unnamedKind is the type of single unnamed parameter that would take the body; "" for none.
func unnamedKind(args query.Arguments) string {
	body, ok := args.(query.BodyArguments)
	if !ok || body.Body.Type == query.JSON && !body.Body.Whole {
		return ""
	}
	return [...]string{query.JSON: "json/jsonb", query.Text: "text", query.XML: "xml", query.Bytes: "bytea"}[body.Body.Type]
}

// functionHint suggests another function, or another set of parameters of the same one. A body without names gives nothing
// to go by.
func (b *builder) functionHint(op query.Call, names string, overloads []*catalog.Function) string {
	if isOpaque(op.Args) {
		return ""
	}
	name := op.Function
	prefix := "Perhaps you meant to call the function " + b.req.Schema + "."
	if len(overloads) == 0 {
		if near, ok := closest(name, b.cat.FunctionNames(b.req.Schema), anyLikeness); ok {
			return prefix + near
		}
		return ""
	}
	lists := make([]string, len(overloads))
	for i, fn := range overloads {
		lists[i] = "(" + strings.Join(sorted(paramNames(fn)), ", ") + ")"
	}
	if near, ok := closest("("+names+")", lists, anyLikeness); ok {
		return prefix + name + near
	}
	return ""
}

func paramNames(fn *catalog.Function) []string {
	names := make([]string, len(fn.Params))
	for i, p := range fn.Params {
		names[i] = p.Name
	}
	return names
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// ambiguousFunction is the fault of a call that several overloads fit.
func ambiguousFunction(fns []*catalog.Function) error {
	signatures := make([]string, len(fns))
	for i, fn := range fns {
		params := make([]string, len(fn.Params))
		for j, p := range fn.Params {
			params[j] = p.Name + " => " + p.Type
		}
		signatures[i] = fn.Name.String() + "(" + strings.Join(params, ", ") + ")"
	}
	return fault.AmbiguousFunction(strings.Join(signatures, ", "))
}

// byteaText is the hex form of bytes (PostgreSQL documentation, 8.4.1).
func byteaText(raw []byte) string { return `\x` + hex.EncodeToString(raw) }
