package dsqlproxy

import (
	"slices"
	"strings"
)

// refusedTypes are the types that no column can have, beside arrays.
var refusedTypes = []string{
	"inet", "tsvector", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
	"int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange",
}

// columns looks at what CREATE TABLE and ALTER TABLE declare.
func columns(s statement) *refusal {
	if !s.begins("create (unlogged) table") && !s.begins("alter table") {
		return nil
	}
	if s.has("collate") {
		return unsupported("COLLATE clause not supported")
	}
	for _, column := range s.columns() {
		if r := column.refusedType(); r != nil {
			return r
		}
	}
	return nil
}

// columns gives the declarations of columns: a name, a type and what follows. Those of constraints are left out.
func (s statement) columns() []statement {
	i, create := s.follows(0, "create (unlogged) table (if) (not) (exists)")
	if !create {
		return s.addedColumns()
	}
	for ; i < len(s.tokens) && !s.tokens[i].is("("); i++ {
	}
	if i == len(s.tokens) {
		return nil
	}
	var all []statement
	for _, item := range s.items(i+1, s.closing(i)) {
		if !item.begins("constraint|primary|unique|check|foreign|exclude|like") {
			all = append(all, item)
		}
	}
	return all
}

// addedColumns are those of ALTER TABLE.
func (s statement) addedColumns() []statement {
	var all []statement
	for _, action := range s.items(0, len(s.tokens)) {
		i := action.find(0, "add")
		if i < 0 {
			continue
		}
		if _, constraint := action.follows(i, "add constraint|primary|unique|check|foreign|exclude"); constraint {
			continue
		}
		i, _ = action.follows(i, "add (column) (if) (not) (exists)")
		all = append(all, statement{sql: s.sql, tokens: action.tokens[i:]})
	}
	return all
}

// afterType are the words that end the type in a declaration.
const afterType = "constraint|not|null|check|default|generated|unique|primary|references|storage|compression|deferrable|initially"

// refusedType looks at the type of a declared column.
func (s statement) refusedType() *refusal {
	i := 1
	for s.at(i + 1).is(".") {
		i += 2
	}
	base, _ := s.at(i).identifier()
	for j := i + 1; j < len(s.tokens); j++ {
		if _, over := s.follows(j, afterType); over {
			break
		}
		if s.tokens[j].is("[") || s.tokens[j].is("array") {
			return unsupported("datatype " + base + "[] not supported")
		}
	}
	if slices.Contains(refusedTypes, base) {
		return unsupported("datatype " + base + " not supported")
	}
	if serial := strings.TrimPrefix(strings.TrimPrefix(base, "big"), "small"); serial == "serial" {
		return &refusal{undefinedObject, `type "` + base + `" does not exist`}
	}
	return nil
}
