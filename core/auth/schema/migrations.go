package schema

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed sql
var files embed.FS

// Dialect is the kind of database that statements are written for.
type Dialect string

// The dialects. Aurora DSQL has no enums, no inet, no array columns, no row-level security, and builds indexes in the
// background.
const (
	PostgreSQL Dialect = "postgresql"
	DSQL       Dialect = "dsql"
)

// Migration is one step of the schema.
type Migration struct {
	Version    int    // counted from 1, without gaps
	Name       string // "users" of 0002_users.sql
	Upstream   bool   // it makes what GoTrue makes too, so it has nothing to do where GoTrue was first
	Statements []Statement
}

// Statement is one SQL statement, to be run in a transaction of its own.
type Statement struct {
	SQL  string // without the semicolon
	Only Condition
}

// Condition says when a statement is to be run at all. The zero value is always.
type Condition struct {
	Role   string // only if this role exists
	NoType string // only if this type does not, as schema.name
	// NoFunction is only if this function does not, as schema.name: one that somebody else has made is not ours to replace.
	NoFunction string
}

// Function is the SQL that makes a function of the schema auth which the policies of applications call: "jwt", "uid", "role" or
// "email". Any other name is a mistake in this program.
func Function(name string) string {
	for _, m := range Migrations(PostgreSQL) {
		for _, s := range m.Statements {
			if s.Only.NoFunction == "auth."+name {
				return s.SQL + ";\n"
			}
		}
	}
	panic("schema: no such function: " + name)
}

// upstreamDir holds the migrations that make what GoTrue makes too.
const upstreamDir = "auth"

// Migrations are all steps for a database of the dialect, in order.
func Migrations(d Dialect) []Migration {
	names, err := fs.Glob(files, "sql/*/*.sql")
	if err != nil {
		panic("schema: " + err.Error()) // the pattern is a constant
	}
	all := make([]Migration, len(names))
	for i, name := range names {
		all[i] = readMigration(name, d)
	}
	slices.SortFunc(all, func(a, b Migration) int { return a.Version - b.Version })
	return all
}

// readMigration reads a file named sql/DIRECTORY/VERSION_NAME.sql.
func readMigration(name string, d Dialect) Migration {
	text, err := files.ReadFile(name)
	if err != nil {
		panic("schema: " + err.Error())
	}
	number, title, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		panic(fmt.Sprintf("schema: %s has no version: %v", name, err))
	}
	return Migration{
		Version: version, Name: title, Upstream: path.Base(path.Dir(name)) == upstreamDir,
		Statements: split(string(text), d),
	}
}

// split cuts a file into the statements that the dialect has. A statement ends at a semicolon that ends a line.
func split(text string, d Dialect) []Statement {
	var statements []Statement
	var lines []string
	var only Condition
	for line := range strings.Lines(text) {
		line, ours := forDialect(strings.TrimRight(line, " \n"), d)
		switch {
		case !ours || line == "":
		case strings.HasPrefix(line, "-- if "):
			only = condition(strings.TrimPrefix(line, "-- if "))
		case strings.HasPrefix(strings.TrimSpace(line), "--"):
		case strings.HasSuffix(line, ";"):
			lines = append(lines, strings.TrimSuffix(line, ";"))
			statements = append(statements, Statement{SQL: adapt(strings.Join(lines, "\n"), d), Only: only})
			lines, only = nil, Condition{}
		default:
			lines = append(lines, line)
		}
	}
	return statements
}

// forDialect takes the mark off a line and reports whether the line belongs to the dialect.
func forDialect(line string, d Dialect) (string, bool) {
	for _, mark := range []Dialect{PostgreSQL, DSQL} {
		if bare, marked := strings.CutSuffix(line, "-- "+string(mark)); marked {
			return strings.TrimRight(bare, " "), mark == d
		}
	}
	return line, true
}

// condition reads what follows "-- if ". Only the files of this package are read, so a word that is none is a mistake in
// them.
func condition(text string) Condition {
	if role, ok := strings.CutPrefix(text, "role "); ok {
		return Condition{Role: role}
	}
	if name, ok := strings.CutPrefix(text, "no type "); ok {
		return Condition{NoType: name}
	}
	if name, ok := strings.CutPrefix(text, "no function "); ok {
		return Condition{NoFunction: name}
	}
	panic("schema: no such condition: " + text)
}

// adapt writes what differs in every index alike.
func adapt(sql string, d Dialect) string {
	if d == DSQL {
		return strings.Replace(sql, " index if not exists ", " index async if not exists ", 1)
	}
	return sql
}
