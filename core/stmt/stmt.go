package stmt

// Statement is one SQL statement and what must hold around it. All of it travels in one network write.
type Statement struct {
	// SQL is the text, with parameters $1 to $n. Equal requests give equal text.
	SQL string
	// Args are the parameters in PostgreSQL's text format; a nil entry is NULL.
	Args [][]byte
	// Settings are made with set_config(name, value, true) before SQL runs, in order. The role is one of them.
	Settings []Setting
	// PreRequest is a statement without parameters that runs after the settings and before SQL; "" for none.
	PreRequest string
	// ReadOnly runs everything in a read-only transaction.
	ReadOnly bool
	// Repeatable says that the statement writes nothing, though nobody makes sure of that as for ReadOnly, so that it may run
	// again where the connection was lost. It is for fixed SQL of ours, on databases that know no such setting, too.
	Repeatable bool
	// Isolation is the transaction's isolation level in SQL's words ("serializable"); "" for the connection's default.
	Isolation string
	// End says how the transaction ends.
	End End
	// Shape says what the rows of SQL look like.
	Shape Shape
	// Sink takes the rows of shape Rows, one at a time; the slice is valid until it returns. Its error ends the statement and
	// is Run's own. Once it has been called the statement is not tried again, and an error may follow rows.
	Sink func(row []byte) error
	// Abort is the value by which SQL may undo itself; "" when it never does. Run then gives an Aborted.
	Abort string
	// Estimate is a second statement, EXPLAIN (FORMAT JSON), that runs before SQL in the same network write; nil for none.
	// The planner's number of rows becomes Result.Planned.
	Estimate *Query
}

// Query is the text of a statement and its parameters, as in Statement.
type Query struct {
	SQL  string
	Args [][]byte
}

// The reasons for which a statement undoes itself.
const (
	AbortSingle   = "single"   // not exactly one row where one object was asked for
	AbortAffected = "affected" // more rows written than the caller allows
	AbortKey      = "key"      // the row written is not the one that the request names
)

// Setting is one transaction-local setting.
type Setting struct{ Name, Value string }

// End is how a statement's transaction ends.
type End int

// The ends of a transaction.
const (
	Commit   End = iota
	Rollback     // everything is undone after the answer was computed (Prefer: tx=rollback)
)

// Shape is the form of a statement's rows.
type Shape int

// The shapes that pg understands.
const (
	// Answer is one row with the columns of AnswerColumns, in that order.
	Answer Shape = iota
	// Lines is any number of rows with one text column, to be joined by newlines: EXPLAIN.
	Lines
	// Rows is any number of rows with one text column, each handed to the statement's Sink as it arrives.
	Rows
)

// AnswerColumns is the select list that every statement of shape Answer ends in. All are text but body, which is any type
// whose binary form is the bytes to send (text, json, xml, bytea).
var AnswerColumns = [...]string{"total", "rows", "body", "headers", "status", "location", "inserted"}

// Result is what a statement gave.
type Result struct {
	// Total is the exact number of rows that match, regardless of the page; nil when it was not asked for.
	Total *int64
	// Planned is the planner's estimate of that number; nil when it was not asked for.
	Planned *int64
	// Rows is the number of rows in the page, or of rows written.
	Rows int64
	// Body is the encoded answer, made by the database.
	Body []byte
	// Headers is the JSON text of the setting response.headers; nil when it was not set.
	Headers []byte
	// Status is the text of the setting response.status; "" when it was not set.
	Status string
	// Location is a JSON array of [column, value] pairs naming the one row written, nil when there is no such row.
	Location []byte
	// Inserted is how many of the rows of an upsert were new; nil when the statement was no upsert.
	Inserted *int64
}
