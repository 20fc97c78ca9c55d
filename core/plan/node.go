package plan

import (
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// scope is one node while it is being planned.
type scope struct {
	node *Select
	// origin has the columns' meaning; nil when the rows are no relation's.
	origin *catalog.Relation
	// columns are what can be selected where origin is nil.
	columns []catalog.Column
	// target is the name under which produced rows can be taken from the write or call itself; "" for other sources.
	target string
	// embeds are the node's embeds under the names that conditions and orders use; of equal names the last one counts.
	embeds []namedEmbed
	depth  int
}

type namedEmbed struct {
	name  string
	embed *Embed
}

// root plans the topmost node of a tree over a relation.
func (b *builder) root(rel *catalog.Relation, sel query.Selection) (*Select, error) {
	s := &scope{node: &Select{From: Table{Relation: rel}, Alias: b.alias(rel.Name.Name)}, origin: rel}
	return s.node, b.fill(s, sel)
}

// fill plans everything of a node but its source.
func (b *builder) fill(s *scope, sel query.Selection) error {
	width := s.width(sel.Items)
	s.node.Fields = make([]Field, 0, width)
	if s.target != "" {
		b.returned = slices.Grow(b.returned, width)
	}
	if err := b.items(s, sel.Items); err != nil {
		return err
	}
	where, err := b.conditions(s, sel.Where)
	if err != nil {
		return err
	}
	s.node.Where = where
	s.node.Limit, s.node.Offset = sel.Limit, sel.Offset
	s.node.Order, err = b.order(s, sel.Order)
	s.node.Grouped = aggregates(s.node)
	return err
}

// items plans what a node shows.
func (b *builder) items(s *scope, items []query.Item) error {
	for _, item := range items {
		var err error
		switch item := item.(type) {
		case query.Star:
			b.star(s)
		case query.Field:
			err = b.field(s, item)
		case *query.Embed:
			err = b.embed(s, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// width is the number of fields that items come to.
func (s *scope) width(items []query.Item) int {
	n := 0
	for _, item := range items {
		switch item.(type) {
		case query.Star:
			n += len(s.selectable())
		case query.Field:
			n++
		case *query.Embed:
		}
	}
	return n
}

// selectable are the columns of a node.
func (s *scope) selectable() []catalog.Column {
	if s.origin != nil {
		return s.origin.Columns
	}
	return s.columns
}

// star shows every column.
func (b *builder) star(s *scope) {
	columns := s.selectable()
	for i := range columns {
		value := b.shown(b.columnOf(s, &columns[i]), columns[i].Type)
		s.node.Fields = append(s.node.Fields, Field{Value: value, Name: columns[i].Name})
	}
}

// field shows one value.
func (b *builder) field(s *scope, f query.Field) error {
	f = b.legacyCount(s, f)
	if f.Aggregate != query.NoAggregate && !b.rules.Aggregates {
		return fault.AggregatesDisabled()
	}
	out := Field{
		Cast: b.cast(f.Cast), Aggregate: f.Aggregate, AggregateCast: b.cast(f.AggregateCast), Name: f.Alias,
	}
	if out.Name == "" {
		out.Name = fieldName(f)
	}
	if f.Column != "" {
		out.Value = b.operand(s, f.Operand)
		if len(f.Path) == 0 {
			out.Value = b.shown(out.Value, valueType(out.Value))
		}
	}
	s.node.Fields = append(s.node.Fields, out)
	return nil
}

// legacyCount reads a bare "count" that is no column as count(), as PostgREST did before it had aggregates.
func (b *builder) legacyCount(s *scope, f query.Field) query.Field {
	if f.Column == "count" && len(f.Path) == 0 && f.Aggregate == query.NoAggregate && !s.has("count") {
		return query.Field{Alias: f.Alias, Aggregate: query.Count, AggregateCast: f.Cast}
	}
	return f
}

// fieldName is what a field without an alias is called: the aggregate's name, or the last key of its path, or the column's.
// A key that is empty, but for NULs, can be no name.
func fieldName(f query.Field) string {
	if f.Aggregate != query.NoAggregate {
		return f.Aggregate.String()
	}
	for i := len(f.Path) - 1; i >= 0; i-- {
		if !f.Path[i].Index && strings.Trim(f.Path[i].Key, "\x00") != "" {
			return f.Path[i].Key
		}
	}
	return f.Column
}

// cast looks a type of the caller's up.
func (b *builder) cast(name string) string {
	if name == "" {
		return ""
	}
	text, ok := b.cat.CastType(name)
	if !ok {
		b.missing(fault.UndefinedType(name))
	}
	return text
}

// missing notes a name that does not exist.
func (b *builder) missing(err error) {
	if b.unknown == nil {
		b.unknown = err
	}
}

// shown puts the data representation's function around a value that goes into the answer.
func (b *builder) shown(v Value, typeName string) Value {
	if fn, ok := b.cat.Representation(typeName, "json"); ok && typeName != "" {
		return Apply{Function: fn, Argument: v}
	}
	return v
}

// operand resolves a column and the path into it.
func (b *builder) operand(s *scope, o query.Operand) Value {
	base, structured := b.column(s, o.Column)
	if len(o.Path) == 0 {
		return base
	}
	return JSONPath{Base: base, Steps: o.Path, Convert: structured}
}

// column resolves a column or computed field of a node. structured says that it is an array or a composite.
func (b *builder) column(s *scope, name string) (v Value, structured bool) {
	if c, ok := s.column(name); ok {
		return b.columnOf(s, c), c.Composite || c.Array
	}
	if f, ok := s.computed(name); ok {
		return b.computedOf(s, name, f), f.Composite || f.Array
	}
	b.missing(undefinedColumn(s, name))
	return &Column{Of: s.node.Alias, Name: name}, false
}

// column gives a column of a node.
func (s *scope) column(name string) (*catalog.Column, bool) {
	if s.origin != nil {
		return s.origin.Column(name)
	}
	for i := range s.columns {
		if s.columns[i].Name == name {
			return &s.columns[i], true
		}
	}
	return nil, false
}

// computed gives a computed field of a node.
func (s *scope) computed(name string) (catalog.ComputedField, bool) {
	if s.origin == nil {
		return catalog.ComputedField{}, false
	}
	f, ok := s.origin.Computed[name]
	return f, ok
}

// embed gives the embed that a name means; false when it means none.
func (s *scope) embed(name string) (*Embed, bool) {
	for i := len(s.embeds) - 1; i >= 0; i-- {
		if s.embeds[i].name == name {
			return s.embeds[i].embed, true
		}
	}
	return nil, false
}

// has reports whether a node has a column or a computed field of that name.
func (s *scope) has(name string) bool {
	_, isColumn := s.column(name)
	_, isComputed := s.computed(name)
	return isColumn || isComputed
}

func undefinedColumn(s *scope, name string) error {
	columns := s.selectable()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	near, _ := closest(name, names, anyLikeness)
	return fault.UndefinedColumn(s.node.Alias, name, near)
}

// columnOf is a column of a node's rows. Where they are produced rows, the write or call is asked to give it back.
func (b *builder) columnOf(s *scope, c *catalog.Column) Value {
	if s.target != "" {
		b.giveBack(c.Name, b.newColumn(Column{Of: s.target, Name: c.Name, Type: c.Type}))
	}
	return b.newColumn(Column{Of: s.node.Alias, Name: c.Name, Type: c.Type})
}

// newColumn keeps a column for the plan. There are many, so memory is asked for in blocks of them.
func (b *builder) newColumn(c Column) *Column {
	const block = 8
	if len(b.columns) == cap(b.columns) {
		b.columns = make([]Column, 0, block)
	}
	b.columns = append(b.columns, c)
	return &b.columns[len(b.columns)-1]
}

// computedOf is a computed field of a node's rows.
func (b *builder) computedOf(s *scope, name string, f catalog.ComputedField) Value {
	if s.target == "" {
		return Computed{Function: f.Function, Of: s.node.Alias}
	}
	b.giveBack(name, Computed{Function: f.Function, Of: s.target})
	return &Column{Of: s.node.Alias, Name: name, Type: f.Type}
}

// giveBack makes the write or call of the statement give a value back under a name.
func (b *builder) giveBack(name string, v Value) {
	for _, r := range b.returned {
		if r.Name == name {
			return
		}
	}
	b.returned = append(b.returned, Returned{Value: v, Name: name})
}

// rowOf is the whole row of a node, for a function that takes it.
func (b *builder) rowOf(s *scope) Row {
	row := Row{Of: s.node.Alias, Type: s.origin.Name}
	if s.target == "" {
		return row
	}
	for i := range s.origin.Columns {
		b.columnOf(s, &s.origin.Columns[i])
		row.Columns = append(row.Columns, s.origin.Columns[i].Name)
	}
	return row
}

// valueType is the type of a column, "" for other values.
func valueType(v Value) string {
	if c, ok := v.(*Column); ok {
		return c.Type
	}
	return ""
}
