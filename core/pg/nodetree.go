package pg

import (
	"fmt"
	"strconv"
)

// origin says that a column of a view shows a column of another relation unchanged.
type origin struct {
	column int16  // of the view
	table  uint32 // the table, or the view that the view is made of
	from   int16  // the column there
}

// parseOrigins reads the target list of a view from the text of its rewrite rule (pg_rewrite.ev_action), which is a list
// of PostgreSQL's query trees: "({QUERY :commandType 1 ... :targetList ({TARGETENTRY ...} ...) ...})". Of each entry the
// fields resno, resorigtbl, resorigcol and resjunk are read; those of subqueries lie deeper and are passed over.
//
// The text has no published grammar, but one lexer (pg_strtok in the server's read.c): brackets of both kinds stand
// alone, white space separates, a backslash takes the meaning off the next character. An error says that the text does
// not follow it.
func parseOrigins(text string) ([]origin, error) {
	p := nodeParser{lex: nodeLexer{text: text}}
	for {
		tok, ok := p.lex.next()
		if !ok {
			break
		}
		if err := p.step(tok); err != nil {
			return nil, fmt.Errorf("at byte %d of the rule: %w", p.lex.pos, err)
		}
	}
	if p.depth != 0 {
		return nil, fmt.Errorf("the rule ends inside %d brackets", p.depth)
	}
	return p.found, nil
}

// The depths of brackets: the rule is a list with one QUERY node in it, whose target list holds the entries.
const (
	queryDepth  = 2
	listDepth   = 3
	targetDepth = 4
)

type nodeParser struct {
	lex    nodeLexer
	depth  int
	inList bool   // inside the target list of the outermost query
	field  string // the field last named at targetDepth or queryDepth
	entry  map[string]string
	found  []origin
}

// step takes one token.
func (p *nodeParser) step(tok string) error {
	switch tok {
	case "(", "{":
		p.open()
		return nil
	case ")", "}":
		return p.close()
	}
	switch {
	case p.depth == queryDepth && tok[0] == ':':
		p.field = tok
	case p.inList && p.depth == targetDepth && tok[0] == ':':
		p.field = tok
	case p.inList && p.depth == targetDepth && p.entry != nil:
		p.entry[p.field] = tok
	}
	return nil
}

func (p *nodeParser) open() {
	p.depth++
	switch {
	case p.depth == listDepth:
		p.inList = p.field == ":targetList"
	case p.depth == targetDepth && p.inList:
		p.entry = map[string]string{}
	}
}

func (p *nodeParser) close() error {
	p.depth--
	if p.depth < 0 {
		return fmt.Errorf("a bracket too many")
	}
	if p.depth == listDepth && p.inList {
		return p.endEntry()
	}
	if p.depth == queryDepth {
		p.inList = false
	}
	return nil
}

// endEntry keeps an entry that is shown and that comes from a relation unchanged.
func (p *nodeParser) endEntry() error {
	e := p.entry
	p.entry = nil
	if e[":resorigtbl"] == "0" || e[":resjunk"] == "true" {
		return nil
	}
	column, err1 := strconv.ParseInt(e[":resno"], 10, 16)
	table, err2 := strconv.ParseUint(e[":resorigtbl"], 10, 32)
	from, err3 := strconv.ParseInt(e[":resorigcol"], 10, 16)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("a target entry without resno, resorigtbl and resorigcol")
	}
	p.found = append(p.found, origin{column: int16(column), table: uint32(table), from: int16(from)})
	return nil
}

// nodeLexer cuts the text of a node tree into tokens.
type nodeLexer struct {
	text string
	pos  int
}

// next gives the next token as it is written, escapes included; false at the end.
func (l *nodeLexer) next() (string, bool) {
	for l.pos < len(l.text) && isNodeSpace(l.text[l.pos]) {
		l.pos++
	}
	if l.pos == len(l.text) {
		return "", false
	}
	start := l.pos
	if isNodeBracket(l.text[l.pos]) {
		l.pos++
		return l.text[start:l.pos], true
	}
	for l.pos < len(l.text) && !isNodeSpace(l.text[l.pos]) && !isNodeBracket(l.text[l.pos]) {
		if l.text[l.pos] == '\\' && l.pos+1 < len(l.text) {
			l.pos++
		}
		l.pos++
	}
	return l.text[start:l.pos], true
}

func isNodeSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

func isNodeBracket(c byte) bool { return c == '(' || c == ')' || c == '{' || c == '}' }
