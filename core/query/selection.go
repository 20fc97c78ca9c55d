package query

// Selection says which rows of a relation, which of their columns, and in which order.
type Selection struct {
	Items []Item
	Where []Condition // all of them must hold
	Order []OrderTerm
	// Limit is the most rows to give; nil for all.
	Limit  *int64
	Offset int64
}

// Item is one thing that a selection shows. The set is closed.
//
//sumtype:decl
type Item interface{ item() }

// Star stands for every column.
type Star struct{}

// Field is a column, a value inside it, or an aggregate over them.
type Field struct {
	Operand
	Alias string // "" for the field's own name
	Cast  string // a type name; "" for none
	// Aggregate is computed over the rows that agree in everything else that is selected.
	Aggregate     Aggregate
	AggregateCast string
}

// Embed shows rows of a related relation inside each row.
type Embed struct {
	Relation string
	Alias    string // "" for the relation's own name
	// Hint picks among several relationships: a foreign key, a column, a junction; "" for none.
	Hint string
	// Inner leaves out the rows that have no related one.
	Inner bool
	// Spread lifts the related row's columns into the row itself.
	Spread    bool
	Selection Selection
}

func (Star) item()   {}
func (Field) item()  {}
func (*Embed) item() {}

// Name is what the embed is called in the answer.
func (e *Embed) Name() string {
	if e.Alias != "" {
		return e.Alias
	}
	return e.Relation
}

// Aggregate is an aggregate function; NoAggregate is none.
type Aggregate int

// The aggregates.
const (
	NoAggregate Aggregate = iota
	Sum
	Avg
	Max
	Min
	Count // of the field's values that are not null, or of rows where there is no field
)

// String is the aggregate's name in the grammar and in SQL.
func (a Aggregate) String() string {
	return [...]string{"", "sum", "avg", "max", "min", "count"}[a]
}

// Operand is a column, or a value inside one. The empty Column is allowed with Count alone.
type Operand struct {
	Column string
	Path   []Step
}

// Step is one step into a JSON value.
type Step struct {
	// Key is the object key, or the array index as text when Index is true.
	Key   string
	Index bool
	// Text: the value comes out as text (->>) rather than as JSON (->).
	Text bool
}

// OrderTerm is one term of an order.
type OrderTerm struct {
	Operand
	// Embed names the to-one embed whose column this is; "" for the relation's own.
	Embed      string
	Descending bool
	Nulls      Nulls
}

// Nulls says where nulls stand in an order.
type Nulls int

// The places of nulls. The default is PostgreSQL's: last when ascending, first when descending.
const (
	NullsDefault Nulls = iota
	NullsFirst
	NullsLast
)
