package plan

import (
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// maxLogicDepth is the most levels of logic trees. People write three; PostgreSQL gives up at some thousands of nested
// parentheses, with an error that says nothing to a caller.
const maxLogicDepth = 100

// checkSize refuses a request that asks for more than the rules allow, before anything of it is looked up. Its work grows
// with the request's size alone.
func (r Rules) checkSize(op query.Operation) error {
	size := measure(op)
	switch {
	case size.depth > maxLogicDepth:
		return fault.TooDeepLogic(maxLogicDepth)
	case r.MaxFilters > 0 && size.parts > r.MaxFilters:
		return fault.TooManyParts(r.MaxFilters)
	}
	return nil
}

// extent is how large a request is.
type extent struct {
	parts int // values selected, embeds, conditions, order terms, and steps into JSON values
	depth int // levels of logic trees
}

// measure gives the extent of what an operation selects. What a body holds is bounded by its bytes.
func measure(op query.Operation) extent {
	var e extent
	switch op := op.(type) {
	case query.Read:
		e.selection(op.Selection)
	case query.Insert:
		e.selection(op.Selection)
	case query.Upsert:
		e.selection(op.Selection)
	case query.Update:
		e.selection(op.Selection)
	case query.Delete:
		e.selection(op.Selection)
	case query.Call:
		e.selection(op.Selection)
	case query.Describe:
	}
	return e
}

func (e *extent) selection(s query.Selection) {
	for _, item := range s.Items {
		e.parts++
		switch item := item.(type) {
		case query.Field:
			e.parts += len(item.Path)
		case *query.Embed:
			e.selection(item.Selection)
		case query.Star:
		}
	}
	e.conditions(s.Where, 1)
	for _, term := range s.Order {
		e.parts += 1 + len(term.Path)
	}
}

// conditions counts conditions that stand at a level of a logic tree; the first level is outside of any.
func (e *extent) conditions(all []query.Condition, level int) {
	for _, c := range all {
		e.parts++
		switch c := c.(type) {
		case query.Filter:
			e.parts += len(c.Path)
		case query.Logic:
			e.depth = max(e.depth, level)
			e.conditions(c.Terms, level+1)
		}
	}
}
