package plan

import (
	"slices"
	"strconv"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// aggregates reports whether a node shows an aggregate, its own or one that came up from a spread child.
func aggregates(node *Select) bool {
	return slices.ContainsFunc(node.Fields, func(f Field) bool { return f.Aggregate != query.NoAggregate })
}

// embedGrouping moves the aggregates of a to-one spread to the parent, whose rows they are about: the child gives the bare
// values, the parent groups. A spread of many rows is arrays already, and aggregates of it have no meaning.
func (b *builder) embedGrouping(s *scope, e *Embed) error {
	if !e.Spread || !e.Select.Grouped {
		return nil
	}
	if e.Many {
		return fault.NotImplemented("Aggregates are not implemented for one-to-many or many-to-many spreads.")
	}
	child := e.Select
	var kept []Field
	for i := range child.Fields {
		f := &child.Fields[i]
		if f.Aggregate != query.NoAggregate {
			s.node.Fields = append(s.node.Fields, hoist(child, f))
		}
		if f.Value != nil {
			kept = append(kept, *f)
		}
	}
	child.Fields, child.Grouped = kept, false
	return nil
}

// hoist makes the parent's aggregate out of the child's, and leaves the child's bare value under a name of its own.
func hoist(child *Select, f *Field) Field {
	up := Field{Aggregate: f.Aggregate, AggregateCast: f.AggregateCast, Name: f.Name}
	if f.Value == nil {
		return up
	}
	f.Name = freshName(child)
	f.Aggregate, f.AggregateCast, f.Hoisted = query.NoAggregate, "", true
	up.Value = &Column{Of: child.Alias, Name: f.Name}
	return up
}

// freshName is a name that no field of a node has.
func freshName(node *Select) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(node.Fields, func(f Field) bool { return f.Name == name })
	}
	n := 1
	for taken("aggregate_" + strconv.Itoa(n)) {
		n++
	}
	return "aggregate_" + strconv.Itoa(n)
}
