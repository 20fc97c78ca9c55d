package plan

import (
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// conditions plans the conditions of a node.
func (b *builder) conditions(s *scope, conditions []query.Condition) ([]Expr, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	out := make([]Expr, 0, len(conditions))
	for _, c := range conditions {
		e, err := b.condition(s, c)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (b *builder) condition(s *scope, c query.Condition) (Expr, error) {
	switch c := c.(type) {
	case query.Logic:
		terms, err := b.conditions(s, c.Terms)
		if err != nil {
			return nil, err
		}
		if c.Or {
			return negate(c.Negated, Or{Terms: terms}), nil
		}
		return negate(c.Negated, And{Terms: terms}), nil
	case query.Filter:
		return b.filter(s, c)
	}
	return nil, fault.New(fault.Internal, fault.CodeInternal, "unknown condition")
}

func negate(negated bool, e Expr) Expr {
	if negated {
		return Not{Term: e}
	}
	return e
}

// filter plans one test of one value, or of an embed's existence.
func (b *builder) filter(s *scope, f query.Filter) (Expr, error) {
	if e, ok := s.embed(f.Column); ok && len(f.Path) == 0 {
		if is, ok := f.Test.(query.Is); ok && (is.Value == query.Null || is.Value == query.NotNull) {
			none := (is.Value == query.Null) != f.Negated
			return negate(none, Exists{Embed: e}), nil
		}
		if !s.has(f.Column) {
			return nil, fault.EmbedFilterNotNull(f.Column)
		}
	}
	e, err := b.test(s, b.operand(s, f.Operand), f)
	return negate(f.Negated, e), err
}

func (b *builder) test(s *scope, left Value, f query.Filter) (Expr, error) {
	switch t := f.Test.(type) {
	case query.Compare:
		return Compare{Left: left, Op: t.Op, Quantifier: t.Quantifier, Right: b.asked(left, t)}, nil
	case query.In:
		return In{Left: left, List: arrayLiteral(t.Values), Parse: b.parser(left), Empty: isEmptyList(t.Values)}, nil
	case query.Is:
		return Is{Left: left, Value: t.Value}, nil
	case query.IsDistinct:
		return Distinct{Left: left, Right: b.parsed(left, t.Value)}, nil
	case query.FullText:
		return FullText{Left: left, Parser: t.Parser, Language: t.Language, Query: t.Query, Vector: b.isVector(s, f.Operand)}, nil
	}
	return nil, fault.New(fault.Internal, fault.CodeInternal, "unknown test")
}

// asked is the value of a comparison. Patterns write * for %, so that they need no escaping in an address.
func (b *builder) asked(left Value, t query.Compare) Value {
	switch {
	case t.Op == query.Like || t.Op == query.ILike:
		return Literal{Text: strings.ReplaceAll(t.Value, "*", "%")}
	case t.Quantifier != query.Single:
		return Literal{Text: t.Value}
	}
	return b.parsed(left, t.Value)
}

// parsed is a value from the caller, through the column's data representation where it has one.
func (b *builder) parsed(left Value, text string) Value {
	if fn := b.parser(left); fn != (catalog.Name{}) {
		return Apply{Function: fn, Argument: Literal{Text: text, Type: "text"}}
	}
	return Literal{Text: text}
}

// parser is the data representation that makes a column's value out of text; the zero Name for none.
func (b *builder) parser(left Value) catalog.Name {
	t := valueType(left)
	if t == "" {
		return catalog.Name{}
	}
	fn, _ := b.cat.Representation("text", t)
	return fn
}

// isVector reports whether an operand is a tsvector, or a domain over one.
func (b *builder) isVector(s *scope, o query.Operand) bool {
	if len(o.Path) > 0 {
		return false
	}
	if c, ok := s.column(o.Column); ok {
		return c.BaseType == "tsvector"
	}
	f, _ := s.computed(o.Column)
	return f.Type == "tsvector"
}

// isEmptyList reports whether a list of the grammar has no element: in.() arrives as one empty string.
func isEmptyList(values []string) bool {
	return len(values) == 0 || len(values) == 1 && values[0] == ""
}

// arrayLiteral writes values as an array literal (PostgreSQL documentation, 8.15.6): each quoted, so that none is read as
// NULL or as a delimiter.
func arrayLiteral(values []string) string {
	var s strings.Builder
	s.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteByte('"')
		s.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v))
		s.WriteByte('"')
	}
	s.WriteByte('}')
	return s.String()
}
