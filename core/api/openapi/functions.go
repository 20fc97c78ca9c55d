package openapi

import (
	"cmp"
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
)

// function is one that is described, with the names of its parameters' types.
type function struct {
	*catalog.Function
	types []string
}

// functions gives those of the schema that the caller may use, in the order of their names. A path has room for one
// overload: the one with the most parameters.
func (d describer) functions() []function {
	var found []function
	for _, name := range slices.Compact(d.cat.FunctionNames(d.schema)) {
		overloads := slices.DeleteFunc(
			slices.Clone(d.cat.Functions(catalog.Name{Schema: d.schema, Name: name})),
			func(f *catalog.Function) bool { return !d.usable.function(f) },
		)
		if len(overloads) > 0 {
			f := slices.MaxFunc(overloads, compareOverloads)
			found = append(found, function{f, d.usable.paramTypes(f)})
		}
	}
	return found
}

// compareOverloads puts the overload that is described last: by the number of parameters, and where that does not decide
// by the texts about them.
func compareOverloads(a, b *catalog.Function) int {
	return cmp.Or(
		cmp.Compare(len(a.Params), len(b.Params)),
		cmp.Compare(a.Comment, b.Comment),
		slices.CompareFunc(a.Params, b.Params, func(p, q catalog.Param) int {
			return cmp.Or(cmp.Compare(p.Name, q.Name), cmp.Compare(p.Type, q.Type))
		}),
	)
}

// path describes what can be done with a function: a call by GET is offered where it promises not to write.
func (f function) path() pathItem {
	first, rest := summary(f.Comment)
	call := func(inputs []input) *operation {
		return &operation{
			Tags: []string{"(rpc) " + f.Name.Name}, Summary: first, Description: rest,
			Produces: []string{mediaJSON, mediaBare, mediaObject}, Parameters: inputs,
			Responses: map[string]response{"200": {Description: "OK"}},
		}
	}
	item := pathItem{Post: call([]input{f.body(), ref("preferParams")})}
	if f.Volatility != catalog.Volatile {
		item.Get = call(f.arguments())
	}
	return item
}

// body is the object of a call by POST.
func (f function) body() parameter {
	s := &schema{Description: f.Comment, Type: objectType}
	for i, p := range f.Params {
		s.Properties = append(s.Properties, property{Name: p.Name, Value: typed(f.types[i])})
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	return parameter{Name: "args", Required: true, In: "body", Schema: s}
}

// arguments are the query parameters of a call by GET.
func (f function) arguments() []input {
	inputs := make([]input, len(f.Params))
	for i, p := range f.Params {
		inputs[i] = argument(p, f.types[i])
	}
	return inputs
}

// argument is one query parameter. A variadic one may be repeated; any other array comes as PostgreSQL's literal.
func argument(p catalog.Param, typeName string) parameter {
	in := parameter{Name: p.Name, Required: p.Required, In: "query", Type: jsonType(typeName)}
	if p.Variadic {
		element := elementOf(typeName)
		in.Items, in.CollectionFormat = &schema{Type: jsonType(element), Format: format(element)}, "multi"
		return in
	}
	if in.Type == arrayType || in.Type == anyType {
		in.Type = stringType
	}
	in.Format = format(typeName)
	return in
}
