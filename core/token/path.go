package token

import (
	"regexp"
	"strings"
)

// path says where in the claims the role is (PGRST_JWT_ROLE_CLAIM_KEY). It selects any number of values, of which the
// first counts.
type path []segment

// segment is one step of a path: what it selects in a value.
//
//sumtype:decl
type segment interface {
	pick(value any) []any
}

type (
	member  string                // .name, ."a name", ['a name']
	index   int                   // [0]; counted from the end when negative
	section struct{ lo, hi *int } // [a:b] of a text or an array; nil for its ends
	every   struct{}              // [*], .*
	match   struct {              // [?(@ == "text")]: the array's texts that fit
		compare comparison
		text    string
	}
	search struct{ pattern *regexp.Regexp } // [?search(@, 'pattern')]: the array's texts in which the pattern occurs
)

// comparison is the operator of a match. The last three are PostgREST's own.
type comparison string

const (
	equals   comparison = "=="
	differs  comparison = "!="
	begins   comparison = "^=="
	ends     comparison = "==^"
	contains comparison = "*=="
)

// first is the first value that the path selects.
func (p path) first(claims map[string]any) (any, bool) {
	values := []any{claims}
	for _, s := range p {
		var next []any
		for _, v := range values {
			next = append(next, s.pick(v)...)
		}
		values = next
	}
	if len(values) == 0 {
		return nil, false
	}
	return values[0], true
}

func (m member) pick(value any) []any {
	object, _ := value.(map[string]any)
	if v, ok := object[string(m)]; ok {
		return []any{v}
	}
	return nil
}

func (i index) pick(value any) []any {
	array, _ := value.([]any)
	at := int(i)
	if at < 0 {
		at += len(array)
	}
	if at < 0 || at >= len(array) {
		return nil
	}
	return array[at : at+1]
}

// pick counts a text in characters, not bytes.
func (s section) pick(value any) []any {
	switch v := value.(type) {
	case string:
		letters := []rune(v)
		lo, hi := s.bounds(len(letters))
		return []any{string(letters[lo:hi])}
	case []any:
		lo, hi := s.bounds(len(v))
		return v[lo:hi]
	}
	return nil
}

// bounds resolves the ends as Python does: negative ones count from the end, and all are cut to the length n.
func (s section) bounds(n int) (lo, hi int) {
	resolve := func(given *int, otherwise int) int {
		if given == nil {
			return otherwise
		}
		at := *given
		if at < 0 {
			at += n
		}
		return max(0, min(at, n))
	}
	lo, hi = resolve(s.lo, 0), resolve(s.hi, n)
	return lo, max(lo, hi)
}

// pick gives an array's values. An object's have no order, so none of them is the first.
func (every) pick(value any) []any {
	array, _ := value.([]any)
	return array
}

func (m match) pick(value any) []any {
	return texts(value, func(s string) bool {
		switch m.compare {
		case equals:
			return s == m.text
		case differs:
			return s != m.text
		case begins:
			return strings.HasPrefix(s, m.text)
		case ends:
			return strings.HasSuffix(s, m.text)
		case contains:
			return strings.Contains(s, m.text)
		}
		return false
	})
}

func (s search) pick(value any) []any { return texts(value, s.pattern.MatchString) }

// texts gives those texts of an array that fit.
func texts(value any, fits func(string) bool) []any {
	var found []any
	array, _ := value.([]any)
	for _, v := range array {
		if s, ok := v.(string); ok && fits(s) {
			found = append(found, s)
		}
	}
	return found
}
