package rest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pergola-dev/pergola/core/fault"
)

// scanner reads one query parameter. The methods of the grammar stand on it, one for each rule, in select.go, filter.go,
// logic.go and order.go; the first error sticks, and everything after it reads nothing.
type scanner struct {
	about string // what is being read, for messages: "select parameter", "filter"
	ahead int    // characters that stand before text in the caller's mind: the name of a logic tree
	text  string
	pos   int // bytes
	depth int // open parentheses of embeds and logic trees
	err   syntaxError
}

// syntaxError is the place where a parameter stops following the grammar, and what could have stood there: nothing in the
// zero value, where there is no error.
type syntaxError struct {
	pos      int // bytes
	expected string
}

func newScanner(about, text string) *scanner { return &scanner{about: about, text: text} }

// fault is the error of the whole parameter; nil when it followed the grammar. The texts have PostgREST's form.
func (s *scanner) fault() error {
	if !s.failed() {
		return nil
	}
	column := s.ahead + utf8.RuneCountInString(s.text[:s.err.pos]) + 1
	found := "end of input"
	if rest := s.text[s.err.pos:]; rest != "" {
		r, _ := utf8.DecodeRuneInString(rest)
		found = `"` + string(r) + `"`
	}
	return fault.BadQuery(
		fmt.Sprintf(`"failed to parse %s (%s)" (line 1, column %d)`, s.about, s.text, column),
		"unexpected "+found+" expecting "+s.err.expected)
}

func (s *scanner) failed() bool { return s.err.expected != "" }

// fail records that something else was expected here.
func (s *scanner) fail(expected string) {
	if !s.failed() {
		s.err = syntaxError{pos: s.pos, expected: expected}
	}
}

func (s *scanner) rest() string {
	if s.failed() {
		return ""
	}
	return s.text[s.pos:]
}

func (s *scanner) atEnd() bool { return s.rest() == "" }

// at reports whether the text goes on with lit.
func (s *scanner) at(lit string) bool { return strings.HasPrefix(s.rest(), lit) }

// accept passes over lit if the text goes on with it.
func (s *scanner) accept(lit string) bool {
	if !s.at(lit) {
		return false
	}
	s.pos += len(lit)
	return true
}

// expect passes over lit, or fails.
func (s *scanner) expect(lit string) {
	if !s.accept(lit) {
		s.fail(`"` + lit + `"`)
	}
}

// spaces passes over white space.
func (s *scanner) spaces() {
	for s.accept(" ") || s.accept("\t") || s.accept("\n") || s.accept("\r") {
	}
}

// maxNesting is how many embeds or logic trees may stand inside one another for the grammar's sake: a bound on the stack
// that reading takes. The limits that callers meet are lower, and plan has them.
const maxNesting = 500

// nested reads with parse, one level deeper, or fails where that is too deep.
func (s *scanner) nested(parse func()) {
	if s.depth >= maxNesting {
		s.fail(fmt.Sprintf("at most %d levels of parentheses", maxNesting))
		return
	}
	s.depth++
	parse()
	s.depth--
}

// token passes over lit and the white space around it, or fails.
func (s *scanner) token(lit string) {
	s.spaces()
	s.expect(lit)
	s.spaces()
}

// takeWhile reads characters as long as they are wanted.
func (s *scanner) takeWhile(wanted func(rune) bool) string {
	rest := s.rest()
	end := strings.IndexFunc(rest, func(r rune) bool { return !wanted(r) })
	if end < 0 {
		end = len(rest)
	}
	s.pos += end
	return rest[:end]
}

// try reads with parse; where that fails nothing was read, and false comes back.
func (s *scanner) try(parse func() bool) bool {
	if s.failed() {
		return false
	}
	start := s.pos
	if parse() && !s.failed() {
		return true
	}
	s.pos, s.err = start, syntaxError{}
	return false
}

// expectedName is how messages describe a name.
const expectedName = "field name (* or [a..z0..9_$])"

// name reads the name of a column, a relation or an alias: quoted, or letters, digits, _, $, inner spaces and dashes that
// start no arrow.
func (s *scanner) name() string {
	s.spaces()
	start := s.pos
	if s.at(`"`) {
		name := s.quoted()
		if strings.Trim(name, "\x00") == "" { // no name holds a NUL, so nothing is left of one that has nothing else
			s.pos = start
			s.fail(expectedName)
		}
		return name
	}
	for {
		s.takeWhile(isNameRune)
		if !s.at("-") || s.at("->") {
			break
		}
		s.pos++
	}
	name := strings.TrimSpace(s.text[start:s.pos])
	if name == "" {
		s.pos = start
		s.fail(expectedName)
	}
	return name
}

func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '$' || r == ' '
}

// quoted reads a value in double quotes, in which a backslash makes any character stand for itself.
func (s *scanner) quoted() string {
	s.expect(`"`)
	var value strings.Builder
	rest := s.rest()
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			s.pos += i + 1
			return value.String()
		case c == '\\' && i+1 < len(rest):
			i++
			value.WriteByte(rest[i])
		default:
			value.WriteByte(c)
		}
	}
	s.pos = len(s.text)
	s.fail(`"\""`)
	return ""
}
