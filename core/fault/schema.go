package fault

import "fmt"

// Candidate is one relationship of an ambiguous embed, as the details of PGRST201 list it.
type Candidate struct {
	Cardinality  string `json:"cardinality"`
	Relationship string `json:"relationship"`
	Embedding    string `json:"embedding"`
}

// NoRelationship says that two relations are not related in the schema. hint of the origin's spelling may be "".
func NoRelationship(origin, target, details, hint string) *Error {
	return New(Invalid, "PGRST200",
		fmt.Sprintf("Could not find a relationship between '%s' and '%s' in the schema cache", origin, target)).
		WithDetails(details).WithHint(hint)
}

// AmbiguousRelationship says that two relations are related in several ways.
func AmbiguousRelationship(origin, target string, candidates []Candidate, hint string) *Error {
	return New(Ambiguous, "PGRST201",
		fmt.Sprintf("Could not embed because more than one relationship was found for '%s' and '%s'", origin, target)).
		WithDetails(candidates).WithHint(hint)
}

// NoFunction says that no function fits the call.
func NoFunction(message, details, hint string) *Error {
	return New(NotFound, "PGRST202", message).WithDetails(details).WithHint(hint)
}

// AmbiguousFunction says that several overloads fit the call. candidates are their signatures, joined.
func AmbiguousFunction(candidates string) *Error {
	return New(Ambiguous, "PGRST203", "Could not choose the best candidate function between: "+candidates).
		WithHint("Try renaming the parameters or the function itself in the database so function overloading can be resolved")
}

// UnknownColumn says that a write names a column that the relation does not have.
func UnknownColumn(column, relation string) *Error {
	return New(Invalid, "PGRST204",
		fmt.Sprintf("Could not find the '%s' column of '%s' in the schema cache", column, relation))
}

// UnknownRelation says that there is no such table or view. suggestion is a near name with its schema, or "".
func UnknownRelation(name, suggestion string) *Error {
	e := New(NotFound, "PGRST205", fmt.Sprintf("Could not find the table '%s' in the schema cache", name))
	if suggestion != "" {
		e.Hint = "Perhaps you meant the table '" + suggestion + "'"
	}
	return e
}

// UndefinedColumn says that a read names a column that the relation does not have, in PostgreSQL's words and with its
// code, because that is where PostgREST's answer comes from. suggestion is a near column, or "".
func UndefinedColumn(relation, column, suggestion string) *Error {
	e := New(Invalid, "42703", fmt.Sprintf("column %s.%s does not exist", relation, column))
	if suggestion != "" {
		e.Hint = fmt.Sprintf("Perhaps you meant to reference the column \"%s.%s\".", relation, suggestion)
	}
	return e
}

// UndefinedType is a cast to a type that the database does not have, in PostgreSQL's words.
func UndefinedType(name string) *Error {
	return New(Invalid, "42704", fmt.Sprintf("type %q does not exist", name))
}
