package query

// Condition decides which rows count. The set is closed.
//
//sumtype:decl
type Condition interface{ condition() }

// Logic combines conditions.
type Logic struct {
	Negated bool
	Or      bool // any of Terms rather than all
	Terms   []Condition
}

// Filter tests one value. Where the operand names an embed, the embed's existence is tested instead.
type Filter struct {
	Operand
	Negated bool
	Test    Test
}

func (Logic) condition()  {}
func (Filter) condition() {}

// Test is what a Filter holds its operand against. The set is closed.
//
//sumtype:decl
type Test interface{ test() }

// Compare tests with an operator of two values.
type Compare struct {
	Op         Operator
	Quantifier Quantifier
	Value      string // as text; an array literal when there is a Quantifier
}

// In tests for one of several values.
type In struct{ Values []string }

// Is tests for a null or a truth value.
type Is struct{ Value IsValue }

// IsDistinct tests for inequality with null as an ordinary value.
type IsDistinct struct{ Value string }

// FullText matches a text search vector, or text that becomes one.
type FullText struct {
	Parser   TextParser
	Language string // "" for the database's default
	Query    string
}

func (Compare) test()    {}
func (In) test()         {}
func (Is) test()         {}
func (IsDistinct) test() {}
func (FullText) test()   {}

// Operator is a binary operator of the grammar.
type Operator int

// The operators, named as in the grammar.
const (
	Eq Operator = iota
	Neq
	Gt
	Gte
	Lt
	Lte
	Like
	ILike
	Match
	IMatch
	Contains    // cs
	ContainedBy // cd
	Overlaps    // ov
	StrictlyLeft
	StrictlyRight
	NotExtendsRight
	NotExtendsLeft
	Adjacent
)

// Quantifier says how many elements of an array of values must pass.
type Quantifier int

// The quantifiers.
const (
	Single Quantifier = iota // the value is no array
	Any
	All
)

// IsValue is what Is tests for.
type IsValue int

// The values of Is.
const (
	Null IsValue = iota
	NotNull
	True
	False
	Unknown
)

// TextParser is how a text search query is read.
type TextParser int

// The parsers of text search queries, in PostgreSQL's terms.
const (
	ToTSQuery       TextParser = iota // fts
	PlainToTSQuery                    // plfts
	PhraseToTSQuery                   // phfts
	WebSearch                         // wfts
)
