package plan

import (
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// insert plans new rows; conflict is nil for a plain insert.
func (b *builder) insert(op query.Insert, conflict *Conflict) (Plan, error) {
	rel, err := b.relation(op.Relation)
	if err != nil {
		return Plan{}, err
	}
	columns, err := b.assigned(rel, op.Body, op.Columns)
	if err != nil {
		return Plan{}, err
	}
	return b.write(rel, Insert{Body: bodyOf(op.Body), Columns: columns, Conflict: conflict}, op.Selection)
}

// upsert plans an insert with a conflict clause. A relation without a key has no conflicts, so there it is an insert.
func (b *builder) upsert(op query.Upsert) (Plan, error) {
	rel, err := b.relation(op.Relation)
	if err != nil {
		return Plan{}, err
	}
	if op.ByKey {
		return b.put(rel, op)
	}
	on := op.On
	if len(on) == 0 {
		on = rel.PrimaryKey
	}
	for _, name := range on {
		if _, ok := rel.Column(name); !ok {
			return Plan{}, fault.UnknownColumn(name, rel.Name.Name)
		}
	}
	if len(on) == 0 {
		return b.insert(op.Insert, nil)
	}
	return b.insert(op.Insert, &Conflict{On: on, Merge: op.Resolution == query.MergeDuplicates})
}

// put plans an upsert of the one row that the conditions name by its whole key.
func (b *builder) put(rel *catalog.Relation, op query.Upsert) (Plan, error) {
	if op.Selection.Limit != nil || op.Selection.Offset != 0 {
		return Plan{}, fault.PutWithRange()
	}
	if !namesKey(rel, op.Selection.Where) {
		return Plan{}, fault.BadPut()
	}
	columns, err := b.assigned(rel, op.Body, op.Columns)
	if err != nil {
		return Plan{}, err
	}
	change := Insert{
		Body: bodyOf(op.Body), Columns: columns, Conflict: &Conflict{On: rel.PrimaryKey, Merge: true},
		Key: keyTests(op.Selection.Where),
	}
	sel := op.Selection
	sel.Where = nil
	return b.write(rel, change, sel)
}

// namesKey reports whether conditions are equality tests of each key column, once, and nothing else.
func namesKey(rel *catalog.Relation, where []query.Condition) bool {
	var names []string
	for _, c := range where {
		f, ok := c.(query.Filter)
		if !ok || f.Negated || len(f.Path) > 0 {
			return false
		}
		if t, ok := f.Test.(query.Compare); !ok || t.Op != query.Eq || t.Quantifier != query.Single {
			return false
		}
		names = append(names, f.Column)
	}
	key := slices.Clone(rel.PrimaryKey)
	slices.Sort(names)
	slices.Sort(key)
	return len(key) > 0 && slices.Equal(names, key)
}

// keyTests are the conditions of a PUT as tests of the body's row.
func keyTests(where []query.Condition) []Expr {
	tests := make([]Expr, len(where))
	for i, c := range where {
		f := c.(query.Filter) // namesKey has seen to it
		tests[i] = Equal{Left: &Column{Of: BodyAlias, Name: f.Column}, Right: Literal{Text: f.Test.(query.Compare).Value}}
	}
	return tests
}

// BodyAlias is what the rows of a write's body are called in the statement.
const BodyAlias = "pergola_body"

// update plans changes of the rows that the conditions pick.
func (b *builder) update(op query.Update) (Plan, error) {
	rel, err := b.relation(op.Relation)
	if err != nil {
		return Plan{}, err
	}
	columns, err := b.assigned(rel, op.Body, op.Columns)
	if err != nil {
		return Plan{}, err
	}
	where, err := b.targetConditions(rel, op.Selection.Where)
	if err != nil {
		return Plan{}, err
	}
	sel := op.Selection
	sel.Where = nil
	return b.write(rel, Update{Body: bodyOf(op.Body), Columns: columns, Where: where}, sel)
}

// delete plans the removal of the rows that the conditions pick.
func (b *builder) delete(op query.Delete) (Plan, error) {
	rel, err := b.relation(op.Relation)
	if err != nil {
		return Plan{}, err
	}
	where, err := b.targetConditions(rel, op.Selection.Where)
	if err != nil {
		return Plan{}, err
	}
	sel := op.Selection
	sel.Where = nil
	return b.write(rel, Delete{Where: where}, sel)
}

// targetConditions plans conditions on the rows that a write changes.
func (b *builder) targetConditions(rel *catalog.Relation, where []query.Condition) ([]Expr, error) {
	s := &scope{node: &Select{Alias: rel.Name.Name}, origin: rel}
	return b.conditions(s, where)
}

// write plans what is common to all writes: what comes back, and what must hold.
func (b *builder) write(rel *catalog.Relation, change Change, sel query.Selection) (Plan, error) {
	p := Plan{Count: b.count()}
	if err := b.media(&p, readTarget{relation: rel}); err != nil {
		return Plan{}, err
	}
	w := Write{Target: rel, Change: change}
	switch {
	case b.req.Prefer.Return == query.ReturnRepresentation || p.Explain != nil:
		node, err := b.produced(rel, sel)
		if err != nil {
			return Plan{}, err
		}
		w.Result = node
	case b.req.Prefer.Return == query.ReturnHeadersOnly:
		w.Location = b.location(rel)
		p.Media = Media{Encoding: NoBody{}}
	default:
		p.Media = Media{Encoding: NoBody{}}
	}
	w.Returning = b.returned
	p.Action = w
	return p, nil
}

// produced plans a tree over the rows that the write gives back. Its order is the caller's, its rows are all of them.
func (b *builder) produced(rel *catalog.Relation, sel query.Selection) (*Select, error) {
	s := &scope{node: &Select{From: Produced{Relation: rel}}, origin: rel, target: rel.Name.Name}
	s.node.Alias = b.alias(rel.Name.Name)
	if err := b.fill(s, sel); err != nil {
		return nil, err
	}
	return s.node, nil
}

// location are the columns that name the one row written, in the relation's order.
func (b *builder) location(rel *catalog.Relation) []Column {
	var columns []Column
	for _, c := range rel.Columns {
		if slices.Contains(rel.PrimaryKey, c.Name) {
			b.giveBack(c.Name, &Column{Of: rel.Name.Name, Name: c.Name})
			columns = append(columns, Column{Name: c.Name})
		}
	}
	return columns
}

func bodyOf(b query.Body) Body { return Body{JSON: b.Raw, Many: b.Many, Empty: b.Empty} }

// assigned are the columns that a write takes from its body: those asked for, or the keys of the body's first object.
func (b *builder) assigned(rel *catalog.Relation, body query.Body, asked []string) ([]Assigned, error) {
	names := asked
	if names == nil {
		names = body.Keys
	}
	columns := make([]Assigned, len(names))
	for i, name := range names {
		c, ok := rel.Column(name)
		if !ok {
			return nil, fault.UnknownColumn(name, rel.Name.Name)
		}
		parse, _ := b.cat.Representation("json", c.Type)
		columns[i] = Assigned{
			Column: c, Parse: parse,
			Default: b.req.Prefer.Missing == query.MissingDefault && (c.Default != "" || c.Identity || c.Generated),
		}
	}
	return columns, nil
}
