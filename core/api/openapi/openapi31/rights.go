package openapi31

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
)

// Rights are what a caller may do in a schema. The zero value is nothing.
type Rights struct {
	everything bool
	relations  map[string]relationRights
	functions  map[uint32]struct{}
}

// relationRights are the columns that may be read, set in a new row and changed, nil for all of them, and whether rows may
// be removed.
type relationRights struct {
	Name   string   `json:"name"`
	Select []string `json:"select"`
	Insert []string `json:"insert"`
	Update []string `json:"update"`
	Delete bool     `json:"delete"`
}

// Everything is the right to all that is in the schema.
func Everything() Rights { return Rights{everything: true} }

// ParseRights reads the answer to a query.Describe that asked for rights. Without a body it is about a schema that is gone,
// in which nothing can be done. The error says that it is no such answer.
func ParseRights(answer []byte) (Rights, error) {
	if len(answer) == 0 {
		return Rights{}, nil
	}
	var a struct {
		Relations []relationRights    `json:"relations"`
		Functions map[uint32][]string `json:"functions"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return Rights{}, fmt.Errorf("reading the caller's rights: %w", err)
	}
	r := Rights{relations: make(map[string]relationRights, len(a.Relations)), functions: make(map[uint32]struct{}, len(a.Functions))}
	for _, rel := range a.Relations {
		r.relations[rel.Name] = rel
	}
	for oid := range a.Functions {
		r.functions[oid] = struct{}{}
	}
	return r, nil
}

// to gives the rights to one relation; false for none.
func (r Rights) to(name string) (relationRights, bool) {
	if r.everything {
		return relationRights{Name: name, Delete: true}, true
	}
	rel, ok := r.relations[name]
	return rel, ok
}

func (r Rights) run(f *catalog.Function) bool {
	_, ok := r.functions[f.OID]
	return ok || r.everything
}

// among picks the columns that are in a list; a list of nil has all of them.
func among(list []string, columns []catalog.Column) []*catalog.Column {
	picked := make([]*catalog.Column, 0, len(columns))
	for i := range columns {
		if list == nil || slices.Contains(list, columns[i].Name) {
			picked = append(picked, &columns[i])
		}
	}
	return picked
}
