package catalog

// Volatility is a function's promise about side effects.
type Volatility int

// The volatilities of PostgreSQL.
const (
	Volatile Volatility = iota
	Stable
	Immutable
)

// Function is one overload of a function in an exposed schema.
type Function struct {
	Name
	// OID is the object identifier in the database: it tells overloads apart where the database is asked about them. A
	// function that is made anew has another one.
	OID        uint32
	Comment    string
	Params     []Param // input parameters in order; OUT and TABLE columns are in Returns
	Returns    Returns
	Volatility Volatility
	// Isolation is the function's own setting default_transaction_isolation, "" for none.
	Isolation string
	// Settings are the function's own settings that must hold for the whole transaction (statement_timeout and the others
	// named by db-hoisted-tx-settings), in the order of their names.
	Settings []Setting
}

// Setting is one configuration parameter and its value.
type Setting struct{ Name, Value string }

// Param is an input parameter.
type Param struct {
	Name     string // "" for an unnamed one
	Type     string // format_type without a modifier, for messages
	TypeMod  string // the type for casts: Type, but for those that SQL gives a length of one, such as character
	Required bool   // it has no default
	Variadic bool
}

// ReturnKind is the form of a function's result.
type ReturnKind int

// The forms of results.
const (
	Scalar    ReturnKind = iota // one value: of a base type, a domain, an enum, an array, a pseudo type
	Composite                   // a row: of a relation's type, a composite type, or OUT/TABLE columns
	Void
)

// Returns is what a function gives back.
type Returns struct {
	Kind ReturnKind
	Set  bool // SETOF or TABLE
	// Type is the result type's name: for a domain its own, for Composite that of the relation or composite type. For OUT
	// and TABLE columns it is pg_catalog.record.
	Type Name
	// Text is format_type of the result, for messages and casts.
	Text string
	// Relation: Type names a table or view of the snapshot's reach, whose columns and relationships the result has.
	Relation bool
	// Columns are the OUT and TABLE columns, or those of a composite type; nil when Relation.
	Columns []Column
}

// Variadic reports whether the last parameter takes any number of values.
func (f *Function) Variadic() bool {
	return len(f.Params) > 0 && f.Params[len(f.Params)-1].Variadic
}
