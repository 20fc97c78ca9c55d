package corpus

import (
	"embed"
	"encoding/base64"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed schema.sql
var schema string

//go:embed requests/*.txtar
var files embed.FS

// Schema is the SQL that makes the database, once the roles and auth functions of Supabase are there.
func Schema() string { return schema }

// Field is one header field.
type Field struct{ Name, Value string }

// Request is one request of the corpus.
type Request struct {
	Name   string // theme and name: "read/one row by key"
	Status int    // what the answer must have
	Method string
	Target string // path and query as they go over the wire
	Header []Field
	Body   []byte
}

// Load gives all requests in the order in which they are to be sent: writes change what later requests see.
func Load() ([]Request, error) {
	var all []Request
	for _, theme := range []string{"read", "embed", "call", "write", "wrong", "transport"} {
		text, err := files.ReadFile(path.Join("requests", theme+".txtar"))
		if err != nil {
			return nil, err
		}
		for _, f := range txtar.Parse(text).Files {
			r, err := parse(string(f.Data))
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", theme, f.Name, err)
			}
			r.Name = theme + "/" + f.Name
			all = append(all, r)
		}
	}
	return all, nil
}

// parse reads one entry.
func parse(text string) (Request, error) {
	head, body, _ := strings.Cut(strings.TrimRight(expand(text), "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "# ") {
		return Request{}, fmt.Errorf("an entry begins with a status and a request line: %q", head)
	}
	var r Request
	var err error
	if r.Status, err = strconv.Atoi(lines[0][2:]); err != nil {
		return Request{}, err
	}
	r.Method, r.Target, _ = strings.Cut(lines[1], " ")
	for _, line := range lines[2:] {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return Request{}, fmt.Errorf("no header field: %q", line)
		}
		r.Header = append(r.Header, Field{name, value})
	}
	r.Body, err = parseBody(body)
	return r, err
}

func parseBody(text string) ([]byte, error) {
	if octets, ok := strings.CutPrefix(text, "base64:"); ok {
		return base64.StdEncoding.DecodeString(octets)
	}
	return []byte(text), nil
}

// expand puts in the tokens and the long values.
func expand(text string) string {
	many := make([]string, 1200)
	for i := range many {
		many[i] = strconv.Itoa(i + 1)
	}
	return strings.NewReplacer(append(tokens(),
		"$MANY", strings.Join(many, ","),
		"$LONG", strings.Repeat("long, \\\"quoted\\\" and ünïcödé; ", 5000),
	)...).Replace(text)
}
