package rest

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// params are the query parameters of a request, understood.
type params struct {
	selection query.Selection
	columns   []string
	conflict  []string
	// args are the parameters that are neither reserved nor written like a filter: arguments of a function.
	args []query.Argument
	// paged: limit or offset was given for the root, so that a Range header does not count.
	paged bool
	// pairs are all parameters as they were written, for the address of the answer.
	pairs []pair
}

// pair is one parameter as it stands in the query string, decoded.
type pair struct{ key, value string }

// splitQuery decodes a query string in its order. A plus is a space. What is not encoded properly stands for itself, as
// browsers would have it.
func splitQuery(raw string) []pair {
	if raw == "" {
		return nil
	}
	const usual = 8 // more than most requests have
	pairs := make([]pair, 0, min(1+strings.Count(raw, "&"), usual))
	for raw != "" {
		var part string
		if part, raw, _ = strings.Cut(raw, "&"); part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, pair{unescape(key), unescape(value)})
	}
	return pairs
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return strings.ReplaceAll(s, "+", " ")
}

// parseParams reads a query string. isCall takes plain values for arguments rather than for bad filters.
func parseParams(raw string, isCall, legacyTargets bool) (params, error) {
	p := params{pairs: splitQuery(raw)}
	if err := p.readSelect(); err != nil {
		return p, err
	}
	t := targets{root: &p.selection, legacy: legacyTargets}
	for _, kv := range p.pairs {
		if err := p.read(&t, kv, isCall); err != nil {
			return p, err
		}
	}
	return p, nil
}

// readSelect reads the select parameter before all others, which may speak of its embeds. Without one everything is
// selected; of several the last one counts.
func (p *params) readSelect() error {
	said := false
	for _, kv := range p.pairs {
		if kv.key != "select" {
			continue
		}
		var err error
		if p.selection.Items, err = parseSelect(kv.value); err != nil {
			return err
		}
		said = true
	}
	if !said {
		p.selection.Items = []query.Item{query.Star{}}
	}
	return nil
}

// read reads any other parameter.
func (p *params) read(t *targets, kv pair, isCall bool) error {
	path, word := splitTarget(kv.key)
	switch word {
	case "select":
		return nil
	case "columns", "on_conflict":
		return p.readNames(word, kv.value)
	case "order":
		return readOrder(t, path, kv.value)
	case "limit", "offset":
		p.paged = p.paged || len(path) == 0
		return readPage(t, path, kv)
	case "and", "or":
		return readLogic(t, path, kv)
	}
	if isCall && !strings.Contains(kv.key, ".") && !isOperator(kv.value) {
		p.args = append(p.args, query.Argument{Name: kv.key, Value: kv.value})
		return nil
	}
	return readFilter(t, kv)
}

func (p *params) readNames(word, text string) error {
	if text == "" && word == "columns" {
		return nil
	}
	names, err := parseNames(word+" parameter", text)
	if word == "columns" {
		p.columns = names
	} else {
		p.conflict = names
	}
	return err
}

// splitTarget splits the key of a reserved parameter from the embeds it is about: "tasks.users.order" or "not.or".
func splitTarget(key string) (path []string, word string) {
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 {
		return nil, key
	}
	path, word = strings.Split(key[:dot], "."), key[dot+1:]
	if last := len(path) - 1; path[last] == "not" {
		path = path[:last]
	}
	return path, word
}

func readOrder(t *targets, path []string, text string) error {
	sel, err := t.find(path)
	if err != nil {
		return err
	}
	sel.Order, err = parseOrder(text)
	return err
}

func readPage(t *targets, path []string, kv pair) error {
	sel, err := t.find(path)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(kv.value), 10, 64)
	if err != nil {
		return fault.BadQuery(`"failed to parse `+kv.key+` (`+kv.value+`)" (line 1, column 1)`, "expecting a whole number")
	}
	if strings.HasSuffix(kv.key, "offset") {
		sel.Offset = max(n, 0)
		return nil
	}
	if n < 0 {
		return fault.BadRange("Limit should be greater than or equal to zero.")
	}
	sel.Limit = &n
	return nil
}

func readLogic(t *targets, path []string, kv pair) error {
	sel, err := t.find(path)
	if err != nil {
		return err
	}
	word := kv.key[strings.LastIndexByte(kv.key, '.')+1:]
	before := strings.TrimSuffix(kv.key, word)
	negated := before == "not." || strings.HasSuffix(before, ".not.")
	l, err := parseLogic(word == "or", negated, kv.value)
	sel.Where = append(sel.Where, l)
	return err
}

// readFilter reads a filter: its key is *( name "." ) operand.
func readFilter(t *targets, kv pair) error {
	path, o, err := parseKey(kv.key)
	if err != nil {
		return err
	}
	f, err := parseFilter(o, kv.value)
	if err != nil {
		return err
	}
	sel, err := t.find(path)
	if err != nil {
		return err
	}
	sel.Where = append(sel.Where, f)
	return nil
}

// parseKey reads the key of a filter.
func parseKey(text string) ([]string, query.Operand, error) {
	s := newScanner("tree path", text)
	var path []string
	o := s.operand()
	for len(o.Path) == 0 && s.accept(".") {
		path = append(path, o.Column)
		o = s.operand()
	}
	if !s.atEnd() {
		s.fail(`"." or "->" or end of input`)
	}
	return path, o, s.fault()
}

// targets finds the selections that parameters are about.
type targets struct {
	root *query.Selection
	// legacy: an embed with an alias is known by its relation's name too.
	legacy bool
	// names are those of the embeds inside of the embeds that were looked into, or of the root under nil: a request may have
	// many of both.
	names map[*query.Embed]embedNames
}

// embedNames are the embeds of one selection, by what they are called in the answer and by their relation. Of those that
// share a name the first one counts.
type embedNames struct{ answer, relation map[string]*query.Embed }

func namesOf(items []query.Item) embedNames {
	n := embedNames{map[string]*query.Embed{}, map[string]*query.Embed{}}
	for _, item := range items {
		e, ok := item.(*query.Embed)
		if !ok {
			continue
		}
		if _, taken := n.answer[e.Name()]; !taken {
			n.answer[e.Name()] = e
		}
		if _, taken := n.relation[e.Relation]; !taken {
			n.relation[e.Relation] = e
		}
	}
	return n
}

// find follows names of embeds down from the root.
func (t *targets) find(path []string) (*query.Selection, error) {
	var at *query.Embed
	for _, name := range path {
		below, err := t.embed(at, name)
		if err != nil {
			return nil, err
		}
		at = below
	}
	return t.selection(at), nil
}

// selection is that of an embed, or the root for nil.
func (t *targets) selection(e *query.Embed) *query.Selection {
	if e == nil {
		return t.root
	}
	return &e.Selection
}

// embed finds an embed inside of another one, or of the root for nil, by its name in the answer, or by its relation's where
// that is allowed.
func (t *targets) embed(parent *query.Embed, name string) (*query.Embed, error) {
	names, ok := t.names[parent]
	if !ok {
		names = namesOf(t.selection(parent).Items)
		t.remember(parent, names)
	}
	if e, ok := names.answer[name]; ok {
		return e, nil
	}
	e, ok := names.relation[name]
	switch {
	case !ok:
		return nil, fault.NotEmbedded(name)
	case !t.legacy:
		return nil, fault.EmbedRenamed(name, e.Alias)
	}
	return e, nil
}

// remember keeps names. Most requests have no parameters that are about embeds, and need no place for them.
func (t *targets) remember(parent *query.Embed, names embedNames) {
	if t.names == nil {
		t.names = map[*query.Embed]embedNames{}
	}
	t.names[parent] = names
}
