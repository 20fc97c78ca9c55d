package catalog

import (
	"slices"
	"strings"
)

// Source is what introspection found; New turns it into a Snapshot.
type Source struct {
	// Schemas are the exposed schemas, in the order of the configuration; the first is the default one.
	Schemas []string
	// SchemaComments are the comments of the exposed schemas.
	SchemaComments map[string]string
	// Relations hold every relation of the exposed schemas, and those outside them that are junctions or return types of
	// exposed functions.
	Relations []*Relation
	// Relationships in any order.
	Relationships []*Relationship
	// Functions are those of the exposed schemas.
	Functions []*Function
	// Representations are the casts that PostgREST calls data representations.
	Representations []Representation
	// MediaHandlers are the functions and aggregates that make a custom media type.
	MediaHandlers []MediaHandler
	// Types are the names that a cast in "select" may use: each spelling, with the SQL text that stands for it.
	Types map[string]string
	// Roles hold the settings of the roles that the connection's role may switch to, where they have any.
	Roles map[string]RoleSettings
	// Fingerprint changes whenever anything above may have changed.
	Fingerprint string
}

// RoleSettings are the settings made with ALTER ROLE ... SET, which SET ROLE does not apply by itself.
type RoleSettings struct {
	Isolation string // default_transaction_isolation, "" for none
	Settings  []Setting
}

// Representation is a cast between a domain and json or text that decides how a value of the domain is read or written.
type Representation struct {
	From, To string // type names as in Column.Type
	Function Name
}

// MediaHandler makes a media type out of the rows of a relation, or of a function's result.
type MediaHandler struct {
	// MediaType is the name of the domain that the handler returns, such as "text/csv" or "*/*".
	MediaType string
	// Function is the aggregate, or the function whose own result is the media type.
	Function Name
	// Relation is the relation whose rows the aggregate takes; the zero Name for any row (anyelement).
	Relation Name
	// Aggregate is false when Function's result itself is the body.
	Aggregate bool
}

// Snapshot is a Source with its indexes. It is read-only and safe for concurrent use.
type Snapshot struct {
	Source
	relations     map[Name]*Relation
	functions     map[Name][]*Function
	relationships map[Name][]*Relationship
}

// New indexes src. The caller must not touch src afterwards.
func New(src Source) *Snapshot {
	s := &Snapshot{
		Source:        src,
		relations:     make(map[Name]*Relation, len(src.Relations)),
		functions:     make(map[Name][]*Function, len(src.Functions)),
		relationships: make(map[Name][]*Relationship),
	}
	for _, r := range src.Relations {
		r.index()
		s.relations[r.Name] = r
	}
	for _, f := range src.Functions {
		s.functions[f.Name] = append(s.functions[f.Name], f)
	}
	for _, r := range src.Relationships {
		s.relationships[r.From] = append(s.relationships[r.From], r)
	}
	return s
}

// Relation gives the relation of that name; false when there is none.
func (s *Snapshot) Relation(n Name) (*Relation, bool) {
	r, ok := s.relations[n]
	return r, ok
}

// Functions gives the overloads of a function; empty when there is none.
func (s *Snapshot) Functions(n Name) []*Function { return s.functions[n] }

// RelationshipsFrom gives the relationships whose origin is n.
func (s *Snapshot) RelationshipsFrom(n Name) []*Relationship { return s.relationships[n] }

// RelationNames gives the relations of a schema, sorted.
func (s *Snapshot) RelationNames(schema string) []string {
	var names []string
	for n := range s.relations {
		if n.Schema == schema {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

// FunctionNames gives the functions of a schema, sorted and without repeats.
func (s *Snapshot) FunctionNames(schema string) []string {
	var names []string
	for n := range s.functions {
		if n.Schema == schema {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Representation gives the function that casts one type to the other; false when the database has none.
func (s *Snapshot) Representation(from, to string) (Name, bool) {
	for _, r := range s.Representations {
		if r.From == from && r.To == to {
			return r.Function, true
		}
	}
	return Name{}, false
}

// CastType gives the SQL text of a type that a client names in a cast; false when the database knows no such type.
func (s *Snapshot) CastType(name string) (string, bool) {
	t, ok := s.Types[strings.ToLower(name)]
	if !ok {
		t, ok = s.Types[name]
	}
	return t, ok
}
