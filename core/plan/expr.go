package plan

import (
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/query"
)

// Expr is a condition over the rows of a statement. The set is closed: whoever meets an expression that it does not know
// must refuse, never skip.
//
//sumtype:decl
type Expr interface{ expr() }

// And holds when all of its terms do; without terms it holds.
type And struct{ Terms []Expr }

// Or holds when any of its terms does; without terms it does not.
type Or struct{ Terms []Expr }

// Not holds when its term is false, and is null where the term is.
type Not struct{ Term Expr }

// Equal compares two values of a join or a key.
type Equal struct{ Left, Right Value }

// Compare tests a value with an operator of the grammar.
type Compare struct {
	Left       Value
	Op         query.Operator
	Quantifier query.Quantifier
	Right      Value
}

// In tests a value for being one of a list.
type In struct {
	Left Value
	// List is an array literal in PostgreSQL's text format.
	List string
	// Parse makes each element into the value's type; the zero Name for the type's own input.
	Parse catalog.Name
	// Empty: the list has no element.
	Empty bool
}

// Is tests a value for null or a truth value.
type Is struct {
	Left  Value
	Value query.IsValue
}

// Distinct tests for inequality with null as an ordinary value.
type Distinct struct{ Left, Right Value }

// FullText matches a value against a text search query.
type FullText struct {
	Left     Value
	Parser   query.TextParser
	Language string // "" for the database's default
	Query    string
	// Vector: the value is a tsvector already.
	Vector bool
}

// Exists holds when the parent's row has a row of the embed.
type Exists struct{ Embed *Embed }

func (And) expr()      {}
func (Or) expr()       {}
func (Not) expr()      {}
func (Equal) expr()    {}
func (Compare) expr()  {}
func (In) expr()       {}
func (Is) expr()       {}
func (Distinct) expr() {}
func (FullText) expr() {}
func (Exists) expr()   {}

// Value is something that a row has or that a request brought. The set is closed.
//
//sumtype:decl
type Value interface{ value() }

// Column is a column of a node, a computed field of it, or a value that a spread child gives its parent.
type Column struct {
	Of   string // the node's alias; "" in RETURNING and other places where only one source is in scope
	Name string // from the catalog, or made by Build
	// Type is the type's name as the catalog spells it; "" where it is not known.
	Type string
}

// Computed is a computed field of a node's row.
type Computed struct {
	Function catalog.Name
	Of       string // the node's alias
}

// Row is the whole row of a node, as a value of a relation's row type.
type Row struct {
	Of   string
	Type catalog.Name
	// Columns are the relation's columns in order where the node's own rows are not of that type (those that a write gave
	// back); nil where they are.
	Columns []string
}

// JSONPath is a value inside a JSON value.
type JSONPath struct {
	Base  Value
	Steps []query.Step
	// Convert: the base is an array or a composite and first becomes JSON.
	Convert bool
}

// Apply is a data representation's function over a value.
type Apply struct {
	Function catalog.Name
	Argument Value
}

// Literal is a value that came with the request. It always becomes a parameter.
type Literal struct {
	Text string
	// Type is SQL text of a type from the catalog that the parameter is cast to; "" lets the database infer it from the
	// other side, as it does for an untyped literal.
	Type string
}

// Related is a value of the one row of a to-one embed, for an order by it.
type Related struct {
	Embed *Embed
	Value Value
}

func (*Column) value()  {}
func (Computed) value() {}
func (Row) value()      {}
func (JSONPath) value() {}
func (Apply) value()    {}
func (Literal) value()  {}
func (Related) value()  {}
