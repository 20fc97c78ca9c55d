package dsqlproxy

import (
	"slices"
	"strings"
)

// statement is one SQL statement without its semicolon.
type statement struct {
	sql    string  // from its first token on, or everything if it has none
	tokens []token // their positions are those in sql
}

// split cuts SQL into its statements; those without a token are left out.
func split(sql string) []statement {
	var all []statement
	var one []token
	end := func() {
		if len(one) > 0 {
			all = append(all, cut(sql, one))
		}
		one = nil
	}
	var nest nesting
	for _, t := range tokenize(sql) {
		if t.kind == symbol && t.text == ";" && !nest.inside() {
			end()
			nest = nesting{}
			continue
		}
		nest.pass(t)
		one = append(one, t)
	}
	end()
	return all
}

// cut makes a statement of tokens that follow each other.
func cut(sql string, tokens []token) statement {
	from, to := tokens[0].start, tokens[len(tokens)-1].end
	s := statement{sql: sql[from:to], tokens: slices.Clone(tokens)}
	for i := range s.tokens {
		s.tokens[i].start -= from
		s.tokens[i].end -= from
	}
	return s
}

// nesting tells semicolons inside a statement from those that end it: they stand in parentheses (of a rule) or in the body
// of a function that begins with BEGIN ATOMIC.
type nesting struct {
	parens, blocks int
	last           token
}

func (n *nesting) inside() bool { return n.parens > 0 || n.blocks > 0 }

func (n *nesting) pass(t token) {
	switch {
	case t.kind == symbol && t.text == "(":
		n.parens++
	case t.kind == symbol && t.text == ")":
		n.parens = max(0, n.parens-1)
	case t.is("atomic") && n.last.is("begin"), t.is("case") && n.blocks > 0:
		n.blocks++
	case t.is("end"):
		n.blocks = max(0, n.blocks-1)
	}
	n.last = t
}

// is reports whether the token is a word or a symbol.
func (t token) is(what string) bool { return (t.kind == word || t.kind == symbol) && t.text == what }

// identifier gives a name as the server folds it; false for what is none.
func (t token) identifier() (string, bool) { return t.text, t.kind == word || t.kind == name }

// at gives a token by its index; one that equals nothing when there are fewer.
func (s statement) at(i int) token {
	if i < 0 || i >= len(s.tokens) {
		return token{kind: symbol}
	}
	return s.tokens[i]
}

// follows gives the index after words (separated by a space) that stand at an index; false when others stand there. A word
// in parentheses may be missing, and a|b is one of both.
func (s statement) follows(i int, words string) (int, bool) {
	for pattern := range strings.FieldsSeq(words) {
		bare := strings.Trim(pattern, "()")
		found := s.at(i).kind == word && slices.Contains(strings.Split(bare, "|"), s.at(i).text)
		switch {
		case found:
			i++
		case bare == pattern:
			return i, false
		}
	}
	return i, true
}

// begins reports whether the statement begins with words, in the notation of follows.
func (s statement) begins(words string) bool {
	_, ok := s.follows(0, words)
	return ok
}

// find gives the index of the first place at or after an index where words stand; -1 for none.
func (s statement) find(from int, words string) int {
	for i := from; i < len(s.tokens); i++ {
		if _, ok := s.follows(i, words); ok {
			return i
		}
	}
	return -1
}

func (s statement) has(words string) bool { return s.find(0, words) >= 0 }

// without gives the statement with spaces in the place of a token, so that positions in errors of the server stay right.
func (s statement) without(i int) statement {
	t := s.tokens[i]
	s.sql = s.sql[:t.start] + strings.Repeat(" ", t.end-t.start) + s.sql[t.end:]
	s.tokens = slices.Delete(slices.Clone(s.tokens), i, i+1)
	return s
}

// closing gives the index of the parenthesis that closes the one at an index, or of the end.
func (s statement) closing(open int) int {
	depth := 0
	for i := open; i < len(s.tokens); i++ {
		switch {
		case s.tokens[i].is("("), s.tokens[i].is("["):
			depth++
		case s.tokens[i].is(")"), s.tokens[i].is("]"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s.tokens)
}

// items cuts the tokens in [from, to) at commas that stand in no parentheses.
func (s statement) items(from, to int) []statement {
	var all []statement
	first := from
	for i := from; i <= to; i++ {
		switch {
		case i == to || s.tokens[i].is(","):
			all = append(all, statement{sql: s.sql, tokens: s.tokens[first:i]})
			first = i + 1
		case s.tokens[i].is("("), s.tokens[i].is("["):
			i = min(s.closing(i), to-1)
		}
	}
	return all
}
