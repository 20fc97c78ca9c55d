package sqlgen

import (
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
)

// write writes the statement of a write: a query that changes rows and gives back what is needed of them, and the answer
// made from that.
func (c *compiler) write(wr plan.Write) {
	c.put("with ", produced, " as (")
	upsert, exactly := c.change(wr)
	c.put(") ")
	a := answer{encoding: plan.NoBody{}, checked: true, exactly: exactly, location: wr.Location, upsert: upsert}
	if wr.Result == nil {
		c.answer(a)
		c.put(" from ", produced, " as ", rowAlias)
		return
	}
	a.encoding, a.row = c.plan.Media.Encoding, wr.Result
	c.answer(a)
	c.put(" from (")
	c.selection(wr.Result, nil)
	c.put(") as ", rowAlias)
}

// change writes the data-modifying query. It reports whether rows may be merged into others, and how many there must be.
func (c *compiler) change(wr plan.Write) (upsert bool, exactly int) {
	switch ch := wr.Change.(type) {
	case plan.Insert:
		c.insert(wr, ch)
		if len(ch.Key) > 0 {
			exactly = 1
		}
		return ch.Conflict != nil && ch.Conflict.Merge && !ch.Body.Empty, exactly
	case plan.Update:
		c.update(wr, ch)
	case plan.Delete:
		c.put("delete from ")
		c.target(wr.Target)
		c.where(append(slices.Clone(wr.Guard), ch.Where...))
		c.returning(wr)
	}
	return false, 0
}

// target writes a relation under its own bare name, which is what the plan calls it.
func (c *compiler) target(rel *catalog.Relation) {
	c.name(rel.Name)
	c.as(rel.Name.Name)
}

// nothing writes a query that has what a write gives back, and no row.
func (c *compiler) nothing(wr plan.Write) {
	c.put("select ")
	c.returned(wr.Returning)
	c.put(" from ")
	c.target(wr.Target)
	c.put(" where false")
}

func (c *compiler) returning(wr plan.Write) {
	c.put(" returning ")
	c.returned(wr.Returning)
}

// returned writes values under their names. Where none are needed a constant keeps the number of rows, and asks for no
// right to see them.
func (c *compiler) returned(values []plan.Returned) {
	if len(values) == 0 {
		c.put("1")
		return
	}
	c.list(len(values), ", ", func(i int) {
		c.value(values[i].Value)
		c.as(values[i].Name)
	})
}

func (c *compiler) insert(wr plan.Write, in plan.Insert) {
	if in.Body.Empty {
		c.nothing(wr)
		return
	}
	c.put("insert into ")
	c.target(wr.Target)
	if len(in.Columns) == 0 {
		c.put(" default values")
	} else {
		c.rowsOf(wr.Target, in)
	}
	c.conflict(in)
	c.returning(wr)
}

// rowsOf writes the columns of an insert and the rows for them.
func (c *compiler) rowsOf(rel *catalog.Relation, in plan.Insert) {
	c.put(" (")
	c.list(len(in.Columns), ", ", func(i int) { c.ident(in.Columns[i].Column.Name) })
	c.put(") select ")
	c.list(len(in.Columns), ", ", func(i int) { c.assigned(rel, in.Columns[i]) })
	c.put(" from ")
	c.recordset(in.Columns, in.Body)
	c.where(in.Key)
}

// assigned writes the value of a column that comes from the body.
func (c *compiler) assigned(rel *catalog.Relation, a plan.Assigned) {
	if a.Default {
		c.put("case when pergola_element -> cast(")
		c.param(a.Column.Name)
		c.put(" as text) is null then ")
		c.defaultOf(rel, a.Column)
		c.put(" else ")
		defer c.put(" end")
	}
	if a.Parse == (catalog.Name{}) {
		c.column(plan.BodyAlias, a.Column.Name)
		return
	}
	c.name(a.Parse)
	c.put("(")
	c.column(plan.BodyAlias, a.Column.Name)
	c.put(")")
}

// defaultOf writes a column's default. It is the schema's own expression.
func (c *compiler) defaultOf(rel *catalog.Relation, col *catalog.Column) {
	switch {
	case col.Identity:
		c.put("nextval(pg_get_serial_sequence(cast(")
		c.param(stmt.QuoteName(rel.Schema) + "." + stmt.QuoteName(rel.Name.Name))
		c.put(" as text), cast(")
		c.param(col.Name)
		c.put(" as text)))")
	case col.Default == "" || col.Generated:
		c.put("null")
	default:
		c.put(col.Default)
	}
}

// recordset writes the rows of a body as a source with the columns' types. Where some column falls back to its default the
// element itself is at hand too, for a null and a missing key look the same in the record.
func (c *compiler) recordset(columns []plan.Assigned, body plan.Body) {
	defaults := slices.ContainsFunc(columns, func(a plan.Assigned) bool { return a.Default })
	switch {
	case defaults && !body.Many:
		c.record(columns, body)
		return
	case defaults:
		c.put("json_array_elements(")
		c.bytes(body.JSON)
		c.put(") as pergola_elements(pergola_element), json_to_record(pergola_element)")
	case body.Many:
		c.put("json_to_recordset(")
		c.bytes(body.JSON)
		c.put(")")
	default:
		c.put("json_to_record(")
		c.bytes(body.JSON)
		c.put(")")
	}
	c.definition(columns)
}

// record writes the one object of a body, or the first of several, as a source with the columns' types.
func (c *compiler) record(columns []plan.Assigned, body plan.Body) {
	c.put("(select cast(")
	c.bytes(body.JSON)
	c.put(" as json)")
	if body.Many {
		c.put(" -> 0")
	}
	c.put(") as pergola_elements(pergola_element), json_to_record(pergola_element)")
	c.definition(columns)
}

// definition writes the column definitions of a record that comes from a body.
func (c *compiler) definition(columns []plan.Assigned) {
	c.put(" as ", plan.BodyAlias, "(")
	c.list(len(columns), ", ", func(i int) {
		c.ident(columns[i].Column.Name)
		if columns[i].Parse == (catalog.Name{}) {
			c.put(" ", columns[i].Column.TypeMod)
		} else {
			c.put(" json")
		}
	})
	c.put(")")
}

// conflict writes what happens to rows that are already there. A row that is merged counts itself, so that the answer can
// tell new rows from changed ones on views too.
func (c *compiler) conflict(in plan.Insert) {
	if in.Conflict == nil {
		return
	}
	c.put(" on conflict (")
	c.list(len(in.Conflict.On), ", ", func(i int) { c.ident(in.Conflict.On[i]) })
	c.put(") do ")
	if !in.Conflict.Merge {
		c.put("nothing")
		return
	}
	c.put("update set ")
	names := merged(in)
	c.list(len(names), ", ", func(i int) {
		c.ident(names[i])
		c.put(" = excluded.")
		c.ident(names[i])
	})
	if c.settings {
		c.put(" where set_config('pergola.merged', cast(coalesce(cast(nullif(current_setting('pergola.merged', true), '')",
			" as bigint), 0) + 1 as text), true) is not null")
	}
}

// merged are the columns that a merge sets: those of the body, but for the ones that are equal already. Where that leaves
// none, the first of those.
func merged(in plan.Insert) []string {
	var names []string
	for _, a := range in.Columns {
		if !slices.Contains(in.Conflict.On, a.Column.Name) {
			names = append(names, a.Column.Name)
		}
	}
	if len(names) == 0 {
		names = in.Conflict.On[:1]
	}
	return names
}

func (c *compiler) update(wr plan.Write, up plan.Update) {
	if up.Body.Empty || len(up.Columns) == 0 {
		c.nothing(wr)
		return
	}
	c.put("update ")
	c.target(wr.Target)
	c.put(" set ")
	c.list(len(up.Columns), ", ", func(i int) {
		c.ident(up.Columns[i].Column.Name)
		c.put(" = ")
		c.assigned(wr.Target, up.Columns[i])
	})
	c.put(" from ")
	c.record(up.Columns, up.Body)
	c.where(append(slices.Clone(wr.Guard), up.Where...))
	c.returning(wr)
}
