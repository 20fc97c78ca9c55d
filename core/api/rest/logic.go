package rest

import "github.com/pergola-dev/pergola/core/query"

// parseLogic reads the value of an "and" or "or" parameter: "(" condition *( "," condition ) ")". What follows is left
// alone, as PostgREST leaves it.
func parseLogic(or, negated bool, text string) (query.Logic, error) {
	s := newScanner("logic tree", text)
	s.ahead = len("or")
	if !or {
		s.ahead = len("and")
	}
	l := query.Logic{Or: or, Negated: negated, Terms: s.terms()}
	return l, s.fault()
}

func (s *scanner) terms() []query.Condition {
	s.token("(")
	terms := []query.Condition{s.condition()}
	for s.separator() {
		terms = append(terms, s.condition())
	}
	s.token(")")
	return terms
}

// condition reads: [ "not." ] ( "and" | "or" ) terms | operand "." [ "not." ] test.
func (s *scanner) condition() query.Condition {
	s.spaces()
	var l query.Logic
	if s.try(func() bool { l = s.logicHead(); return s.at("(") }) {
		s.nested(func() { l.Terms = s.terms() })
		return l
	}
	if s.at(")") || s.at(",") || s.atEnd() {
		s.fail(expectedName + ", negation operator (not) or logic operator (and, or)")
	}
	f := query.Filter{Operand: s.operand()}
	s.expect(".")
	f.Negated = s.accept("not.")
	f.Test = s.test(s.innerValue)
	s.spaces()
	return f
}

// logicHead reads: [ "not." ] ( "and" | "or" ).
func (s *scanner) logicHead() query.Logic {
	l := query.Logic{Negated: s.accept("not.")}
	switch {
	case s.accept("or"):
		l.Or = true
	case s.accept("and"):
	default:
		s.fail(`"and" or "or"`)
	}
	s.spaces()
	return l
}

// innerValue reads a value inside a logic tree: quoted, an array literal, or anything up to a comma or a closing
// parenthesis.
func (s *scanner) innerValue() string {
	value := ""
	if s.at(`"`) && s.try(func() bool { value = s.quoted(); return s.valueEnds() }) {
		return value
	}
	if s.at("{") && s.try(func() bool { value = s.arrayLiteral(); return s.valueEnds() }) {
		return value
	}
	return s.takeWhile(func(r rune) bool { return r != ',' && r != ')' })
}

// arrayLiteral reads: "{" ... "}" with nested ones, as it stands.
func (s *scanner) arrayLiteral() string {
	start, depth := s.pos, 0
	for !s.atEnd() {
		switch s.text[s.pos] {
		case '{':
			depth++
		case '}':
			depth--
		}
		s.pos++
		if depth == 0 {
			return s.text[start:s.pos]
		}
	}
	s.fail(`"}"`)
	return ""
}
