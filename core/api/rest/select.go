package rest

import (
	"strings"
	"unicode"

	"github.com/pergola-dev/pergola/core/query"
)

// parseSelect reads the select parameter.
func parseSelect(text string) ([]query.Item, error) {
	s := newScanner("select parameter", text)
	items := s.items()
	return items, s.fault()
}

// items reads: [ item *( "," item ) ]. What follows the last item is left alone, as PostgREST leaves it.
func (s *scanner) items() []query.Item {
	s.spaces()
	if s.atEnd() || s.at(")") {
		return nil
	}
	const usual = 4 // as many as most selections have
	items := append(make([]query.Item, 0, usual), s.item())
	for s.separator() {
		items = append(items, s.item())
	}
	return items
}

// separator passes over a comma and the white space around it.
func (s *scanner) separator() bool {
	s.spaces()
	return s.accept(",")
}

// item reads: "*" | "..." embed | [ alias ":" ] ( embed | field ).
func (s *scanner) item() query.Item {
	s.spaces()
	if s.accept("...") {
		e := s.embed()
		e.Spread = true
		return e
	}
	if s.try(func() bool { return s.accept("*") && s.itemEnds() }) {
		return query.Star{}
	}
	alias := s.alias()
	if s.embedsHere() {
		e := s.embed()
		e.Alias = alias
		return e
	}
	f := s.field()
	f.Alias = alias
	return f
}

// itemEnds reports whether an item can end here.
func (s *scanner) itemEnds() bool {
	s.spaces()
	return s.atEnd() || s.at(",") || s.at(")")
}

// embedsHere reports whether an embed follows: a name, hints, an opening parenthesis. count() is an aggregate, unless it is
// in quotes. To look ahead this far is enough, so that nothing is read twice however deep the embeds.
func (s *scanner) embedsHere() bool {
	if s.at("count()") {
		return false
	}
	start, found := s.pos, false
	s.try(func() bool {
		s.name()
		s.hints()
		found = s.at("(")
		return true
	})
	s.pos = start
	return found
}

// alias reads: name ":", but not the "::" of a cast; "" when there is none.
func (s *scanner) alias() string {
	var alias string
	if s.try(func() bool { alias = s.name(); return s.accept(":") && !s.at(":") }) {
		return alias
	}
	return ""
}

// embed reads: name *( "!" hint ) "(" items ")".
func (s *scanner) embed() *query.Embed {
	e := &query.Embed{Relation: s.name()}
	e.Hint, e.Inner = s.hints()
	s.expect("(")
	s.nested(func() { e.Selection.Items = s.items() })
	s.token(")")
	return e
}

// hints read what follows an embed's name: how to relate, and whether a related row must exist.
func (s *scanner) hints() (hint string, inner bool) {
	for s.accept("!") {
		switch word := s.name(); word {
		case "inner":
			inner = true
		case "left":
			inner = false
		default:
			hint = word
		}
	}
	return hint, inner
}

// field reads: [ operand [ "::" type ] "." ] aggregate "()" [ "::" type ] | operand [ "::" type ].
func (s *scanner) field() query.Field {
	if s.try(func() bool { return s.accept("count()") }) {
		return query.Field{Aggregate: query.Count, AggregateCast: s.cast()}
	}
	f := query.Field{Operand: s.operand(), Cast: s.cast()}
	if s.accept(".") {
		f.Aggregate = s.aggregate()
		f.AggregateCast = s.cast()
	}
	return f
}

// cast reads: [ "::" type ].
func (s *scanner) cast() string {
	if !s.accept("::") {
		return ""
	}
	name := strings.TrimSpace(s.takeWhile(func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == ' ' || r == '[' || r == ']'
	}))
	if name == "" {
		s.fail("a type name")
	}
	return name
}

// aggregate reads: ( "sum" | "avg" | "max" | "min" | "count" ) "()".
func (s *scanner) aggregate() query.Aggregate {
	for _, a := range []query.Aggregate{query.Sum, query.Avg, query.Max, query.Min, query.Count} {
		if s.accept(a.String() + "()") {
			return a
		}
	}
	s.fail("sum(), avg(), count(), max() or min()")
	return query.NoAggregate
}

// operand reads: name *( ( "->" | "->>" ) step ).
func (s *scanner) operand() query.Operand {
	o := query.Operand{Column: s.name()}
	for s.at("->") {
		o.Path = append(o.Path, s.step())
	}
	return o
}

// step reads: ( "->>" | "->" ) ( index | key ).
func (s *scanner) step() query.Step {
	st := query.Step{Text: s.accept("->>")}
	if !st.Text {
		s.expect("->")
	}
	if s.try(func() bool { st.Key = s.index(); return s.stepEnds() }) {
		st.Index = true
		return st
	}
	st.Key = s.key()
	return st
}

// index reads: [ "-" | "+" ] 1*digit.
func (s *scanner) index() string {
	sign := ""
	if s.accept("-") {
		sign = "-"
	} else {
		s.accept("+")
	}
	digits := s.takeWhile(func(r rune) bool { return r >= '0' && r <= '9' })
	if digits == "" {
		s.fail("digit")
	}
	return sign + digits
}

// stepEnds reports whether a step can end here.
func (s *scanner) stepEnds() bool {
	s.spaces()
	return s.atEnd() || s.at("->") || s.at("::") || s.at(".") || s.at(",") || s.at(")")
}

// key reads an object key: quoted, or anything up to what can follow a step.
func (s *scanner) key() string {
	if s.at(`"`) {
		return s.quoted()
	}
	start := s.pos
	for !s.stepEndsHere() {
		s.pos++
	}
	key := strings.TrimSpace(s.text[start:s.pos])
	if key == "" {
		s.fail("any non reserved character different from: ( - : . , > )")
	}
	return key
}

func (s *scanner) stepEndsHere() bool {
	return s.atEnd() || s.at("->") || s.at("::") || strings.ContainsRune(".,():", rune(s.rest()[0]))
}
