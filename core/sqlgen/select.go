package sqlgen

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
)

// produced is the name of what a write or a call gives back, for the rest of its statement.
const produced = "pergola_source"

// selection writes a node as a query: what it shows, in order, page by page. e is the embed that the node is joined by;
// nil for the root.
func (w *writer) selection(s *plan.Select, e *plan.Embed) {
	bound := pageBound(s)
	cut := bound > 0 && (s.Offset > 0 || *s.Limit < bound) // where they are the same, the bound is limit enough
	if cut {
		w.put("select * from (")
	}
	w.put("select ")
	groups := w.outputs(s)
	w.from(s, e)
	for _, child := range s.Embeds {
		w.lateral(s, child)
	}
	w.restrict(s, e, false)
	if s.Grouped && len(groups) > 0 {
		w.put(" group by ")
		w.list(len(groups), ", ", func(i int) { w.put(strconv.Itoa(groups[i])) })
	}
	w.order(s)
	if bound > 0 {
		w.put(" limit ", strconv.FormatInt(bound, 10))
	}
	switch {
	case cut:
		w.put(") as pergola_page")
		w.page(s)
	case bound == 0:
		w.page(s)
	}
}

// outputs writes what a node shows. Of a grouped node it gives the places of those outputs that are not aggregates.
func (w *writer) outputs(s *plan.Select) (groups []int) {
	n := 0
	next := func(isKey bool) {
		if n > 0 {
			w.put(", ")
		}
		n++
		if s.Grouped && isKey {
			groups = append(groups, n)
		}
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		next(f.Aggregate == query.NoAggregate)
		w.field(f)
		w.as(f.Name)
	}
	for _, e := range s.Embeds {
		for _, l := range lifted(e) {
			next(true)
			w.lift(e, l, s.Grouped)
		}
		if !e.Spread && !e.Hidden {
			next(true)
			w.embedded(s, e)
		}
	}
	return groups
}

// field writes the value of a field: aggregate(value::cast)::cast.
func (w *writer) field(f *plan.Field) {
	if f.AggregateCast != "" {
		w.put("cast(")
		defer w.put(" as ", f.AggregateCast, ")")
	}
	if f.Aggregate != query.NoAggregate {
		w.put(f.Aggregate.String(), "(")
		defer w.put(")")
	}
	if f.Value == nil {
		w.put("*")
		return
	}
	w.castTo(f.Value, f.Cast)
}

func (w *writer) castTo(v plan.Value, typeName string) {
	if typeName == "" {
		w.value(v)
		return
	}
	w.put("cast(")
	w.value(v)
	w.put(" as ", typeName, ")")
}

// output is one value that a node shows.
type output struct {
	name string
	json bool // made by json_agg or row_to_json
}

// lifted are the values that a spread embed gives its parent to show.
func lifted(e *plan.Embed) []output {
	if !e.Spread {
		return nil
	}
	values := shown(e.Select)
	for i := range values {
		values[i].json = values[i].json || e.Many
	}
	return values
}

// shown are the values that a node shows.
func shown(s *plan.Select) []output {
	var values []output
	for _, f := range s.Fields {
		if !f.Hoisted {
			values = append(values, output{name: f.Name})
		}
	}
	for _, e := range s.Embeds {
		switch {
		case e.Spread:
			values = append(values, lifted(e)...)
		case !e.Hidden:
			values = append(values, output{name: e.Name, json: true})
		}
	}
	return values
}

// shownNames are the names of the values that a node shows.
func shownNames(s *plan.Select) []string {
	values := shown(s)
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.name
	}
	return names
}

// lift writes one value of a spread embed in its parent. Many rows are an array, and none are an empty one. In a grouped
// node it is a group's key, and only jsonb can be compared.
func (w *writer) lift(e *plan.Embed, o output, grouped bool) {
	if grouped && o.json {
		w.put("cast(")
	}
	if e.Many {
		w.put("coalesce(")
	}
	w.column(e.Select.Alias, o.name)
	if e.Many {
		w.put(", '[]')")
	}
	if grouped && o.json {
		w.put(" as jsonb)")
	}
	w.as(o.name)
}

// embedded writes the rows of an embed as one JSON value of its parent. In a grouped parent it is a group's key, and only
// jsonb can be compared.
func (w *writer) embedded(s *plan.Select, e *plan.Embed) {
	if s.Grouped {
		w.put("cast(")
	}
	switch {
	case e.Many:
		w.put("coalesce((select json_agg(")
		w.rowsOf(e)
		w.put("), '[]')")
	case joined(s, e):
		w.put("row_to_json(")
		w.ident(rowName(e))
		w.put(".*)")
	default:
		w.put("(select row_to_json(")
		w.rowsOf(e)
		w.put(" limit 1)")
	}
	if s.Grouped {
		w.put(" as jsonb)")
	}
	w.as(e.Name)
}

// rowsOf writes the rows of an embed as the argument of a function, and the query that they come from.
func (w *writer) rowsOf(e *plan.Embed) {
	w.ident(rowName(e))
	w.put(".*) from (")
	w.selection(e.Select, e)
	w.put(")")
	w.as(rowName(e))
}

// rowName is what the rows of an embed are called around its query.
func rowName(e *plan.Embed) string { return "pergola_" + e.Select.Alias }

// joined reports whether the one row of an embed comes by a join. That takes the database less than a query for each row of
// the parent, but where the parent has pages all of its rows may be joined before one is cut out.
func joined(s *plan.Select, e *plan.Embed) bool {
	return e.Keyed && !e.Spread && !e.Hidden && s.Limit == nil && s.Offset == 0
}

// lateral joins an embed of one row, or a spread embed, whose values its parent shows one by one.
func (w *writer) lateral(s *plan.Select, e *plan.Embed) {
	name := e.Select.Alias
	switch {
	case joined(s, e):
		name = rowName(e)
	case !e.Spread || e.Hidden && len(e.Select.Fields) == 0:
		return
	case e.Inner && !e.Many:
		w.put(" cross join lateral (")
		w.selection(e.Select, e)
		w.put(")")
		w.as(name)
		return
	}
	w.put(" left join lateral (")
	if e.Many {
		w.arrays(e)
	} else {
		w.selection(e.Select, e)
	}
	w.put(")")
	w.as(name)
	w.put(" on true")
}

// arrays writes each value of an embed's rows as an array.
func (w *writer) arrays(e *plan.Embed) {
	values := lifted(e)
	w.put("select ")
	w.list(len(values), ", ", func(i int) {
		w.put("json_agg(")
		w.column(rowName(e), values[i].name)
		w.put(")")
		w.as(values[i].name)
	})
	w.put(" from (")
	w.selection(e.Select, e)
	w.put(")")
	w.as(rowName(e))
}

// from writes a node's source, and the junction that it is joined by.
func (w *writer) from(s *plan.Select, e *plan.Embed) {
	w.put(" from ")
	switch from := s.From.(type) {
	case plan.Table:
		w.name(from.Relation.Name)
	case plan.Produced:
		w.ident(produced)
	case plan.RowFunction:
		w.name(from.Function)
		w.put("(")
		w.value(from.Argument)
		w.put(")")
	}
	w.as(s.Alias)
	if e != nil && e.Through != nil {
		w.put(", ")
		w.name(e.Through.Relation.Name)
		w.as(e.Through.Alias)
	}
}

// restrict writes all that a node's rows must pass. Policies come first. The embeds that must exist are among it, but for
// those that a join already demands; counting has no joins, so it asks for every one.
func (w *writer) restrict(s *plan.Select, e *plan.Embed, counting bool) {
	word := " where "
	all := func(conditions []plan.Expr) {
		for _, c := range conditions {
			w.put(word)
			w.expr(c)
			word = " and "
		}
	}
	all(s.Guard)
	if e != nil {
		if e.Through != nil {
			all(e.Through.Guard)
		}
		all(e.On)
	}
	all(s.Where)
	for _, child := range s.Embeds {
		joined := child.Spread && !child.Many && !child.Hidden && !counting
		if child.Inner && !joined {
			w.put(word)
			w.exists(child)
			word = " and "
		}
	}
}

// where writes the conditions, if there are any.
func (w *writer) where(conditions []plan.Expr) {
	if len(conditions) == 0 {
		return
	}
	w.put(" where ")
	w.list(len(conditions), " and ", func(i int) { w.expr(conditions[i]) })
}

func (w *writer) order(s *plan.Select) {
	if len(s.Order) == 0 {
		return
	}
	w.put(" order by ")
	w.list(len(s.Order), ", ", func(i int) { w.orderTerm(s, s.Order[i]) })
}

func (w *writer) orderTerm(s *plan.Select, term plan.Order) {
	if place := groupedBy(s, term.Value); place > 0 {
		w.put(strconv.Itoa(place))
	} else {
		w.value(term.Value)
	}
	if term.Descending {
		w.put(" desc")
	}
	switch term.Nulls {
	case query.NullsFirst:
		w.put(" nulls first")
	case query.NullsLast:
		w.put(" nulls last")
	case query.NullsDefault:
	}
}

// groupedBy is the place of the output by which a grouped node's rows are ordered, 0 where it is none. The value itself
// could not stand there: with parameters in it, the database would not see that it is the one grouped by.
func groupedBy(s *plan.Select, v plan.Value) int {
	if !s.Grouped {
		return 0
	}
	return 1 + slices.IndexFunc(s.Fields, func(f plan.Field) bool {
		return f.Aggregate == query.NoAggregate && f.Cast == "" && reflect.DeepEqual(f.Value, v)
	})
}

// pageBounds are the numbers of rows that the database is told to expect, smallest first. On longer pages it works for so
// long that planning does not show.
var pageBounds = [...]int64{1, 10, 100, 1000, 10_000}

// pageBound is a number of rows that a node's page ends within; 0 where it has no end, or a far one. The page's own
// limit is a parameter, of which a plan for all values knows nothing: the database would take the page for a tenth of all
// rows, find that plan bad, and plan the statement anew each time, which takes longer than to run it.
func pageBound(s *plan.Select) int64 {
	if s.Limit == nil {
		return 0
	}
	for _, bound := range pageBounds {
		if *s.Limit <= bound-s.Offset {
			return bound
		}
	}
	return 0
}

func (w *writer) page(s *plan.Select) {
	if s.Limit != nil {
		w.put(" limit ")
		w.param(strconv.FormatInt(*s.Limit, 10))
	}
	if s.Offset > 0 {
		w.put(" offset ")
		w.param(strconv.FormatInt(s.Offset, 10))
	}
}

// counted writes a query of one row for each row that a node has on all of its pages.
func (w *writer) counted(s *plan.Select) {
	if s.Grouped {
		unpaged := *s
		unpaged.Limit, unpaged.Offset, unpaged.Order = nil, 0, nil
		w.selection(&unpaged, nil)
		return
	}
	w.put("select 1")
	w.from(s, nil)
	w.restrict(s, nil, true)
}
