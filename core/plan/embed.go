package plan

import (
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// embed plans a child node and its join to the parent.
func (b *builder) embed(s *scope, q *query.Embed) error {
	if b.rules.MaxDepth > 0 && s.depth >= b.rules.MaxDepth {
		return fault.TooDeep(b.rules.MaxDepth)
	}
	if s.origin == nil {
		return b.noRelationship(s, q)
	}
	rel, err := b.relate(s, q)
	if err != nil {
		return err
	}
	e, child, err := b.join(s, q, rel)
	if err != nil {
		return err
	}
	if err := b.fill(child, q.Selection); err != nil {
		return err
	}
	if err := b.embedGrouping(s, e); err != nil {
		return err
	}
	s.node.Embeds = append(s.node.Embeds, e)
	s.name(q, e)
	return nil
}

// name makes an embed known to conditions and orders: by its alias, or by its target where that name is still free.
func (s *scope) name(q *query.Embed, e *Embed) {
	s.embeds = append(s.embeds, namedEmbed{q.Name(), e})
	if _, taken := s.embed(q.Relation); !taken {
		s.embeds = append(s.embeds, namedEmbed{q.Relation, e})
	}
}

// join makes the child's scope and the conditions of the join.
func (b *builder) join(s *scope, q *query.Embed, rel *catalog.Relationship) (*Embed, *scope, error) {
	target, ok := b.cat.Relation(rel.To)
	if !ok {
		return nil, nil, b.noRelationship(s, q)
	}
	child := &scope{node: &Select{From: Table{Relation: target}, Alias: b.alias(target.Name.Name)}, origin: target, depth: s.depth + 1}
	e := &Embed{
		Select: child.node, Name: q.Name(), Many: !rel.Cardinality.ToOne(), Spread: q.Spread, Inner: q.Inner,
		Hidden: len(q.Selection.Items) == 0,
		Keyed:  rel.Cardinality.ToOne() && !rel.Referred && !rel.ToView && !rel.Computed(),
	}
	switch {
	case rel.Computed():
		child.node.From = RowFunction{Function: rel.Function, Relation: target, Argument: b.rowOf(s)}
	case rel.Junction != nil:
		return e, child, b.through(s, child, e, rel.Junction)
	default:
		e.On = b.pairs(s, child.node.Alias, rel.Columns)
	}
	return e, child, nil
}

// pairs are the equalities between a parent and the node called alias.
func (b *builder) pairs(s *scope, alias string, columns []catalog.ColumnPair) []Expr {
	on := make([]Expr, len(columns))
	for i, c := range columns {
		on[i] = Equal{Left: b.newColumn(Column{Of: alias, Name: c.To}), Right: b.parentColumn(s, c.From)}
	}
	return on
}

// parentColumn is a column of the parent that a join needs.
func (b *builder) parentColumn(s *scope, name string) Value {
	if c, ok := s.origin.Column(name); ok {
		return b.columnOf(s, c)
	}
	return &Column{Of: s.node.Alias, Name: name}
}

// through joins the child by way of a junction.
func (b *builder) through(s, child *scope, e *Embed, j *catalog.Junction) error {
	rel, ok := b.cat.Relation(j.Relation)
	if !ok {
		return fault.UnknownRelation(j.Relation.String(), "")
	}
	e.Through = &Junction{Relation: rel, Alias: b.alias(rel.Name.Name)}
	e.On = b.pairs(s, e.Through.Alias, j.FromColumns)
	for _, c := range j.ToColumns {
		e.On = append(e.On, Equal{
			Left:  &Column{Of: child.node.Alias, Name: c.To},
			Right: &Column{Of: e.Through.Alias, Name: c.From},
		})
	}
	return nil
}

// scopeOf is a finished child's scope again, for what its parent says of it.
func (b *builder) scopeOf(e *Embed) *scope {
	s := &scope{node: e.Select}
	switch from := e.Select.From.(type) {
	case Table:
		s.origin = from.Relation
	case RowFunction:
		s.origin = from.Relation
	case Produced:
		s.origin = from.Relation
	}
	return s
}
