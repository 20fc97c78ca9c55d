package plan

import (
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// order plans the order of a node's rows.
func (b *builder) order(s *scope, terms []query.OrderTerm) ([]Order, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	out := make([]Order, 0, len(terms))
	for _, t := range terms {
		v, err := b.orderValue(s, t)
		if err != nil {
			return nil, err
		}
		out = append(out, Order{Value: v, Descending: t.Descending, Nulls: t.Nulls})
	}
	return out, nil
}

func (b *builder) orderValue(s *scope, t query.OrderTerm) (Value, error) {
	if t.Embed == "" {
		return b.operand(s, t.Operand), nil
	}
	e, ok := s.embed(t.Embed)
	if !ok {
		return nil, fault.NotEmbedded(t.Embed)
	}
	if e.Many {
		return nil, fault.OrderByToMany(s.node.Alias, t.Embed)
	}
	if e.Spread {
		if v, ok := lifted(e, t.Operand); ok {
			return v, nil
		}
	}
	return Related{Embed: e, Value: b.operand(b.scopeOf(e), t.Operand)}, nil
}

// lifted is a value that a spread embed gives its parent under the operand's name.
func lifted(e *Embed, o query.Operand) (Value, bool) {
	if len(o.Path) > 0 {
		return nil, false
	}
	for _, f := range e.Select.Fields {
		if f.Name == o.Column {
			return &Column{Of: e.Select.Alias, Name: f.Name}, true
		}
	}
	return nil, false
}
