package sqlgen

import (
	"errors"

	"github.com/pergola-dev/pergola/core/dialect"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/policy"
	"github.com/pergola-dev/pergola/core/query"
	"github.com/pergola-dev/pergola/core/stmt"
)

// Target is what a statement is written for.
type Target struct {
	Dialect dialect.Facts
	// Abort is the random value by which a statement undoes itself. It is made once per process and told to nobody.
	Abort string
}

// usualLength is more than the text of most statements of a kind has, in bytes.
func usualLength(a plan.Action) int {
	if w, ok := a.(plan.Write); ok && w.Result != nil {
		return 1152 // what it shows it gives back first
	}
	return 768
}

// errUnguarded is the error of a plan that never passed policy.Guard: a fault in the program, not in a request.
var errUnguarded = errors.New("compile: the plan is not guarded")

// Compile writes the statement of a guarded plan. It refuses the zero value. The statement has no settings yet, not even the
// plan's: the caller puts them all around it.
func Compile(g policy.Guarded, t Target) (stmt.Statement, error) {
	p, ok := g.Plan()
	if !ok {
		return stmt.Statement{}, errUnguarded
	}
	c := &compiler{to: t, plan: p}
	c.sql.Grow(usualLength(p.Action))
	c.settings = t.Dialect.Settings
	c.explain()
	switch a := p.Action.(type) {
	case plan.Read:
		c.read(a)
	case plan.Write:
		c.write(a)
	case plan.Call:
		c.call(a)
	case plan.Describe:
		c.describe(a)
	}
	return c.statement(), nil
}

// compiler writes one statement.
type compiler struct {
	writer
	to   Target
	plan plan.Plan
	// aborts: the statement can undo itself.
	aborts bool
	// estimate is the second statement, which asks the planner for a number of rows.
	estimate *stmt.Query
}

func (c *compiler) statement() stmt.Statement {
	s := stmt.Statement{
		SQL: c.sql.String(), Args: c.args, ReadOnly: c.plan.ReadOnly, Isolation: c.plan.Isolation, Estimate: c.estimate,
	}
	if c.plan.Rollback {
		s.End = stmt.Rollback
	}
	switch {
	case c.plan.Explain != nil:
		s.Shape = stmt.Lines
	case c.plan.Stream:
		s.Shape = stmt.Rows
	}
	if c.aborts {
		s.Abort = c.to.Abort
	}
	return s
}

// explain writes the head of a statement whose plan is asked for.
func (c *compiler) explain() {
	e := c.plan.Explain
	if e == nil {
		return
	}
	c.put("explain (")
	if e.JSON {
		c.put("format json")
	} else {
		c.put("format text")
	}
	for _, option := range []struct {
		name string
		on   bool
	}{{"analyze", e.Analyze}, {"verbose", e.Verbose}, {"settings", e.Settings}, {"buffers", e.Buffers}, {"wal", e.WAL}} {
		if option.on {
			c.put(", ", option.name)
		}
	}
	c.put(") ")
}

// read writes the statement of rows of a relation.
func (c *compiler) read(r plan.Read) {
	encoding := c.plan.Media.Encoding
	if r.HeadersOnly {
		encoding = plan.NoBody{}
	}
	c.answer(answer{tree: r.Select, encoding: encoding, row: r.Select})
	c.put(" from (")
	c.selection(r.Select, nil)
	c.put(") as ", rowAlias)
}

// rowAlias is what the rows of the answer are called in the outermost select.
const rowAlias = `"pergola_row"`

// answer is what the outermost select makes of the rows.
type answer struct {
	// tree is the node whose rows are counted; nil where the rows of the answer are all there are.
	tree     *plan.Select
	encoding plan.Encoding
	row      *plan.Select // the node whose values a row has; nil where the rows are no node's
	// checked: a write or a call, which a wrong number of rows undoes.
	checked bool
	// exactly is the number of rows that must have been written; 0 for any.
	exactly int
	// value is the one column of the rows of a function that returns values; "" for rows.
	value string
	// set: the function returns any number of values.
	set      bool
	location []plan.Column
	upsert   bool
}

// single reports whether the answer is one value as JSON, so that there is nothing to count or to collect.
func (a answer) single() bool {
	_, array := a.encoding.(plan.JSONArray)
	_, object := a.encoding.(plan.JSONObject)
	return (array || object) && a.value != "" && !a.set
}

// answer writes the outermost select list, which is stmt.AnswerColumns, or a row of its own for each row.
func (c *compiler) answer(a answer) {
	c.put("select ")
	if c.plan.Stream {
		c.line(a)
		return
	}
	c.total(a)
	c.put(" as total, ")
	c.rows(a)
	c.put(" as rows, ")
	c.body(a)
	c.put(" as body, ")
	c.response()
	c.location(a.location)
	c.put(" as location, ")
	c.inserted(a.upsert)
	c.put(" as inserted")
}

// total writes the number of rows on all pages. Where there is only one page it is the page's own number.
func (c *compiler) total(a answer) {
	mode := c.plan.Count.Mode
	switch {
	case mode == query.CountNone || mode == query.CountPlanned:
		c.put("null")
	case a.single():
		c.put("1")
	case a.tree == nil || a.tree.Limit == nil && a.tree.Offset == 0:
		c.put("count(*)")
	default:
		c.put("(select count(*) from (")
		c.counted(a.tree)
		if most := c.plan.Count.Exact; mode == query.CountEstimated && most > 0 {
			c.put(" limit ")
			c.param(itoa(most + 1))
		}
		c.put(") as counted)")
	}
	if a.tree != nil && (mode == query.CountPlanned || mode == query.CountEstimated) {
		c.estimate = estimate(a.tree)
	}
}

// estimate is the statement that asks the planner how many rows a node has.
func estimate(s *plan.Select) *stmt.Query {
	if _, ok := s.From.(plan.Table); !ok {
		return nil // only the statement itself knows what it produces
	}
	var w writer
	w.put("explain (format json) ")
	w.counted(s)
	return &stmt.Query{SQL: w.sql.String(), Args: w.args}
}

// rows writes the number of rows on the page, or undoes the statement when a write has the wrong number of them. The
// database fails to read the abort value as a number, and says which value it was.
func (c *compiler) rows(a answer) {
	if a.single() {
		c.put("1")
		return
	}
	if !a.checked || !(c.plan.Single || a.exactly > 0 || c.plan.MaxAffected != nil) {
		c.put("count(*)")
		return
	}
	c.aborts = true
	c.put("case")
	if a.exactly > 0 {
		c.put(" when count(*) <> 1 then ")
		c.abort(stmt.AbortKey)
	}
	if c.plan.Single {
		c.put(" when count(*) <> 1 then ")
		c.abort(stmt.AbortSingle)
	}
	if c.plan.MaxAffected != nil {
		c.put(" when count(*) > cast(")
		c.param(itoa(*c.plan.MaxAffected))
		c.put(" as bigint) then ")
		c.abort(stmt.AbortAffected)
	}
	c.put(" else count(*) end")
}

func (c *compiler) abort(reason string) {
	c.put("cast(cast(")
	c.param(c.to.Abort + ":" + reason + ":")
	c.put(" as text) || count(*) as bigint)")
}

// response writes the settings that the request's own functions may have made.
func (c *compiler) response() {
	if !c.settings {
		c.put("null as headers, null as status, ")
		return
	}
	c.put("nullif(current_setting('response.headers', true), '') as headers, " +
		"nullif(current_setting('response.status', true), '') as status, ")
}

// location writes the names and values of the key of the one row written, as JSON.
func (c *compiler) location(columns []plan.Column) {
	if len(columns) == 0 {
		c.put("null")
		return
	}
	c.put("case when count(*) = 1 then min(cast(json_build_array(")
	c.list(len(columns), ", ", func(i int) {
		c.put("json_build_array(cast(")
		c.param(columns[i].Name)
		c.put(" as text), to_json(", rowAlias, ".")
		c.ident(columns[i].Name)
		c.put(") #>> '{}')")
	})
	c.put(") as text)) end")
}

// inserted writes how many rows of an upsert were new: all of them, less those that counted themselves as changed.
func (c *compiler) inserted(upsert bool) {
	if !upsert || !c.settings {
		c.put("null")
		return
	}
	c.put("count(*) - coalesce(cast(nullif(current_setting('pergola.merged', true), '') as bigint), 0)")
}
