package engine

import (
	"context"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
)

// Methods lists the HTTP methods that a relation or a function of an exposed schema takes, whoever asks. The error is a
// fault: there is no such thing, or nothing is known of the schema.
func (e *Engine) Methods(ctx context.Context, name catalog.Name, function bool) ([]string, error) {
	cat, _, err := e.schema.Current(ctx)
	if err != nil {
		return nil, err
	}
	if function {
		return functionMethods(cat.Functions(name), name)
	}
	rel, ok := cat.Relation(name)
	if !ok {
		return nil, fault.UnknownRelation(name.String(), "")
	}
	return relationMethods(rel), nil
}

// functionMethods are those of the overloads together: reading methods where one of them promises not to write.
func functionMethods(overloads []*catalog.Function, name catalog.Name) ([]string, error) {
	if len(overloads) == 0 {
		return nil, fault.NoFunction("Could not find the function "+name.String()+" in the schema cache", "", "")
	}
	for _, f := range overloads {
		if f.Volatility != catalog.Volatile {
			return []string{"OPTIONS", "GET", "HEAD", "POST"}, nil
		}
	}
	return []string{"OPTIONS", "POST"}, nil
}

// relationMethods are those that the relation can take: PUT needs a key to name the row by.
func relationMethods(rel *catalog.Relation) []string {
	methods := []string{"OPTIONS", "GET", "HEAD"}
	if rel.Insertable {
		methods = append(methods, "POST")
	}
	if rel.Insertable && rel.Updatable && len(rel.PrimaryKey) > 0 {
		methods = append(methods, "PUT")
	}
	if rel.Updatable {
		methods = append(methods, "PATCH")
	}
	if rel.Deletable {
		methods = append(methods, "DELETE")
	}
	return methods
}
