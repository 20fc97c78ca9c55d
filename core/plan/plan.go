package plan

import (
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/query"
)

// Plan is what a request means. A value of it says nothing about rights: only policy.Guard makes one that may run.
type Plan struct {
	Action Action
	// Media is the form of the answer's body.
	Media Media
	// Explain asks for the database's plan of the statement instead of its answer; nil for the answer.
	Explain *Explain
	Count   Count
	// Single refuses an answer that has not exactly one row. For a write that undoes it.
	Single bool
	// MaxAffected refuses, and undoes, a write of more rows; nil for no limit.
	MaxAffected *int64
	// ReadOnly: nothing may be written.
	ReadOnly bool
	// Stream gives the rows one by one instead of an answer made of them.
	Stream bool
	// Rollback: the transaction is undone after the answer was made.
	Rollback bool
	// Settings are set for the transaction, in order: those of the request, then those of the function that is called.
	Settings []query.Setting
	// Isolation is the isolation level that the called function asks for; "" for none.
	Isolation string
}

// Count is how the total number of rows is found.
type Count struct {
	Mode query.CountMode
	// Exact is the most rows that CountEstimated counts one by one; beyond it the planner's estimate is given.
	Exact int64
}

// Explain is how the database is asked for its plan.
type Explain struct {
	JSON    bool // rather than text
	Analyze bool
	Verbose bool
	// Settings, Buffers and WAL as in EXPLAIN.
	Settings, Buffers, WAL bool
}

// Action is what is done. The set is closed.
//
//sumtype:decl
type Action interface{ action() }

// Read gives rows.
type Read struct {
	Select *Select
	// HeadersOnly: no body is made.
	HeadersOnly bool
}

// Write inserts, changes or removes rows of one relation, and gives back what Result says.
type Write struct {
	Target *catalog.Relation
	Change Change
	// Returning are the columns and computed fields of the written rows that Result and Location need.
	Returning []Returned
	// Result is made from the written rows; nil when only their number matters.
	Result *Select
	// Location are the key columns by which the one row written is named; nil when that is not asked for.
	Location []Column
	// Guard are the predicates that policies put on the written rows as they were, NewGuard on the rows as they become.
	Guard, NewGuard []Expr
}

// Returned is one value that a write or a call gives back under a name, for the rest of the statement to use.
type Returned struct {
	Value Value
	Name  string
}

// Call runs a function and gives back what Result says.
type Call struct {
	Function *catalog.Function
	Args     []Arg
	// Body is the JSON that the FromBody arguments are taken from: an object, or an array whose first object counts; nil
	// when there are none.
	Body     []byte
	BodyMany bool
	// Returning are the columns and computed fields of the function's rows that Result needs; nil for a result that is a
	// value.
	Returning []Returned
	// Result is made from the function's rows; nil when the function's value is the answer.
	Result *Select
	// HeadersOnly: no body is made.
	HeadersOnly bool
}

func (Read) action()  {}
func (Write) action() {}
func (Call) action()  {}

// Arg is one argument of a call.
type Arg struct {
	// Param is the parameter; its Name is "" for a single unnamed one.
	Param catalog.Param
	// FromBody: the value is the body's member of that name. Otherwise it is Text.
	FromBody bool
	// Text is the value in PostgreSQL's text format for the parameter's type.
	Text string
}

// Change is the kind of a Write. The set is closed.
//
//sumtype:decl
type Change interface{ change() }

// Insert adds the rows of a body.
type Insert struct {
	Body    Body
	Columns []Assigned
	// Conflict says what happens to rows that are already there; nil lets the statement fail.
	Conflict *Conflict
	// Key are tests that each new row must pass to be inserted (PUT); exactly one row must remain.
	Key []Expr
}

// Update changes the rows that Where picks.
type Update struct {
	Body    Body
	Columns []Assigned
	Where   []Expr
}

// Delete removes the rows that Where picks.
type Delete struct{ Where []Expr }

func (Insert) change() {}
func (Update) change() {}
func (Delete) change() {}

// Body is the data of a write: a JSON object, or an array of them.
type Body struct {
	JSON []byte
	Many bool
	// Empty: there is no row in it, so there is nothing to write.
	Empty bool
}

// Assigned is a column that a write takes from the body.
type Assigned struct {
	Column *catalog.Column
	// Parse makes the column's value out of the body's JSON; the zero Name for the type's own input.
	Parse catalog.Name
	// Default stands where the body does not have the column: the column's default rather than null. False as well when
	// the column has no default.
	Default bool
}

// Conflict is the conflict clause of an insert.
type Conflict struct {
	On []string // the columns of the unique constraint
	// Merge changes the row that is there rather than leaving it alone.
	Merge bool
}
