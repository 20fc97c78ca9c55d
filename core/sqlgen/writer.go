package sqlgen

import (
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/stmt"
)

// writer is the text of a statement in the making, and its parameters.
type writer struct {
	sql  strings.Builder
	args [][]byte
	// settings: the database has custom settings.
	settings bool
}

// put writes SQL of our own.
func (w *writer) put(parts ...string) {
	for _, p := range parts {
		w.sql.WriteString(p)
	}
}

// ident writes a name, quoted. It is the one way of a name into a statement.
func (w *writer) ident(name string) { stmt.WriteName(&w.sql, name) }

// name writes a schema-qualified name.
func (w *writer) name(n catalog.Name) {
	w.ident(n.Schema)
	w.put(".")
	w.ident(n.Name)
}

// as writes the name under which something is known from here on.
func (w *writer) as(name string) {
	w.put(" as ")
	w.ident(name)
}

// column writes a column of a source; of is "" where only one is in scope.
func (w *writer) column(of, name string) {
	if of != "" {
		w.ident(of)
		w.put(".")
	}
	w.ident(name)
}

// param writes a place for a value.
func (w *writer) param(value string) { w.bytes([]byte(value)) }

// usualArgs is as many parameters as most statements have.
const usualArgs = 4

func (w *writer) bytes(value []byte) {
	if w.args == nil {
		w.args = make([][]byte, 0, usualArgs)
	}
	w.args = append(w.args, value)
	w.put("$", strconv.Itoa(len(w.args)))
}

// list writes n things with a separator between them.
func (w *writer) list(n int, separator string, write func(i int)) {
	for i := range n {
		if i > 0 {
			w.put(separator)
		}
		write(i)
	}
}
