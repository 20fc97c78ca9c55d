package rest

import "github.com/pergola-dev/pergola/core/query"

// parseOrder reads the order parameter: term *( "," term ).
func parseOrder(text string) ([]query.OrderTerm, error) {
	s := newScanner("order", text)
	terms := []query.OrderTerm{s.orderTerm()}
	for s.separator() {
		terms = append(terms, s.orderTerm())
	}
	if !s.atEnd() {
		s.fail(`"," or end of input`)
	}
	return terms, s.fault()
}

// orderTerm reads: ( name "(" operand ")" | operand ) [ "." direction ] [ "." nulls ].
func (s *scanner) orderTerm() query.OrderTerm {
	var t query.OrderTerm
	related := s.try(func() bool {
		t.Embed = s.name()
		if !s.accept("(") {
			return false
		}
		t.Operand = s.operand()
		s.token(")")
		return true
	})
	if !related {
		t = query.OrderTerm{Operand: s.operand()}
	}
	switch {
	case s.accept(".asc"):
	case s.accept(".desc"):
		t.Descending = true
	}
	switch {
	case s.accept(".nullsfirst"):
		t.Nulls = query.NullsFirst
	case s.accept(".nullslast"):
		t.Nulls = query.NullsLast
	}
	if s.at(".") {
		s.fail("asc, desc, nullsfirst or nullslast")
	}
	return t
}

// parseNames reads: name *( "," name ), for the parameters columns and on_conflict.
func parseNames(about, text string) ([]string, error) {
	s := newScanner(about, text)
	names := []string{s.name()}
	for s.separator() {
		names = append(names, s.name())
	}
	if !s.atEnd() {
		s.fail(`"," or end of input`)
	}
	return names, s.fault()
}
