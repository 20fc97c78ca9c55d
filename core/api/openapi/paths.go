package openapi

import "github.com/pergola-dev/pergola/core/catalog"

// paths describe what can be done at each address.
func (d describer) paths(relations []*catalog.Relation, functions []function) map[string]pathItem {
	all := make(map[string]pathItem, 1+len(relations)+len(functions))
	all["/"] = rootPath()
	for _, rel := range relations {
		all["/"+rel.Name.Name] = relationPath(rel)
	}
	for _, f := range functions {
		all["/rpc/"+f.Name.Name] = f.path()
	}
	return all
}

func rootPath() pathItem {
	return pathItem{Get: &operation{
		Tags: []string{"Introspection"}, Summary: "OpenAPI description (this document)",
		Produces: []string{mediaOpenAPI, mediaJSON}, Responses: map[string]response{"200": {Description: "OK"}},
	}}
}

// relationPath describes reading, and all ways of writing where the relation takes any.
func relationPath(rel *catalog.Relation) pathItem {
	name := rel.Name.Name
	first, rest := summary(rel.Comment)
	operate := func(inputs []input, responses map[string]response) *operation {
		return &operation{Tags: []string{name}, Summary: first, Description: rest, Parameters: inputs, Responses: responses}
	}
	rows := &schema{Type: arrayType, Items: &schema{Ref: "#/definitions/" + name}}
	item := pathItem{Get: operate(
		append(filters(rel), refs("select", "order", "range", "rangeUnit", "offset", "limit", "preferCount")...),
		map[string]response{"200": {Description: "OK", Schema: rows}, "206": {Description: "Partial Content"}},
	)}
	if !rel.Insertable && !rel.Updatable && !rel.Deletable {
		return item
	}
	noContent := map[string]response{"204": {Description: "No Content"}}
	body := bodyPrefix + name
	item.Post = operate(refs(body, "select", "preferPost"), map[string]response{"201": {Description: "Created"}})
	item.Patch = operate(append(filters(rel), refs(body, "preferReturn")...), noContent)
	item.Delete = operate(append(filters(rel), refs("preferReturn")...), noContent)
	return item
}

// filters refer to the parameters that filter by a column.
func filters(rel *catalog.Relation) []input {
	all := make([]input, len(rel.Columns))
	for i, c := range rel.Columns {
		all[i] = ref(filterName(rel.Name.Name, c.Name))
	}
	return all
}

// ref refers to a parameter of the document.
func ref(name string) input { return reference{"#/parameters/" + name} }

func refs(names ...string) []input {
	all := make([]input, len(names))
	for i, n := range names {
		all[i] = ref(n)
	}
	return all
}
