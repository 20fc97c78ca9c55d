package plan

import (
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/query"
)

// Select is one node of the embedding tree: rows of one source and what is shown of them.
type Select struct {
	From Source
	// Alias names the source in the statement; no two nodes of a tree share one.
	Alias  string
	Fields []Field
	Embeds []*Embed
	// Where are the caller's conditions; all must hold.
	Where []Expr
	// Guard are the predicates that policies put on the source's rows. Only package policy fills it in.
	Guard  []Expr
	Order  []Order
	Limit  *int64
	Offset int64
	// Grouped: some field is an aggregate, so the rows are grouped by all the others.
	Grouped bool
}

// Source is where a node's rows come from. The set is closed.
//
//sumtype:decl
type Source interface{ source() }

// Table is a relation.
type Table struct{ Relation *catalog.Relation }

// Produced are the rows that the write or the call of the same statement gave back.
type Produced struct {
	// Relation has the columns' meaning; nil when the function's result is no relation's.
	Relation *catalog.Relation
}

// RowFunction are the rows that a function computes from a row of the parent node.
type RowFunction struct {
	Function catalog.Name
	Relation *catalog.Relation
	Argument Row // the parent's row
}

func (Table) source()       {}
func (Produced) source()    {}
func (RowFunction) source() {}

// Field is one value that a node shows.
type Field struct {
	// Value is nil for an aggregate over rows.
	Value Value
	Cast  string // SQL text of a type from the catalog; "" for none
	// Aggregate over the group's values, after Cast and before AggregateCast.
	Aggregate     query.Aggregate
	AggregateCast string
	Name          string // in the answer
	// Hoisted: the value is for an aggregate of the parent, and not shown.
	Hoisted bool
}

// Embed joins a child node to its parent.
type Embed struct {
	Select *Select
	// Name is the key in the answer; unused by a spread.
	Name string
	// On are the conditions that relate the child's rows to the parent's row.
	On []Expr
	// Through is the junction between them; nil when they are related directly.
	Through *Junction
	// Many: the parent's row may have several rows of the child.
	Many bool
	// Keyed: the parent's foreign key leads to a table's key, so that its row has one row of the child at most. Of other
	// embeds that are not Many (views, functions) that is not certain.
	Keyed bool
	// Spread lifts the child's values into the parent's row; those of Many become arrays.
	Spread bool
	// Inner drops the parent's rows that have none of the child.
	Inner bool
	// Hidden: nothing of the child is shown; it is there for conditions and orders.
	Hidden bool
}

// Junction is the relation between two nodes.
type Junction struct {
	Relation *catalog.Relation
	Alias    string
	// Guard are the predicates that policies put on the junction's rows. Only package policy fills it in.
	Guard []Expr
}

// Order is one term of an order.
type Order struct {
	Value      Value
	Descending bool
	Nulls      query.Nulls
}
