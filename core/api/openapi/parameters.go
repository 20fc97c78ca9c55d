package openapi

import "github.com/pergola-dev/pergola/core/catalog"

// bodyPrefix begins the name of the parameter that is a relation's row.
const bodyPrefix = "body."

// filterName is the name of the parameter that filters by a column.
func filterName(relation, column string) string { return "rowFilter." + relation + "." + column }

// parameters are those that operations refer to: the ones of every relation, and each relation's own.
func parameters(relations []*catalog.Relation) map[string]parameter {
	all := shared()
	for _, rel := range relations {
		name := rel.Name.Name
		all[bodyPrefix+name] = parameter{
			Name: name, Description: name, In: "body", Schema: &schema{Ref: "#/definitions/" + name},
		}
		for _, c := range rel.Columns {
			all[filterName(name, c.Name)] = text("query", c.Name, c.Comment)
		}
	}
	return all
}

// shared are the parameters of every relation.
func shared() map[string]parameter {
	const paging = "Limiting and Pagination"
	unit := text("header", "Range-Unit", paging)
	unit.Default = "items"
	returns := []string{"return=representation", "return=minimal", "return=none"}
	return map[string]parameter{
		"preferParams": prefer(),
		"preferReturn": prefer(returns...),
		"preferCount":  prefer("count=none"),
		"preferPost":   prefer(append(returns, "resolution=ignore-duplicates", "resolution=merge-duplicates")...),
		"select":       text("query", "select", "Filtering Columns"),
		"on_conflict":  text("query", "on_conflict", "On Conflict"),
		"order":        text("query", "order", "Ordering"),
		"range":        text("header", "Range", paging),
		"rangeUnit":    unit,
		"offset":       text("query", "offset", paging),
		"limit":        text("query", "limit", paging),
	}
}

// text is an optional parameter that is a string.
func text(in, name, description string) parameter {
	return parameter{Name: name, Description: description, In: in, Type: stringType}
}

// prefer is the header Prefer with the values that it may have; none are named for "any".
func prefer(values ...string) parameter {
	p := text("header", "Prefer", "Preference")
	p.Enum = values
	return p
}
