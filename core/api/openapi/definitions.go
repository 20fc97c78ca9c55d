package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// definitions describe the rows of relations.
func (d describer) definitions(relations []*catalog.Relation) map[string]*schema {
	all := make(map[string]*schema, len(relations))
	for _, rel := range relations {
		s := &schema{Description: rel.Comment, Type: objectType}
		for i := range rel.Columns {
			c := &rel.Columns[i]
			s.Properties = append(s.Properties, property{Name: c.Name, Value: d.column(rel, c)})
			if !c.Nullable {
				s.Required = append(s.Required, c.Name)
			}
		}
		all[rel.Name.Name] = s
	}
	return all
}

// column describes the values of a column.
func (d describer) column(rel *catalog.Relation, c *catalog.Column) *schema {
	s := typed(c.PlainType)
	s.Description, s.Default, s.Enum, s.MaxLength = c.Comment, defaultOf(c), c.Enum, c.MaxLen
	if notes := d.notes(rel, c); len(notes) > 0 {
		if s.Description != "" {
			s.Description += "\n\n"
		}
		s.Description += "Note:\n" + strings.Join(notes, "\n")
	}
	return s
}

// notes say what keys a column belongs to, for people and, in the tags, for programs.
func (d describer) notes(rel *catalog.Relation, c *catalog.Column) []string {
	var notes []string
	if slices.Contains(rel.PrimaryKey, c.Name) {
		notes = append(notes, "This is a Primary Key.<pk/>")
	}
	if r := d.reference(rel.Name, c.Name); r != nil {
		table, column := r.To.Name, r.Columns[0].To
		notes = append(notes, fmt.Sprintf("This is a Foreign Key to `%s.%s`.<fk table='%s' column='%s'/>", table, column, table, column))
	}
	return notes
}

// reference finds the relationship of a foreign key that is this one column, to a relation of the same schema: to a table
// rather than to a view that shows it. It is nil where there is none.
func (d describer) reference(from catalog.Name, column string) *catalog.Relationship {
	var found *catalog.Relationship
	for _, r := range d.cat.RelationshipsFrom(from) {
		if r.To.Schema != d.schema || !refersBy(r, column) {
			continue
		}
		if found == nil || found.ToView && !r.ToView {
			found = r
		}
	}
	return found
}

// refersBy reports whether the relationship is that of a foreign key which its origin has in one column alone.
func refersBy(r *catalog.Relationship, column string) bool {
	return r.Cardinality.ToOne() && !r.Referred && len(r.Columns) == 1 && r.Columns[0].From == column
}
