package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// relate finds the one relationship that an embed means.
func (b *builder) relate(s *scope, q *query.Embed) (*catalog.Relationship, error) {
	var found []*catalog.Relationship
	for _, r := range b.cat.RelationshipsFrom(s.origin.Name) {
		if b.reachable(r) && means(r, q) {
			found = append(found, r)
		}
	}
	found = preferComputed(found)
	switch len(found) {
	case 0:
		return nil, b.noRelationship(s, q)
	case 1:
		return found[0], nil
	}
	return nil, ambiguous(s.origin.Name.Name, q.Relation, found)
}

// reachable reports whether a relationship's target is in the request's schema. Computed ones lead wherever they lead.
func (b *builder) reachable(r *catalog.Relationship) bool {
	return r.Computed() || r.To.Schema == b.req.Schema
}

// preferComputed lets a computed relationship override the ones that foreign keys give.
func preferComputed(found []*catalog.Relationship) []*catalog.Relationship {
	if i := slices.IndexFunc(found, (*catalog.Relationship).Computed); i >= 0 {
		return found[i : i+1]
	}
	return found
}

// means reports whether an embed's target and hint can mean a relationship. The rules are PostgREST's: a target is a
// relation, a foreign key or a foreign key's only column; a hint is a foreign key, a column or a junction. A foreign key leads
// to the table that it references, not to the views of it.
func means(r *catalog.Relationship, q *query.Embed) bool {
	switch {
	case r.Computed():
		return q.Relation == r.Function.Name
	case r.Self():
		return meansSelf(r, q)
	case q.Hint == "":
		return q.Relation == r.To.Name ||
			!r.ToView && (isConstraint(r, q.Relation) || isOnlyColumn(r, q.Relation))
	}
	return q.Relation == r.To.Name &&
		(isConstraint(r, q.Hint) || isOnlyColumn(r, q.Hint) || isOnlyTarget(r, q.Hint) || isJunction(r, q.Hint))
}

// meansSelf tells the two directions of a foreign key to its own relation apart: the relation's name leads to the many,
// the column's name to the one.
func meansSelf(r *catalog.Relationship, q *query.Embed) bool {
	many := r.Cardinality == catalog.OneToMany
	if q.Hint == "" {
		return q.Relation == r.To.Name && many || !many && isOnlyColumn(r, q.Relation)
	}
	return q.Relation == r.To.Name && many && (isOnlyTarget(r, q.Hint) || isConstraint(r, q.Hint))
}

func isConstraint(r *catalog.Relationship, name string) bool { return r.Constraint == name }

// isOnlyColumn reports whether name is the only column of the origin in the relationship.
func isOnlyColumn(r *catalog.Relationship, name string) bool {
	return len(r.Columns) == 1 && r.Columns[0].From == name
}

// isOnlyTarget reports whether name is the only column of the target in the relationship.
func isOnlyTarget(r *catalog.Relationship, name string) bool {
	return len(r.Columns) == 1 && r.Columns[0].To == name
}

func isJunction(r *catalog.Relationship, name string) bool {
	return r.Junction != nil && r.Junction.Relation.Name == name
}

// noRelationship is the fault of an embed that means nothing.
func (b *builder) noRelationship(s *scope, q *query.Embed) error {
	origin := s.node.Alias
	if s.origin != nil {
		origin = s.origin.Name.Name
	}
	using := ""
	if q.Hint != "" {
		using = " using the hint '" + q.Hint + "'"
	}
	details := fmt.Sprintf("Searched for a foreign key relationship between '%s' and '%s'%s in the schema '%s', but no matches were found.",
		origin, q.Relation, using, b.req.Schema)
	return fault.NoRelationship(origin, q.Relation, details, b.relationshipHint(origin, q.Relation))
}

// relationshipHint suggests a target of the origin's that is spelled almost like the one asked for.
func (b *builder) relationshipHint(origin, target string) string {
	for _, m := range matches(target, b.targetsOf(origin)) {
		if m.score < 1 && m.score >= anyLikeness {
			return fmt.Sprintf("Perhaps you meant '%s' instead of '%s'.", m.name, target)
		}
	}
	return ""
}

// targetsOf are the relations of the schema that an origin is related to, without repeats.
func (b *builder) targetsOf(origin string) []string {
	var names []string
	for _, r := range b.cat.RelationshipsFrom(catalog.Name{Schema: b.req.Schema, Name: origin}) {
		if b.reachable(r) && !slices.Contains(names, r.To.Name) {
			names = append(names, r.To.Name)
		}
	}
	return names
}

// ambiguous is the fault of an embed that means several relationships.
func ambiguous(origin, target string, found []*catalog.Relationship) error {
	candidates := make([]fault.Candidate, len(found))
	hints := make([]string, len(found))
	for i, r := range found {
		candidates[i] = fault.Candidate{
			Cardinality: r.Cardinality.String(), Relationship: describe(r), Embedding: r.From.Name + " with " + r.To.Name,
		}
		hints[i] = "'" + r.To.Name + "!" + hintFor(r) + "'"
	}
	return fault.AmbiguousRelationship(origin, target, candidates, fmt.Sprintf(
		"Try changing '%s' to one of the following: %s. Find the desired relationship in the 'details' key.",
		target, strings.Join(hints, ", ")))
}

// hintFor is the hint that picks a relationship.
func hintFor(r *catalog.Relationship) string {
	switch {
	case r.Computed():
		return r.Function.Name
	case r.Junction != nil:
		return r.Junction.Relation.Name
	}
	return r.Constraint
}

// describe says how a relationship joins.
func describe(r *catalog.Relationship) string {
	if j := r.Junction; j != nil {
		return fmt.Sprintf("%s using %s(%s) and %s(%s)", j.Relation.Name,
			j.FromConstraint, joinTo(j.FromColumns), j.ToConstraint, joinFrom(j.ToColumns))
	}
	return fmt.Sprintf("%s using %s(%s) and %s(%s)", r.Constraint,
		r.From.Name, joinFrom(r.Columns), r.To.Name, joinTo(r.Columns))
}

func joinFrom(pairs []catalog.ColumnPair) string {
	return joinPairs(pairs, func(p catalog.ColumnPair) string { return p.From })
}

func joinTo(pairs []catalog.ColumnPair) string {
	return joinPairs(pairs, func(p catalog.ColumnPair) string { return p.To })
}

func joinPairs(pairs []catalog.ColumnPair, side func(catalog.ColumnPair) string) string {
	names := make([]string, len(pairs))
	for i, p := range pairs {
		names[i] = side(p)
	}
	return strings.Join(names, ", ")
}
