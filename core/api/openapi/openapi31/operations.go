package openapi31

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// relationPath describes what the caller may do with the rows of a relation.
func (d describer) relationPath(r relation) pathItem {
	var item pathItem
	if len(r.reads) > 0 {
		item.Get = d.read(r)
	}
	if len(r.inserts) > 0 {
		item.Post = d.insert(r)
	}
	if len(r.updates) > 0 {
		item.Patch = d.update(r)
	}
	if r.deletes {
		item.Delete = d.remove(r)
	}
	if len(r.PrimaryKey) > 0 && covers(r.inserts, r.PrimaryKey) && covers(r.updates, r.PrimaryKey) && covers(r.reads, r.PrimaryKey) {
		item.Put = d.put(r)
	}
	return item
}

// covers reports whether all names are those of columns in the list.
func covers(columns []*catalog.Column, names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(columns, func(c *catalog.Column) bool { return c.Name == name })
	})
}

// operation is one on a relation, with the header that picks a schema where it is not the default one.
func (d describer) operation(r relation, method, summary string) *operation {
	name := r.Name.Name
	return &operation{
		Tags: []string{name}, Summary: summary, OperationID: key(name) + "." + method,
		Parameters: d.profile(method == "get"),
	}
}

// profile is the header that names the schema; none for the default one.
func (d describer) profile(reads bool) []parameter {
	if len(d.cat.Schemas) == 0 || d.cat.Schemas[0] == d.schema {
		return nil
	}
	p := text("header", "Content-Profile", "The schema.")
	if reads {
		p.Name = "Accept-Profile"
	}
	p.Required, p.Schema = true, enum([]string{d.schema})
	return []parameter{p}
}

func (d describer) read(r relation) *operation {
	o := d.operation(r, "get", "Read rows")
	o.Description = d.embeds(r)
	o.Parameters = slices.Concat(o.Parameters, refs(selectParam), filterRefs(r.Name.Name, r.reads),
		refs(andParam, orParam, orderParam, limitParam, offsetParam, rangeParam, preferRead))
	o.Responses = withErrors(map[string]response{
		"200": answer(r, "The rows."),
		"206": answer(r, "Some of the rows: there are more."),
	}, notAcceptable, outOfRange)
	return o
}

// embeds says what a row may have inside, as far as the caller may read it.
func (d describer) embeds(r relation) string {
	related := map[string]string{}
	for _, rel := range d.cat.RelationshipsFrom(r.Name) {
		target, ok := d.cat.Relation(rel.To)
		if !ok || rel.To.Schema != d.schema {
			continue
		}
		if to, ok := d.relation(target); ok && len(to.reads) > 0 {
			related[rel.To.Name] = rel.Cardinality.String()
		}
	}
	if len(related) == 0 {
		return ""
	}
	texts := make([]string, 0, len(related))
	for _, name := range slices.Sorted(maps.Keys(related)) {
		texts = append(texts, fmt.Sprintf("`%s` (%s)", name, related[name]))
	}
	return "`select` can embed: " + strings.Join(texts, ", ") + "."
}

// rows are the rows of a relation in every form.
func rows(r relation) content {
	row := schemaRef(rowSchema(r.Name.Name))
	return content{
		mediaJSON:   {&schema{Type: types{arrayType}, Items: row}},
		mediaObject: {row},
		mediaCSV:    {&schema{Type: types{stringType}, Description: "A line of names, and a line for each row."}},
		mediaNDJSON: {&schema{Type: types{stringType}, Description: "A line of JSON for each row."}},
	}
}

// rowsResponse is the name of the component that answers with a relation's rows.
func rowsResponse(name string) string { return key(name) + ".rows" }

// answer is one with rows of a relation.
func answer(r relation, description string) response {
	a := responseRef(rowsResponse(r.Name.Name))
	a.Description = description
	return a
}

// written is an answer with the rows that a write gives back: none for a caller who may not read all of them.
func written(r relation, description string) response {
	if r.whole {
		return answer(r, description)
	}
	return response{Description: description, Headers: headers(contentRange, applied)}
}

// done is an answer without rows.
func done(description string) response {
	a := responseRef(doneResponse)
	a.Description = description
	return a
}

// selecting is the parameter for what a write gives back, where it may.
func selecting(r relation) []parameter {
	if len(r.reads) == 0 {
		return nil
	}
	return refs(selectParam)
}

func (d describer) insert(r relation) *operation {
	o := d.operation(r, "post", "Insert rows")
	o.Parameters = slices.Concat(o.Parameters, refs(columnsParam, onConflictParam), selecting(r), refs(preferInsert))
	row := schemaRef(insertSchema(r.Name.Name))
	o.RequestBody = &requestBody{Required: true, Content: content{
		mediaJSON:   {&schema{OneOf: []*schema{row, {Type: types{arrayType}, Items: row}}}},
		mediaCSV:    {&schema{Type: types{stringType}, Description: "A line of names, and a line for each row."}},
		mediaNDJSON: {&schema{Type: types{stringType}, Description: "A line of JSON for each row."}},
	}}
	created := written(r, "The rows were inserted; `return=representation` gives them back. Location has the address of a single one.")
	merged := written(r, "All rows were there already.")
	o.Responses = withErrors(map[string]response{"201": created, "200": merged}, notAcceptable, conflict, tooLarge)
	return o
}

// changed adds to an operation what changing and removing rows have in common.
func (d describer) changed(o *operation, r relation) {
	o.Parameters = slices.Concat(o.Parameters, filterRefs(r.Name.Name, r.reads), refs(andParam, orParam), selecting(r), refs(preferWrite))
	o.Responses = withErrors(map[string]response{
		"200": written(r, "With `return=representation`, the rows."),
		"204": done("It is done."),
	}, notAcceptable, conflict)
}

func (d describer) update(r relation) *operation {
	o := d.operation(r, "patch", "Change rows")
	o.Description = "Changes every row for which the conditions hold; without conditions, all rows."
	o.Parameters = append(o.Parameters, refs(columnsParam)...)
	d.changed(o, r)
	o.RequestBody = &requestBody{Required: true, Content: content{mediaJSON: {schemaRef(updateSchema(r.Name.Name))}}}
	return o
}

func (d describer) remove(r relation) *operation {
	o := d.operation(r, "delete", "Remove rows")
	o.Description = "Removes every row for which the conditions hold; without conditions, all rows."
	d.changed(o, r)
	return o
}

// put inserts or replaces the row of a key: `eq` conditions on the whole key, and the same values in the body.
func (d describer) put(r relation) *operation {
	o := d.operation(r, "put", "Insert or replace one row")
	for _, name := range r.PrimaryKey {
		p := parameter{Name: quoted(name), In: "query", Required: true, Description: "The key's value, as `eq.VALUE`."}
		p.Schema = &schema{Type: types{stringType}, Pattern: `^eq\.`}
		o.Parameters = append(o.Parameters, p)
	}
	o.Parameters = slices.Concat(o.Parameters, refs(columnsParam), selecting(r), refs(preferInsert))
	o.RequestBody = &requestBody{Required: true, Content: content{mediaJSON: {schemaRef(insertSchema(r.Name.Name))}}}
	o.Responses = withErrors(map[string]response{
		"200": written(r, "With `return=representation`, the row that was replaced."),
		"201": written(r, "The row was inserted."),
		"204": done("The row was replaced."),
	}, notAcceptable, conflict)
	return o
}
