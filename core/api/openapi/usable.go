package openapi

import (
	"encoding/json"
	"fmt"

	"github.com/pergola-dev/pergola/core/catalog"
)

// Usable is what a caller may use of a schema. The zero value is nothing.
type Usable struct {
	everything bool
	relations  map[string]struct{}
	functions  map[uint32][]string
}

// Everything is the right to all that is in the schema.
func Everything() Usable { return Usable{everything: true} }

// ParseUsable reads the answer to a query.Describe. Without a body it is about a schema that is gone, of which nothing can
// be used. The error says that it is no such answer.
func ParseUsable(answer []byte) (Usable, error) {
	if len(answer) == 0 {
		return Usable{}, nil
	}
	var a struct {
		Relations []string            `json:"relations"`
		Functions map[uint32][]string `json:"functions"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return Usable{}, fmt.Errorf("reading what may be used: %w", err)
	}
	u := Usable{relations: make(map[string]struct{}, len(a.Relations)), functions: a.Functions}
	for _, name := range a.Relations {
		u.relations[name] = struct{}{}
	}
	return u, nil
}

func (u Usable) relation(name string) bool {
	_, ok := u.relations[name]
	return ok || u.everything
}

func (u Usable) function(f *catalog.Function) bool {
	_, ok := u.functions[f.OID]
	return ok || u.everything
}

// paramTypes names the types of a function's parameters. Where the database was asked, those in the caller's search path
// stand without their schema.
func (u Usable) paramTypes(f *catalog.Function) []string {
	if types := u.functions[f.OID]; len(types) == len(f.Params) {
		return types
	}
	types := make([]string, len(f.Params))
	for i, p := range f.Params {
		types[i] = p.Type
	}
	return types
}
