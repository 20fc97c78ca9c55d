package security_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// token is one lexical element of an SQL text.
type token struct {
	kind tokenKind
	text string // as it stands
}

type tokenKind int

const (
	identifier tokenKind = iota // in double quotes
	literal                     // in single quotes
	parameter                   // $1
	word
	number
	symbol
)

// forms are the tokens that our statements are made of. What none of them matches, such as a comment, a semicolon or
// dollar quotes, is no token, and finding one is an error.
var forms = []struct {
	kind tokenKind
	form *regexp.Regexp
}{
	{identifier, regexp.MustCompile(`^"(?s:[^"]|"")*"`)},
	{literal, regexp.MustCompile(`^e'\\n'`)}, // the one string of ours that has an escape
	{literal, regexp.MustCompile(`^'(?s:[^'\\]|'')*'`)},
	{parameter, regexp.MustCompile(`^\$[1-9][0-9]*`)},
	{word, regexp.MustCompile(`^[a-z_][a-z0-9_]*`)},
	{number, regexp.MustCompile(`^[0-9]+`)},
	{symbol, regexp.MustCompile(`^(->>|->|#>>|:=|\|\||<>|<=|>=|@>|<@|&&|@@|<<|>>|&<|&>|-\|-|~\*|\[\]|[-().,=<>~*+?:])`)},
}

// lex takes an SQL text apart.
func lex(sql string) ([]token, error) {
	var tokens []token
	for rest := strings.TrimLeft(sql, " \n"); rest != ""; rest = strings.TrimLeft(rest, " \n") {
		found := next(rest)
		if found.text == "" || strings.HasPrefix(rest, "--") {
			return nil, fmt.Errorf("no token of ours: %.40q", rest)
		}
		tokens = append(tokens, found)
		rest = rest[len(found.text):]
	}
	return tokens, nil
}

func next(text string) token {
	for _, f := range forms {
		if found := f.form.FindString(text); found != "" {
			return token{f.kind, found}
		}
	}
	return token{}
}

func TestLexRefusesWhatIsNotOurs(t *testing.T) {
	for _, sql := range []string{`select 1; drop table x`, `select 1 -- x`, `select /* */ 1`, `select $$x$$`, `select 'a\'`, `select "a`} {
		if tokens, err := lex(sql); err == nil {
			t.Errorf("%s has the tokens %v", sql, tokens)
		}
	}
	tokens, err := lex(`select "a""b" as "x", $1 -> 0, 'it''s' <> e'\n'`)
	if want := 12; err != nil || len(tokens) != want {
		t.Errorf("%d tokens, want %d: %v, %v", len(tokens), want, tokens, err)
	}
}
