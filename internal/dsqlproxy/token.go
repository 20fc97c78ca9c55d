package dsqlproxy

import "strings"

// kind tells tokens apart.
type kind int

const (
	word      kind = iota // a key word or a name without quotes; its text is in lower case
	name                  // a name in double quotes; its text is without them
	text                  // a string; its text is without quotes, escapes of an E'' string stay as they are
	number                // its text is as written, like that of a parameter
	parameter             // $1
	symbol                // one byte that is none of these
)

// token is a piece of SQL that means something. It lies at [start, end) of the SQL.
type token struct {
	kind       kind
	text       string
	start, end int
}

// tokenize cuts SQL into tokens, leaving out white space and comments, as PostgreSQL does with
// standard_conforming_strings (documentation, 4.1). What is not closed reaches to the end.
func tokenize(sql string) []token {
	var tokens []token
	for at := 0; at < len(sql); {
		if n := blank(sql[at:]); n > 0 {
			at += n
			continue
		}
		t := next(sql[at:])
		t.start, t.end = at, at+t.end
		tokens = append(tokens, t)
		at = t.end
	}
	return tokens
}

// blank is the length of the white space or the comment that s begins with; 0 for neither.
func blank(s string) int {
	switch {
	case strings.IndexByte(" \t\n\r\f\v", s[0]) >= 0:
		return 1
	case strings.HasPrefix(s, "--"):
		if n := strings.IndexAny(s, "\r\n"); n >= 0 {
			return n
		}
		return len(s)
	case strings.HasPrefix(s, "/*"):
		return blockComment(s)
	default:
		return 0
	}
}

// blockComment is the length of a comment that may hold others.
func blockComment(s string) int {
	depth := 0
	for at := 0; at < len(s); {
		switch {
		case strings.HasPrefix(s[at:], "/*"):
			depth++
			at += 2
		case strings.HasPrefix(s[at:], "*/"):
			depth--
			at += 2
			if depth == 0 {
				return at
			}
		default:
			at++
		}
	}
	return len(s)
}

// next gives the token that s begins with; its end is its length.
func next(s string) token {
	switch c := s[0]; {
	case c == '\'':
		return quoted(s, 0, false)
	case c == '"':
		return quoted(s, 0, false)
	case c == '$':
		return dollar(s)
	case isDigit(c):
		return digits(s)
	case isLetter(c):
		return letters(s)
	default:
		return token{kind: symbol, text: s[:1], end: 1}
	}
}

// quoted reads a string or a quoted name that begins at an offset. A quote in it is written twice, or after a backslash if
// those escape.
func quoted(s string, offset int, escapes bool) token {
	t := token{kind: text, end: len(s)}
	quote := s[offset]
	if quote == '"' {
		t.kind = name
	}
	var b strings.Builder
	for at := offset + 1; at < len(s); at++ {
		switch {
		case escapes && s[at] == '\\' && at+1 < len(s):
			b.WriteString(s[at : at+2])
			at++
		case s[at] == quote && at+1 < len(s) && s[at+1] == quote:
			b.WriteByte(quote)
			at++
		case s[at] == quote:
			t.text, t.end = b.String(), at+1
			return t
		default:
			b.WriteByte(s[at])
		}
	}
	t.text = b.String()
	return t
}

// dollar reads a parameter or a string in dollar quotes.
func dollar(s string) token {
	if n := span(s[1:], isDigit); n > 0 {
		return token{kind: parameter, text: s[:1+n], end: 1 + n}
	}
	tag := 1
	if len(s) > 1 && isLetter(s[1]) {
		tag += span(s[1:], func(c byte) bool { return isLetter(c) || isDigit(c) })
	}
	if tag >= len(s) || s[tag] != '$' {
		return token{kind: symbol, text: "$", end: 1}
	}
	tag++
	body, _, closed := strings.Cut(s[tag:], s[:tag])
	end := tag + len(body)
	if closed {
		end += tag
	}
	return token{kind: text, text: body, end: end}
}

// digits reads digits and whatever clings to them: an exponent, a fraction, a prefix of another base.
func digits(s string) token {
	n := span(s, func(c byte) bool { return isDigit(c) || isLetter(c) || c == '.' })
	return token{kind: number, text: s[:n], end: n}
}

// letters reads a word, or a string or name with a prefix of letters.
func letters(s string) token {
	prefix := strings.ToLower(s[:min(2, len(s))])
	switch {
	case len(s) > 1 && strings.IndexByte("ebxn", prefix[0]) >= 0 && s[1] == '\'':
		return quoted(s, 1, prefix[0] == 'e')
	case len(s) > 2 && prefix == "u&" && (s[2] == '\'' || s[2] == '"'):
		return quoted(s, 2, false)
	}
	n := span(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '$' })
	return token{kind: word, text: strings.ToLower(s[:n]), end: n}
}

// span is how many bytes at the beginning are of a kind.
func span(s string, is func(byte) bool) int {
	for n := range len(s) {
		if !is(s[n]) {
			return n
		}
	}
	return len(s)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter: every byte outside ASCII is part of a word.
func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}
