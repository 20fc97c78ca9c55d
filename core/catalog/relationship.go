package catalog

// Cardinality is how many rows of the target a row of the origin has.
type Cardinality int

// The cardinalities, as PostgREST tells them apart.
const (
	ManyToOne Cardinality = iota
	OneToMany
	OneToOne
	ManyToMany
)

// String is the cardinality as error details spell it.
func (c Cardinality) String() string {
	return [...]string{"many-to-one", "one-to-many", "one-to-one", "many-to-many"}[c]
}

// ToOne reports whether a row of the origin has at most one row of the target.
func (c Cardinality) ToOne() bool { return c == ManyToOne || c == OneToOne }

// Relationship leads from the rows of one relation to those of another. Each foreign key gives two, one from each side;
// a pair of foreign keys on a junction gives two more; a function of a row type that returns rows gives one.
type Relationship struct {
	From, To    Name
	Cardinality Cardinality
	// Constraint is the name of the foreign key; "" for ManyToMany and for computed relationships.
	Constraint string
	// Columns are the pairs of equal columns, origin first; empty for ManyToMany and for computed relationships.
	Columns []ColumnPair
	// Junction is set for ManyToMany alone.
	Junction *Junction
	// Function computes the target's rows from a row of the origin; the zero Name for none.
	Function Name
	// Referred: of a OneToOne, From is the side that the foreign key refers to, not the one that has it.
	Referred bool
	// FromView and ToView: that side is a view, so the relationship was inferred through its base tables.
	FromView, ToView bool
}

// ColumnPair are two columns that are equal where rows are related.
type ColumnPair struct{ From, To string }

// Junction is the relation between the two sides of a many-to-many relationship.
type Junction struct {
	Relation Name
	// FromConstraint and ToConstraint are the foreign keys to the origin and to the target.
	FromConstraint, ToConstraint string
	// FromColumns pair a column of the origin (From) with one of the junction (To).
	FromColumns []ColumnPair
	// ToColumns pair a column of the junction (From) with one of the target (To).
	ToColumns []ColumnPair
}

// Self reports whether origin and target are the same relation.
func (r *Relationship) Self() bool { return r.From == r.To }

// Computed reports whether a function gives the target's rows.
func (r *Relationship) Computed() bool { return r.Function != Name{} }
