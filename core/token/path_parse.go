package token

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pathParser reads a role claim path. It takes both of PostgREST's forms: the one up to version 15, which begins with a
// dot, and since 16 a JSONPath of RFC 9535, which begins with "$". Of the latter it knows names, indexes, slices without
// a step, "*", and filters that compare the current element with one text or search it; no "..", no lists, no
// operators between filters.
//
//	path    = ["$"] *segment
//	segment = "." (name / quoted / "*") / "[" (quoted / "*" / "?" filter / integer / slice) "]"
//	filter  = "(" test ")" / test
//	test    = "@" operator quoted / "search(@," quoted ")"
//	slice   = [integer] ":" [integer]
type pathParser struct {
	text string
	at   int // in bytes
}

func parsePath(text string) (path, error) {
	p := &pathParser{text: text}
	if !p.accept("$") && !strings.HasPrefix(text, ".") {
		return nil, p.expected(`"." or "$"`)
	}
	var parsed path
	for p.at < len(p.text) {
		s, err := p.segment()
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, s)
	}
	if len(parsed) == 0 {
		return nil, p.expected("the name of a claim")
	}
	return parsed, nil
}

func (p *pathParser) segment() (segment, error) {
	switch {
	case p.accept("."):
		return p.dotted()
	case p.accept("["):
		s, err := p.bracketed()
		if err != nil {
			return nil, err
		}
		return s, p.require("]")
	}
	return nil, p.expected(`"." or "["`)
}

func (p *pathParser) dotted() (segment, error) {
	if p.accept("*") {
		return every{}, nil
	}
	if p.quoteAhead() {
		name, err := p.quoted()
		return member(name), err
	}
	start := p.at
	for p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_$@", r) {
			break
		}
		p.at += size
	}
	if p.at == start {
		return nil, p.expected("a name of letters, digits, _, $ and @, or one in quotes")
	}
	return member(p.text[start:p.at]), nil
}

func (p *pathParser) bracketed() (segment, error) {
	switch {
	case p.accept("*"):
		return every{}, nil
	case p.accept("?"):
		return p.filter()
	case p.quoteAhead():
		name, err := p.quoted()
		return member(name), err
	}
	return p.position()
}

// position reads an index or a slice.
func (p *pathParser) position() (segment, error) {
	lo, err := p.integer()
	if err != nil {
		return nil, err
	}
	if !p.accept(":") {
		if lo == nil {
			return nil, p.expected("a name in quotes, a number, a slice, a filter or *")
		}
		return index(*lo), nil
	}
	hi, err := p.integer()
	return section{lo, hi}, err
}

func (p *pathParser) filter() (segment, error) {
	p.spaces()
	if !p.accept("(") {
		return p.test()
	}
	p.spaces()
	s, err := p.test()
	if err != nil {
		return nil, err
	}
	p.spaces()
	return s, p.require(")")
}

func (p *pathParser) test() (segment, error) {
	if p.accept("search") {
		return p.search()
	}
	if err := p.require("@"); err != nil {
		return nil, err
	}
	p.spaces()
	compare, err := p.operator()
	if err != nil {
		return nil, err
	}
	p.spaces()
	text, err := p.quoted()
	return match{compare, text}, err
}

// operator tries the longer ones first.
func (p *pathParser) operator() (comparison, error) {
	for _, c := range []comparison{ends, begins, contains, equals, differs} {
		if p.accept(string(c)) {
			return c, nil
		}
	}
	return "", p.expected("one of ==, !=, ^==, ==^, *==")
}

func (p *pathParser) search() (segment, error) {
	for _, sign := range []string{"(", "@", ","} {
		if err := p.require(sign); err != nil {
			return nil, err
		}
		p.spaces()
	}
	start := p.at
	text, err := p.quoted()
	if err != nil {
		return nil, err
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("at %d: %w", start, err)
	}
	p.spaces()
	return search{pattern}, p.require(")")
}

// quoted reads a text in single or double quotes. After a backslash comes a quote or a backslash (RFC 9535 has more
// escapes, which names of roles do not need).
func (p *pathParser) quoted() (string, error) {
	if !p.quoteAhead() {
		return "", p.expected("a text in quotes")
	}
	quote := p.text[p.at]
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String(), nil
		case c == '\\' && p.at+1 < len(p.text) && strings.IndexByte(`\'"`, p.text[p.at+1]) >= 0:
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.expected("the closing " + string(quote))
}

// integer reads an optional number; nil when there is none.
func (p *pathParser) integer() (*int, error) {
	start := p.at
	p.accept("-")
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	if p.at == start {
		return nil, nil
	}
	n, err := strconv.Atoi(p.text[start:p.at])
	if err != nil {
		return nil, fmt.Errorf("at %d: %w", start, errNumber)
	}
	return &n, nil
}

var errNumber = errors.New("not a number that fits")

func (p *pathParser) quoteAhead() bool {
	return p.at < len(p.text) && (p.text[p.at] == '"' || p.text[p.at] == '\'')
}

func (p *pathParser) spaces() {
	for p.accept(" ") {
		continue
	}
}

func (p *pathParser) accept(sign string) bool {
	if !strings.HasPrefix(p.text[p.at:], sign) {
		return false
	}
	p.at += len(sign)
	return true
}

func (p *pathParser) require(sign string) error {
	if !p.accept(sign) {
		return p.expected(strconv.Quote(sign))
	}
	return nil
}

func (p *pathParser) expected(what string) error { return fmt.Errorf("at %d: expected %s", p.at, what) }
