package openapi31

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// relation is one that the caller may do something with. A right to no column is none.
type relation struct {
	*catalog.Relation
	reads, inserts, updates []*catalog.Column
	deletes                 bool
	// whole: every column may be read.
	whole bool
}

// relations gives those of the schema that the caller may do something with, in the order of their names.
func (d describer) relations() []relation {
	var found []relation
	for _, name := range d.cat.RelationNames(d.schema) {
		rel, ok := d.cat.Relation(catalog.Name{Schema: d.schema, Name: name})
		if !ok {
			continue
		}
		if r, ok := d.relation(rel); ok {
			found = append(found, r)
		}
	}
	return found
}

// relation puts what the caller may do beside what can be done at all; false where nothing is left.
func (d describer) relation(rel *catalog.Relation) (relation, bool) {
	rights, ok := d.rights.to(rel.Name.Name)
	if !ok {
		return relation{}, false
	}
	r := relation{Relation: rel, reads: among(rights.Select, rel.Columns), deletes: rights.Delete && rel.Deletable}
	r.whole = len(r.reads) == len(rel.Columns)
	written := func(c *catalog.Column) bool { return c.Generated }
	if rel.Insertable {
		r.inserts = slices.DeleteFunc(among(rights.Insert, rel.Columns), written)
	}
	if rel.Updatable {
		r.updates = slices.DeleteFunc(among(rights.Update, rel.Columns), written)
	}
	return r, len(r.reads) > 0 || len(r.inserts) > 0 || len(r.updates) > 0 || r.deletes
}

// The names of a relation's components: a row as it is read, as it is inserted, and what may be changed of it.
func rowSchema(name string) string    { return key(name) }
func insertSchema(name string) string { return key(name) + ".insert" }
func updateSchema(name string) string { return key(name) + ".update" }

// schemas describe the rows of relations, and what all share.
func (d describer) schemas(relations []relation) map[string]*schema {
	all := map[string]*schema{errorSchema: errorBody()}
	for _, f := range families() {
		all[filterSchema(f.name)] = f.schema()
	}
	for _, r := range relations {
		name := r.Name.Name
		if len(r.reads) > 0 {
			all[rowSchema(name)] = d.object(r, r.reads, func(*catalog.Column) bool { return true })
		}
		if len(r.inserts) > 0 {
			all[insertSchema(name)] = d.object(r, r.inserts, needed)
		}
		if len(r.updates) > 0 {
			all[updateSchema(name)] = d.object(r, r.updates, func(*catalog.Column) bool { return false })
		}
	}
	return all
}

// needed reports whether a new row must bring the column.
func needed(c *catalog.Column) bool {
	return !c.Nullable && c.Default == "" && !c.Identity && !c.Generated
}

// object describes some columns of a relation.
func (d describer) object(r relation, columns []*catalog.Column, required func(*catalog.Column) bool) *schema {
	s := &schema{Type: types{objectType}, Description: r.Comment}
	for _, c := range columns {
		described := column(c)
		described.Description = strings.Join(append(nonEmpty(c.Comment), d.notes(r, c)...), "\n\n")
		s.Properties = append(s.Properties, property{Name: c.Name, Value: described})
		if required(c) {
			s.Required = append(s.Required, c.Name)
		}
	}
	return s
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// notes say what keys a column belongs to.
func (d describer) notes(r relation, c *catalog.Column) []string {
	var notes []string
	if slices.Contains(r.PrimaryKey, c.Name) {
		notes = append(notes, "Part of the primary key.")
	}
	for _, rel := range d.cat.RelationshipsFrom(r.Name) {
		refers := rel.Cardinality.ToOne() && !rel.Referred && !rel.ToView && rel.To.Schema == d.schema && len(rel.Columns) == 1
		if _, may := d.rights.to(rel.To.Name); may && refers && rel.Columns[0].From == c.Name {
			notes = append(notes, fmt.Sprintf("Refers to `%s.%s`.", rel.To.Name, rel.Columns[0].To))
		}
	}
	return notes
}

// parameters are those that operations refer to.
func (d describer) parameters(relations []relation) map[string]parameter {
	all := sharedParameters()
	for _, r := range relations {
		for _, c := range r.reads {
			all[filterKey(r.Name.Name, c.Name)] = filter(c)
		}
	}
	return all
}

// responses are the answers that operations refer to.
func (d describer) responses(relations []relation) map[string]response {
	all := sharedResponses()
	for _, r := range relations {
		if len(r.reads) > 0 {
			all[rowsResponse(r.Name.Name)] = response{
				Description: "Rows of " + r.Name.Name + ".", Headers: headers(contentRange, applied), Content: rows(r),
			}
		}
	}
	return all
}
