package openapi31

import (
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// function is one name, with the overloads that the caller may run.
type function struct {
	name      string
	overloads []*catalog.Function
}

// functions gives those of the schema that the caller may run, in the order of their names.
func (d describer) functions() []function {
	var found []function
	for _, name := range slices.Compact(d.cat.FunctionNames(d.schema)) {
		f := function{name: name}
		for _, o := range d.cat.Functions(catalog.Name{Schema: d.schema, Name: name}) {
			if d.rights.run(o) && callable(o) {
				f.overloads = append(f.overloads, o)
			}
		}
		if len(f.overloads) > 0 {
			found = append(found, f)
		}
	}
	return found
}

// callable reports whether a request can say what the arguments are: by name, or as the body where there is just one.
func callable(f *catalog.Function) bool {
	return len(f.Params) == 1 || !slices.ContainsFunc(f.Params, func(p catalog.Param) bool { return p.Name == "" })
}

// unnamed reports whether the whole body is the one argument.
func unnamed(f *catalog.Function) bool { return len(f.Params) == 1 && f.Params[0].Name == "" }

// functionPath describes the calls of a function: by GET those that promise not to write.
func (d describer) functionPath(f function) pathItem {
	item := pathItem{Post: d.call(f, "post", f.overloads)}
	item.Post.Parameters = append(item.Post.Parameters, d.choosing(f.overloads)...)
	item.Post.RequestBody = d.arguments(f.overloads)
	quiet := slices.DeleteFunc(slices.Clone(f.overloads), func(o *catalog.Function) bool {
		return o.Volatility == catalog.Volatile || unnamed(o)
	})
	if len(quiet) > 0 {
		item.Get = d.call(f, "get", quiet)
		item.Get.Parameters = slices.Concat(item.Get.Parameters, d.inputs(quiet), d.choosing(quiet))
	}
	return item
}

// call is an operation on a function. The comment is that of the first overload that has one.
func (d describer) call(f function, method string, overloads []*catalog.Function) *operation {
	comment := ""
	for _, o := range overloads {
		if comment == "" {
			comment = o.Comment
		}
	}
	first, rest, _ := strings.Cut(comment, "\n")
	if first == "" {
		first = "Call " + f.name
	}
	return &operation{
		Tags: []string{functionsTag}, Summary: first, Description: strings.TrimLeft(rest, "\n"),
		OperationID: "rpc." + key(f.name) + "." + method, Parameters: d.profile(method == "get"),
		Responses: withErrors(d.results(overloads), notAcceptable),
	}
}

// inputs are the arguments of a call by GET. One is required where every overload needs it.
func (d describer) inputs(overloads []*catalog.Function) []parameter {
	var all []parameter
	count := map[string]int{}
	for _, o := range overloads {
		for _, p := range o.Params {
			if p.Required {
				count[p.Name]++
			}
			if !slices.ContainsFunc(all, func(in parameter) bool { return in.Name == p.Name }) {
				all = append(all, parameter{Name: p.Name, In: "query", Schema: d.input(p)})
			}
		}
	}
	for i := range all {
		all[i].Required = count[all[i].Name] == len(overloads)
	}
	return all
}

// input is an argument in a query string: a variadic one may be repeated, any other array comes as PostgreSQL writes it.
func (d describer) input(p catalog.Param) *schema {
	s := d.argument(p.Type)
	switch {
	case p.Variadic:
		return s
	case s.Type == nil:
		return &schema{Type: types{stringType}, Description: "JSON."}
	case s.Type[0] == arrayType:
		return &schema{Type: types{stringType}, Description: "An array as PostgreSQL writes it: `{1,2}`."}
	}
	return s
}

// choosing are the parameters by which a call picks among the rows of a result.
func (d describer) choosing(overloads []*catalog.Function) []parameter {
	taken := func(name string) bool {
		return slices.ContainsFunc(overloads, func(o *catalog.Function) bool {
			return slices.ContainsFunc(o.Params, func(p catalog.Param) bool { return p.Name == name })
		})
	}
	if !slices.ContainsFunc(overloads, func(o *catalog.Function) bool { return o.Returns.Kind == catalog.Composite }) {
		return nil
	}
	names := slices.DeleteFunc([]string{selectParam, orderParam, limitParam, offsetParam}, taken)
	return refs(append(names, preferCall)...)
}

// arguments are the body of a call by POST. It is optional where an overload needs nothing.
func (d describer) arguments(overloads []*catalog.Function) *requestBody {
	body := requestBody{Content: content{}}
	var objects []*schema
	for _, o := range overloads {
		switch {
		case unnamed(o):
			name, s := d.single(o.Params[0])
			body.Content[name] = media{s}
		default:
			objects = append(objects, d.named(o))
		}
	}
	if len(objects) > 0 {
		body.Content[mediaJSON] = media{anyOf(objects)}
	}
	body.Required = !slices.ContainsFunc(overloads, func(o *catalog.Function) bool {
		return !slices.ContainsFunc(o.Params, func(p catalog.Param) bool { return p.Required })
	})
	return &body
}
