package plan

import (
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// call plans a function call and the tree over its rows.
func (b *builder) call(op query.Call) (Plan, error) {
	fn, err := b.choose(op)
	if err != nil {
		return Plan{}, err
	}
	if b.req.Prefer.Strict && b.req.Prefer.MaxAffected != nil && !fn.Returns.Set {
		return Plan{}, fault.MaxAffectedOnScalar()
	}
	p := Plan{ReadOnly: op.ReadOnly || fn.Volatility != catalog.Volatile, Count: b.count(), Isolation: fn.Isolation}
	for _, s := range fn.Settings {
		p.Settings = append(p.Settings, query.Setting{Name: s.Name, Value: s.Value})
	}
	if err := b.media(&p, readTarget{function: fn}); err != nil {
		return Plan{}, err
	}
	c := Call{Function: fn, HeadersOnly: op.HeadersOnly}
	c.Args = arguments(fn, op.Args)
	if body, ok := op.Args.(query.BodyArguments); ok {
		c.Body, c.BodyMany = body.Body.Raw, body.Body.Many
	}
	if c.Result, err = b.callResult(fn, op.Selection, p.Media); err != nil {
		return Plan{}, err
	}
	c.Returning = b.returned
	p.Action = c
	if c.Result == nil {
		return p, nil
	}
	return p, checkHandler(p.Media, op.Selection.Items, b.req.Accept)
}

// callResult plans the tree over a function's rows; nil where its result is a value.
func (b *builder) callResult(fn *catalog.Function, sel query.Selection, m Media) (*Select, error) {
	if _, verbatim := m.Encoding.(Verbatim); verbatim || fn.Returns.Kind != catalog.Composite {
		return nil, nil
	}
	s := &scope{node: &Select{Alias: b.alias(fn.Name.Name)}, target: CallAlias, columns: fn.Returns.Columns}
	produced := Produced{}
	if fn.Returns.Relation {
		produced.Relation, _ = b.cat.Relation(fn.Returns.Type)
		s.origin = produced.Relation
	}
	if s.origin == nil && s.columns == nil {
		return nil, nil // a record whose columns nobody knows: its rows are the answer as they are
	}
	s.node.From = produced
	if err := b.fill(s, sel); err != nil {
		return nil, err
	}
	if fn.Returns.Set {
		limitRows(s.node, b.rules.MaxRows)
	}
	return s.node, nil
}

// CallAlias is what the rows of a called function are called inside the call.
const CallAlias = "pergola_call"

// arguments pairs the values of a call with the function's parameters.
func arguments(fn *catalog.Function, args query.Arguments) []Arg {
	switch args := args.(type) {
	case query.NamedArguments:
		return namedArguments(fn, args)
	case query.BodyArguments:
		if takesBody(fn, args) && !takesNames(fn, args.Body.Keys, args) {
			return []Arg{{Param: fn.Params[0], Text: bodyText(args.Body)}}
		}
		return bodyArguments(fn, args.Body.Keys)
	}
	return nil
}

// bodyArguments are the parameters whose values a body's object has.
func bodyArguments(fn *catalog.Function, keys []string) []Arg {
	var out []Arg
	for _, p := range fn.Params {
		if slices.Contains(keys, p.Name) {
			out = append(out, Arg{Param: p, FromBody: true})
		}
	}
	return out
}

// namedArguments pairs text values with parameters. Of a repeated name the last value counts, but for a variadic parameter
// all of them do.
func namedArguments(fn *catalog.Function, args query.NamedArguments) []Arg {
	var out []Arg
	for _, p := range fn.Params {
		values := valuesOf(args, p.Name)
		switch {
		case len(values) == 0:
		case p.Variadic && !(len(values) == 1 && isArrayLiteral(values[0])):
			out = append(out, Arg{Param: p, Text: arrayLiteral(values)})
		default:
			out = append(out, Arg{Param: p, Text: values[len(values)-1]})
		}
	}
	return out
}

func isArrayLiteral(s string) bool { return len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}' }

func valuesOf(args query.NamedArguments, name string) []string {
	var values []string
	for _, a := range args {
		if a.Name == name {
			values = append(values, a.Value)
		}
	}
	return values
}

// bodyText is a body as the text format of the single unnamed parameter that takes it.
func bodyText(b query.Body) string {
	if b.Type == query.Bytes {
		return byteaText(b.Raw)
	}
	return string(b.Raw)
}
