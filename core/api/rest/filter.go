package rest

import (
	"strings"

	"github.com/pergola-dev/pergola/core/query"
)

// parseFilter reads the value of a filter parameter: [ "not." ] test.
func parseFilter(o query.Operand, text string) (query.Filter, error) {
	s := newScanner("filter", text)
	f := query.Filter{Operand: o, Negated: s.accept("not.")}
	f.Test = s.test(s.wholeValue)
	return f, s.fault()
}

// wholeValue is a value that ends with the parameter.
func (s *scanner) wholeValue() string {
	rest := s.rest()
	s.pos += len(rest)
	return rest
}

// operators of the grammar. Those of quantified may be followed by (any) or (all).
var (
	operators = map[string]query.Operator{
		"eq": query.Eq, "neq": query.Neq, "gt": query.Gt, "gte": query.Gte, "lt": query.Lt, "lte": query.Lte,
		"like": query.Like, "ilike": query.ILike, "match": query.Match, "imatch": query.IMatch,
		"cs": query.Contains, "cd": query.ContainedBy, "ov": query.Overlaps, "sl": query.StrictlyLeft,
		"sr": query.StrictlyRight, "nxr": query.NotExtendsRight, "nxl": query.NotExtendsLeft, "adj": query.Adjacent,
	}
	quantified = map[query.Operator]bool{
		query.Eq: true, query.Gt: true, query.Gte: true, query.Lt: true, query.Lte: true,
		query.Like: true, query.ILike: true, query.Match: true, query.IMatch: true,
	}
	textParsers = map[string]query.TextParser{
		"fts": query.ToTSQuery, "plfts": query.PlainToTSQuery, "phfts": query.PhraseToTSQuery, "wfts": query.WebSearch,
	}
)

// isOperator reports whether a value begins like a filter's, so that it is no plain argument of a function.
func isOperator(text string) bool {
	text = strings.TrimPrefix(text, "not.")
	end := strings.IndexAny(text, ".(")
	if end < 0 {
		return false
	}
	word := text[:end]
	_, compares := operators[word]
	_, searches := textParsers[word]
	return compares || searches || word == "in" || word == "is" || word == "isdistinct"
}

// test reads: operator [ "(any)" | "(all)" ] "." value | "in.(" list ")" | "is." word | "isdistinct." value
// | parser [ "(" language ")" ] "." value. value reads a single value where the test stands.
func (s *scanner) test(value func() string) query.Test {
	start := s.pos
	word := s.takeWhile(func(r rune) bool { return r >= 'a' && r <= 'z' })
	switch op, isOp := operators[word]; {
	case isOp:
		return s.compare(op, value)
	case word == "in":
		s.expect(".")
		return query.In{Values: s.valueList()}
	case word == "is":
		s.expect(".")
		return query.Is{Value: s.isValue()}
	case word == "isdistinct":
		s.expect(".")
		return query.IsDistinct{Value: value()}
	}
	if parser, ok := textParsers[word]; ok {
		return s.fullText(parser, value)
	}
	s.pos = start
	s.fail(`"not" or operator (eq, gt, ...)`)
	return query.Is{}
}

func (s *scanner) compare(op query.Operator, value func() string) query.Test {
	c := query.Compare{Op: op}
	switch {
	case !quantified[op]:
	case s.accept("(any)"):
		c.Quantifier = query.Any
	case s.accept("(all)"):
		c.Quantifier = query.All
	}
	s.expect(".")
	c.Value = value()
	return c
}

func (s *scanner) fullText(parser query.TextParser, value func() string) query.Test {
	t := query.FullText{Parser: parser}
	if s.accept("(") {
		t.Language = s.name()
		s.expect(")")
	}
	s.expect(".")
	t.Query = value()
	return t
}

// isValue reads: "null" | "not_null" | "true" | "false" | "unknown", in any case.
func (s *scanner) isValue() query.IsValue {
	word := s.takeWhile(func(r rune) bool { return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	switch strings.ToLower(word) {
	case "null":
		return query.Null
	case "not_null":
		return query.NotNull
	case "true":
		return query.True
	case "false":
		return query.False
	case "unknown":
		return query.Unknown
	}
	s.pos -= len(word)
	s.fail("isVal: (null, not_null, true, false, unknown)")
	return query.Null
}

// valueList reads: "(" element *( "," element ) ")".
func (s *scanner) valueList() []string {
	s.token("(")
	values := []string{s.element()}
	for s.accept(",") {
		values = append(values, s.element())
	}
	s.spaces()
	s.expect(")")
	s.spaces()
	return values
}

// element reads one value of a list: quoted, or anything up to a comma or a closing parenthesis.
func (s *scanner) element() string {
	value := ""
	if s.at(`"`) && s.try(func() bool { value = s.quoted(); return s.valueEnds() }) {
		return value
	}
	return s.takeWhile(func(r rune) bool { return r != ',' && r != ')' })
}

// valueEnds reports whether a value inside a list or a logic tree can end here.
func (s *scanner) valueEnds() bool { return s.atEnd() || s.at(",") || s.at(")") }
