package openapi31

import (
	"reflect"
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
)

// named is the object of a function's arguments.
func (d describer) named(f *catalog.Function) *schema {
	s := &schema{Type: types{objectType}}
	for _, p := range f.Params {
		s.Properties = append(s.Properties, property{Name: p.Name, Value: d.argument(p.Type)})
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	return s
}

// single is a body that is one argument, and its media type.
func (d describer) single(p catalog.Param) (string, *schema) {
	switch p.Type {
	case "bytea":
		return "application/octet-stream", &schema{}
	case "text":
		return "text/plain", &schema{Type: types{stringType}}
	case "xml":
		return "text/xml", &schema{Type: types{stringType}}
	}
	return mediaJSON, d.argument(p.Type)
}

// results are the answers of a function's overloads.
func (d describer) results(overloads []*catalog.Function) map[string]response {
	all := map[string]response{}
	var forms []*schema
	for _, o := range overloads {
		if o.Returns.Kind == catalog.Void {
			all["204"] = response{Description: "It is done."}
			continue
		}
		forms = append(forms, d.result(o.Returns))
	}
	if len(forms) == 0 {
		return all
	}
	all["200"] = response{Description: "The result.", Content: content{mediaJSON: {anyOf(forms)}}}
	r := overloads[0].Returns
	if len(overloads) > 1 || r.Kind != catalog.Composite {
		return all
	}
	all["200"].Content[mediaObject] = media{d.row(r)}
	all["200"].Content[mediaCSV] = media{&schema{Type: types{stringType}}}
	if r.Set {
		all["200"].Content[mediaNDJSON] = media{&schema{Type: types{stringType}}}
		all["206"] = response{Description: "Some of the rows: there are more.", Headers: headers(contentRange), Content: all["200"].Content}
	}
	return all
}

// result is what a function gives back, as JSON.
func (d describer) result(r catalog.Returns) *schema {
	one := d.row(r)
	if r.Set {
		return &schema{Type: types{arrayType}, Items: one}
	}
	return one
}

// row is one value or row of a result. A row of a relation that the caller may read as a whole is that relation's.
func (d describer) row(r catalog.Returns) *schema {
	if r.Kind == catalog.Scalar {
		return d.argument(r.Text)
	}
	columns := r.Columns
	if rel, ok := d.cat.Relation(r.Type); ok && r.Relation {
		if described, ok := d.relation(rel); ok && described.whole && rel.Name.Schema == d.schema {
			return schemaRef(rowSchema(rel.Name.Name))
		}
		columns = rel.Columns
	}
	s := &schema{Type: types{objectType}}
	for i := range columns {
		s.Properties = append(s.Properties, property{Name: columns[i].Name, Value: column(&columns[i])})
	}
	return s
}

// anyOf is what has one of several forms. Those of overloads need not exclude one another.
func anyOf(forms []*schema) *schema {
	var apart []*schema
	for _, f := range forms {
		if !slices.ContainsFunc(apart, func(g *schema) bool { return reflect.DeepEqual(f, g) }) {
			apart = append(apart, f)
		}
	}
	if len(apart) == 1 {
		return apart[0]
	}
	return &schema{AnyOf: apart}
}
