package query

// Preferences are the caller's wishes about how a request is carried out. Zero values are "not said".
type Preferences struct {
	Return      Return
	Count       CountMode
	Missing     Missing
	Transaction Transaction
	// MaxAffected refuses a write of more rows; nil for no limit.
	MaxAffected *int64
	// TimeZone is in force while the request runs; "" for the database's.
	TimeZone string
	// Strict refuses what Invalid lists.
	Strict bool
	// Invalid are the wishes that are not known.
	Invalid []string
}

// Return is what a write gives back.
type Return int

// What writes give back.
const (
	ReturnUnsaid Return = iota
	ReturnMinimal
	ReturnHeadersOnly
	ReturnRepresentation
)

// CountMode is how the total number of rows is found.
type CountMode int

// The ways of counting.
const (
	CountNone CountMode = iota
	CountExact
	CountPlanned   // the planner's estimate
	CountEstimated // exact up to the row limit of the server, the planner's estimate beyond
)

// Missing is what a key that the body leaves out becomes.
type Missing int

// What missing keys become.
const (
	MissingNull Missing = iota
	MissingDefault
)

// Transaction is how the transaction should end.
type Transaction int

// How a transaction should end.
const (
	TransactionUnsaid Transaction = iota
	TransactionCommit
	TransactionRollback
)

// MediaType is a media type as a caller accepts it or a server makes it.
type MediaType struct {
	// Name is type/subtype, lower-case.
	Name string
	// Params are the parameters that are not about quality, in order, names lower-case.
	Params []Param
}

// Param is one parameter of a media type.
type Param struct{ Name, Value string }

// Param gives the value of a parameter, "" when there is none.
func (m MediaType) Param(name string) string {
	for _, p := range m.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
