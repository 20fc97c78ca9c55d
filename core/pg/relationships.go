package pg

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
)

// addRelationships derives the relationships: each foreign key between tables, the same between the views that show its
// columns, the pairs of foreign keys that make a junction, and the reverse of each. Relationships that lead out of the
// exposed schemas are left out.
func (r *reading) addRelationships() {
	var forward []*catalog.Relationship
	for _, k := range r.keys {
		if k.kind == "f" {
			forward = append(forward, r.alongKey(k)...)
		}
	}
	all := append(forward, r.throughJunctions(forward)...)
	for _, rel := range forward {
		all = append(all, reverse(rel))
	}
	all = append(all, r.computedRelationships()...)
	all = slices.DeleteFunc(all, func(rel *catalog.Relationship) bool { return !r.offered(rel) })
	slices.SortStableFunc(all, compareRelationships)
	r.src.Relationships = all
}

// offered reports whether a request can ask for the relationship.
func (r *reading) offered(rel *catalog.Relationship) bool {
	exposed := func(n catalog.Name) bool { return slices.Contains(r.scope.Schemas, n.Schema) }
	return exposed(rel.To) && (rel.Junction == nil || exposed(rel.Junction.Relation))
}

// alongKey gives the relationships from the owner of a foreign key to its target, where either may be a view that shows
// the columns of the key. Partitions and tables out of reach have none.
func (r *reading) alongKey(k key) []*catalog.Relationship {
	var found []*catalog.Relationship
	for _, from := range r.sides(k.table, k.columns) {
		for _, to := range r.sides(k.target, k.toCols) {
			found = append(found, forwardRelationship(k, from, to))
		}
	}
	return found
}

// sides gives the table itself and the views that show the columns, in each way they do.
func (r *reading) sides(table uint32, columns []int16) []viewKey {
	var sides []viewKey
	if rel, ok := r.relations[table]; ok && rel.isTable {
		sides = append(sides, viewKey{rel, columnNames(rel, columns)})
	}
	for _, s := range r.shownBy[table] {
		sides = append(sides, s.shown.ways(s.view, columns)...)
	}
	return sides
}

func columnNames(rel *relation, numbers []int16) []string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = rel.columnName(n)
	}
	return names
}

func forwardRelationship(k key, from, to viewKey) *catalog.Relationship {
	rel := &catalog.Relationship{
		From: from.view.Name, To: to.view.Name, Cardinality: catalog.ManyToOne, Constraint: k.name,
		FromView: from.view.isView(), ToView: to.view.isView(),
	}
	if k.oneToOne {
		rel.Cardinality = catalog.OneToOne
	}
	for i, c := range from.columns {
		rel.Columns = append(rel.Columns, catalog.ColumnPair{From: c, To: to.columns[i]})
	}
	return rel
}

// reverse gives the relationship as its target sees it.
func reverse(rel *catalog.Relationship) *catalog.Relationship {
	back := *rel
	back.From, back.To = rel.To, rel.From
	back.FromView, back.ToView = rel.ToView, rel.FromView
	back.Columns = swap(rel.Columns)
	if rel.Cardinality == catalog.ManyToOne {
		back.Cardinality = catalog.OneToMany
	}
	back.Referred = rel.Cardinality == catalog.OneToOne
	return &back
}

func swap(pairs []catalog.ColumnPair) []catalog.ColumnPair {
	swapped := make([]catalog.ColumnPair, len(pairs))
	for i, p := range pairs {
		swapped[i] = catalog.ColumnPair{From: p.To, To: p.From}
	}
	return swapped
}

// throughJunctions finds the many-to-many relationships: two different foreign keys of one relation, to one row each,
// whose columns all belong to its primary key.
func (r *reading) throughJunctions(forward []*catalog.Relationship) []*catalog.Relationship {
	inKey := map[catalog.Name][]*catalog.Relationship{}
	keys := r.primaryKeys()
	for _, rel := range forward {
		if rel.Cardinality == catalog.ManyToOne && ownColumnsWithin(rel, keys[rel.From]) {
			inKey[rel.From] = append(inKey[rel.From], rel)
		}
	}
	var found []*catalog.Relationship
	for _, legs := range inKey {
		for _, a := range legs {
			for _, b := range legs {
				if a.Constraint != b.Constraint {
					found = append(found, junctionOf(a, b))
				}
			}
		}
	}
	return found
}

func (r *reading) primaryKeys() map[catalog.Name]map[string]bool {
	keys := make(map[catalog.Name]map[string]bool, len(r.relations))
	for _, rel := range r.relations {
		keys[rel.Name] = setOf(rel.PrimaryKey)
	}
	return keys
}

func ownColumnsWithin(rel *catalog.Relationship, set map[string]bool) bool {
	return !slices.ContainsFunc(rel.Columns, func(p catalog.ColumnPair) bool { return !set[p.From] })
}

// junctionOf joins two relationships of the same origin, which becomes the junction.
func junctionOf(a, b *catalog.Relationship) *catalog.Relationship {
	return &catalog.Relationship{
		From: a.To, To: b.To, Cardinality: catalog.ManyToMany, FromView: a.ToView, ToView: b.ToView,
		Junction: &catalog.Junction{
			Relation: a.From, FromConstraint: a.Constraint, ToConstraint: b.Constraint,
			FromColumns: swap(a.Columns), ToColumns: b.Columns,
		},
	}
}

// cardinalityOrder is the order in which PostgREST lists the candidates of an ambiguous embed.
var cardinalityOrder = map[catalog.Cardinality]int{
	catalog.OneToMany: 0, catalog.ManyToOne: 1, catalog.OneToOne: 2, catalog.ManyToMany: 3,
}

func compareRelationships(a, b *catalog.Relationship) int {
	return cmp.Or(
		compareNames(a.From, b.From),
		compareNames(a.Function, b.Function),
		compareNames(a.To, b.To),
		cmp.Compare(cardinalityOrder[a.Cardinality], cardinalityOrder[b.Cardinality]),
		cmp.Compare(a.Constraint, b.Constraint),
		compareJunctions(a.Junction, b.Junction),
		slices.CompareFunc(a.Columns, b.Columns, comparePairs),
	)
}

func compareJunctions(a, b *catalog.Junction) int {
	if a == nil || b == nil {
		return 0 // the cardinality told them apart already, or neither has one
	}
	return cmp.Or(
		compareNames(a.Relation, b.Relation),
		strings.Compare(a.FromConstraint, b.FromConstraint),
		strings.Compare(a.ToConstraint, b.ToConstraint),
		slices.CompareFunc(a.FromColumns, b.FromColumns, comparePairs),
		slices.CompareFunc(a.ToColumns, b.ToColumns, comparePairs),
	)
}

func comparePairs(a, b catalog.ColumnPair) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
}
