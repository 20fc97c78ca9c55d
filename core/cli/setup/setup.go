package setup

import (
	"embed"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/schema"
)

//go:embed sql
var files embed.FS

// Vars are the values that the scripts need. In the files they stand as psql writes them: :'password'.
type Vars struct {
	Password string // of the role authenticator
	Channel  string // which the API listens on for schema changes
}

// Missing is a query that names the items that a database lacks, one text column, in the order to add them in.
func Missing() string { return text("missing") }

// Add is the SQL that adds the named items, in the given order. Every name must be one that Missing gave.
func Add(items []string, v Vars) string {
	scripts := make([]string, len(items))
	for i, name := range items {
		scripts[i] = v.fill(text(name))
	}
	return strings.Join(scripts, "\n")
}

// First is an item that only a database lacks which was never set up.
const First = "schema_auth"

// SetPassword is the SQL that gives the role authenticator the password of v.
func SetPassword(v Vars) string { return v.fill(text("authenticator_password")) }

// AddTrigger is the SQL that makes the database report schema changes on the channel of v, in place of an earlier trigger of
// ours. Only a superuser may run it; others look at the schema from time to time instead.
func AddTrigger(v Vars) string { return v.fill(text("reload_trigger")) }

// DropTrigger is the SQL that takes the Trigger away again.
func DropTrigger() string { return text("reload_trigger_drop") }

// text reads an embedded file, or takes a function from where the schema auth is made. A name that is none is a mistake in
// this program.
func text(name string) string {
	if function, ok := strings.CutPrefix(name, "auth_"); ok {
		return schema.Function(function)
	}
	sql, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic("setup: no such item: " + name)
	}
	return string(sql)
}

// fill puts the values into a script, as SQL literals.
func (v Vars) fill(script string) string {
	return strings.NewReplacer(":'password'", literal(v.Password), ":'channel'", literal(v.Channel)).Replace(script)
}

// literal writes a value as an SQL string. Backslashes are ordinary letters: standard_conforming_strings is on.
func literal(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
