package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseFile reads PostgREST's configuration file and gives the texts by key. The format is configurator's: lines of
// "key = value" with a value in double quotes, a number, true or false; comments after "#"; groups "app { ... }", whose
// keys are joined by dots. Inside quotes $(NAME) stands for a variable of env and $$ for a dollar sign. Of a key that is
// given twice the later value counts. The error names the line.
func parseFile(text string, env map[string]string) (map[string]string, error) {
	p := &fileParser{rest: text, line: 1, env: env, found: map[string]string{}}
	if err := p.items("", false); err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line, err)
	}
	return p.found, nil
}

// fileKey is the key that a configuration file has for a variable: db-uri for PGRST_DB_URI.
func fileKey(variable string) string {
	if name, ok := strings.CutPrefix(variable, appSettingPrefix); ok {
		return "app.settings." + name
	}
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "PGRST_")), "_", "-")
}

// variable is the variable that a key of a configuration file stands for.
func variable(key string) string {
	if name, ok := strings.CutPrefix(key, "app.settings."); ok {
		return appSettingPrefix + name
	}
	return "PGRST_" + strings.ReplaceAll(strings.ToUpper(key), "-", "_")
}

// fileParser has one method for each rule of the grammar.
type fileParser struct {
	rest  string
	line  int
	env   map[string]string
	found map[string]string
}

// items = { key ( "=" value | "{" items "}" ) }
func (p *fileParser) items(prefix string, inside bool) error {
	for {
		p.space()
		switch {
		case p.rest == "" && !inside:
			return nil
		case p.rest == "":
			return errors.New("a group is not closed by }")
		case inside && p.accept("}"):
			return nil
		}
		if err := p.item(prefix); err != nil {
			return err
		}
	}
}

func (p *fileParser) item(prefix string) error {
	key := p.word(isKeyByte)
	if key == "" {
		return fmt.Errorf("here should be a key, not %q", p.ahead())
	}
	p.space()
	if key == "import" && strings.HasPrefix(p.rest, `"`) {
		return errors.New("import is not supported: write the settings into one file")
	}
	if p.accept("{") {
		return p.items(prefix+key+".", true)
	}
	if !p.accept("=") {
		return fmt.Errorf("%s is not followed by = and a value", key)
	}
	p.space()
	text, err := p.value()
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	p.found[prefix+key] = text
	return nil
}

// value = string | number | boolean
func (p *fileParser) value() (string, error) {
	switch {
	case p.accept(`"`):
		return p.quoted()
	case strings.HasPrefix(p.rest, "["):
		return "", errors.New("a list is not supported: write its items into one string, separated by commas")
	}
	switch word := p.word(isValueByte); word {
	case "on", "true":
		return "true", nil
	case "off", "false":
		return "false", nil
	default:
		if strings.Trim(word, "+-.0123456789eE") != "" || !strings.ContainsAny(word, "0123456789") {
			return "", errors.New("the value is neither a number nor true or false; texts stand in double quotes")
		}
		return word, nil
	}
}

// quoted is a string behind its opening quote.
func (p *fileParser) quoted() (string, error) {
	var b strings.Builder
	for p.rest != "" {
		c := p.rest[0]
		p.rest = p.rest[1:]
		switch c {
		case '"':
			return b.String(), nil
		case '\n':
			return "", errors.New("a string does not end on its line")
		case '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		case '$':
			if err := p.interpolation(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a string is not closed")
}

// escape = "n" | "r" | "t" | "\" | quote | "u" four hex digits, where a pair of surrogates is one character
func (p *fileParser) escape(b *strings.Builder) error {
	for i, c := range `nrt\"` {
		if p.accept(string(c)) {
			b.WriteByte("\n\r\t\\\""[i])
			return nil
		}
	}
	r, ok := p.unicode()
	if ok && utf16.IsSurrogate(r) && p.accept(`\`) {
		var low rune
		low, ok = p.unicode()
		r = utf16.DecodeRune(r, low)
	}
	if !ok || r == utf8.RuneError || utf16.IsSurrogate(r) {
		return fmt.Errorf("\\%s is no escape", p.ahead())
	}
	b.WriteRune(r)
	return nil
}

func (p *fileParser) unicode() (rune, bool) {
	if len(p.rest) < 5 || p.rest[0] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(p.rest[1:5], 16, 16)
	p.rest = p.rest[5:]
	return rune(r), err == nil
}

// interpolation = "$" | "(" name ")"
func (p *fileParser) interpolation(b *strings.Builder) error {
	if p.accept("$") {
		b.WriteByte('$')
		return nil
	}
	name, rest, closed := strings.Cut(p.rest, ")")
	if !closed || !strings.HasPrefix(name, "(") {
		return errors.New("a dollar sign is written $$, and a variable $(NAME)")
	}
	text, ok := p.env[name[1:]]
	if !ok {
		return fmt.Errorf("the variable %s is not set", name[1:])
	}
	p.rest = rest
	b.WriteString(text)
	return nil
}

// space skips blanks, ends of lines and comments.
func (p *fileParser) space() {
	for p.rest != "" {
		switch p.rest[0] {
		case '\n':
			p.line++
		case ' ', '\t', '\r':
		case '#':
			end := strings.IndexByte(p.rest, '\n')
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
			continue
		default:
			return
		}
		p.rest = p.rest[1:]
	}
}

func (p *fileParser) accept(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

// word takes the bytes that belong to it, none perhaps.
func (p *fileParser) word(belongs func(byte) bool) string {
	n := 0
	for n < len(p.rest) && belongs(p.rest[n]) {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

// ahead is a little of what follows, for an error; not the rest of the line, which may be a secret.
func (p *fileParser) ahead() string {
	_, size := utf8.DecodeRuneInString(p.rest)
	return p.rest[:size]
}

func isKeyByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isValueByte(c byte) bool { return isKeyByte(c) || c == '+' }
