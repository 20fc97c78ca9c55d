package rest

import (
	"bytes"
	"encoding/json"
	"slices"
)

// document is what a glance over a JSON body tells: enough to name the columns of a write, without decoding a value.
type document struct {
	keys   []string // of the first object, each once, in order
	array  bool
	empty  bool // an array without elements
	scalar bool // neither an object nor an array
	alike  bool // every element is an object with the first one's keys
}

// scanDocument looks over valid JSON. It must have passed isJSON: nothing is checked again.
func scanDocument(raw []byte) document {
	c := cursor{raw: raw}
	switch c.peek() {
	case '{':
		return document{keys: c.objectKeys(nil), alike: true}
	case '[':
		return c.array()
	}
	return document{scalar: true, alike: true}
}

// cursor walks over valid JSON.
type cursor struct {
	raw []byte
	pos int
}

// peek gives the next byte that is no white space, and stands on it.
func (c *cursor) peek() byte {
	for c.pos < len(c.raw) {
		switch b := c.raw[c.pos]; b {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return b
		}
	}
	return 0
}

func (c *cursor) array() document {
	d := document{array: true, alike: true}
	c.pos++
	if c.peek() == ']' {
		d.empty = true
		return d
	}
	for first := true; ; first = false {
		if c.peek() != '{' {
			d.alike = false
			c.skip()
		} else if keys := c.objectKeys(d.keys); first {
			d.keys = keys
		} else if !sameKeys(d.keys, keys) {
			d.alike = false
		}
		if c.peek() == ']' {
			return d
		}
		c.pos++ // the comma
	}
}

// objectKeys reads an object and gives its keys, each once. Keys that stand as in like cost no memory.
func (c *cursor) objectKeys(like []string) []string {
	var keys keyList
	same := 0
	c.pos++
	for c.peek() != '}' {
		raw := c.stringBytes()
		if keys.names == nil && same < len(like) && string(raw) == like[same] {
			same++
		} else {
			if keys.names == nil {
				keys.names = slices.Clone(like[:same])
			}
			keys.add(decodeString(raw))
		}
		c.peek()
		c.pos++ // the colon
		c.skip()
		if c.peek() == ',' {
			c.pos++
		}
	}
	c.pos++
	if keys.names == nil {
		return like[:same]
	}
	return keys.names
}

// keyList are names, each once, in order.
type keyList struct {
	names []string
	known map[string]bool // nil while there are few
}

// few is how many names are looked for one by one.
const few = 32

func (l *keyList) add(key string) {
	if l.known == nil && len(l.names) >= few {
		l.known = nameSet(l.names)
	}
	if l.known != nil && l.known[key] || l.known == nil && slices.Contains(l.names, key) {
		return
	}
	l.names = append(l.names, key)
	if l.known != nil {
		l.known[key] = true
	}
}

func nameSet(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// stringBytes reads a string and gives what stands between its quotes.
func (c *cursor) stringBytes() []byte {
	c.peek()
	c.pos++
	start := c.pos
	for c.raw[c.pos] != '"' {
		if c.raw[c.pos] == '\\' {
			c.pos++
		}
		c.pos++
	}
	c.pos++
	return c.raw[start : c.pos-1]
}

func decodeString(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	var s string
	quoted := slices.Concat([]byte{'"'}, raw, []byte{'"'})
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}

// skip passes over one value.
func (c *cursor) skip() {
	depth := 0
	for {
		switch c.peek() {
		case '"':
			c.stringBytes()
		case '{', '[':
			depth++
			c.pos++
			continue
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
			c.pos++
		case ',', ':':
			if depth == 0 {
				return
			}
			c.pos++
			continue
		case 0:
			return
		default:
			c.literal()
		}
		if depth == 0 {
			return
		}
	}
}

// literal passes over a number, true, false or null.
func (c *cursor) literal() {
	for c.pos < len(c.raw) && bytes.IndexByte([]byte(" \t\r\n,:]}"), c.raw[c.pos]) < 0 {
		c.pos++
	}
}

// sameKeys reports whether two lists hold the same keys in any order.
func sameKeys(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) > few && !slices.Equal(a, b) {
		known := nameSet(a)
		return !slices.ContainsFunc(b, func(key string) bool { return !known[key] })
	}
	for _, key := range b {
		if !slices.Contains(a, key) {
			return false
		}
	}
	return true
}
