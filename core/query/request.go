package query

// Request is one request of one caller.
type Request struct {
	// Schema is the exposed schema that names are looked up in.
	Schema    string
	Operation Operation
	// Accept lists the media types that the answer may have, best first. Empty accepts anything.
	Accept []MediaType
	Prefer Preferences
	// Sink takes the rows of an answer in lines (NDJSON) one by one, as they arrive; nil to have the answer as a whole. It is
	// called for reads alone.
	Sink func(row []byte) error
	// Settings is what the database may see of the request besides the caller's identity, in the order it is set.
	Settings []Setting
}

// Setting is one transaction-local setting of the database.
type Setting struct{ Name, Value string }

// Operation is what to do. The set is closed.
//
//sumtype:decl
type Operation interface{ operation() }

// Read asks for rows of a relation.
type Read struct {
	Relation  string
	Selection Selection
	// HeadersOnly: the body is not wanted, only what describes it.
	HeadersOnly bool
}

// Insert adds rows.
type Insert struct {
	Relation  string
	Body      Body
	Columns   []string // the columns to take from the body; nil for those that it has
	Selection Selection
}

// Upsert adds rows or changes the ones that are already there.
type Upsert struct {
	Insert
	Resolution Resolution
	On         []string // the columns of the conflict target; nil for the primary key
	// ByKey: the selection's conditions name one row by its whole key, and the body must be that row (PUT).
	ByKey bool
}

// Update changes rows.
type Update struct {
	Relation  string
	Body      Body
	Columns   []string
	Selection Selection
}

// Delete removes rows.
type Delete struct {
	Relation  string
	Selection Selection
}

// Call runs a function.
type Call struct {
	Function  string
	Args      Arguments
	Selection Selection
	// ReadOnly: the function may not write (GET and HEAD).
	ReadOnly    bool
	HeadersOnly bool
}

func (Read) operation()   {}
func (Insert) operation() {}
func (Upsert) operation() {}
func (Update) operation() {}
func (Delete) operation() {}
func (Call) operation()   {}

// Arguments are what a function is called with. The set is closed.
//
//sumtype:decl
type Arguments interface{ arguments() }

// NamedArguments come as text, from a query string or a form. A repeated name counts for a variadic parameter; for any
// other the last one wins. Those that are no parameter of the function chosen make no sense and refuse the call.
type NamedArguments []Argument

// Argument is one name and its value as text.
type Argument struct{ Name, Value string }

// BodyArguments come in a body: a JSON object of names and values, or something that a single unnamed parameter takes.
type BodyArguments struct{ Body Body }

func (NamedArguments) arguments() {}
func (BodyArguments) arguments()  {}

// Body is data that came with the request.
type Body struct {
	// Type is the form of Raw.
	Type BodyType
	// Raw is the data: JSON for every BodyType that has rows.
	Raw []byte
	// Keys are the names in the first object, in order, each once. Every other object has the same ones unless Columns of
	// the operation say which to take.
	Keys []string
	// Many: Raw is an array rather than one object.
	Many bool
	// Empty: there is no row in it.
	Empty bool
	// Whole: Raw is what the caller sent as JSON, so that a single parameter may take all of it. False for JSON that the
	// front door made out of CSV or a form.
	Whole bool
}

// BodyType is the form of a body.
type BodyType int

// The forms of bodies. CSV and forms arrive as JSON, made by the front door.
const (
	JSON BodyType = iota
	Text
	XML
	Bytes
)

// Resolution is what an upsert does about a row that is already there.
type Resolution int

// The resolutions of a conflict.
const (
	MergeDuplicates Resolution = iota
	IgnoreDuplicates
)
