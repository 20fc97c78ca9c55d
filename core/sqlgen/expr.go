package sqlgen

import (
	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/query"
)

// expr writes a condition. Everything that has parts stands in parentheses.
func (w *writer) expr(e plan.Expr) {
	switch e := e.(type) {
	case plan.And:
		w.logic(e.Terms, " and ", "true")
	case plan.Or:
		w.logic(e.Terms, " or ", "false")
	case plan.Not:
		w.put("not ")
		w.put("(")
		w.expr(e.Term)
		w.put(")")
	case plan.Equal:
		w.binary(e.Left, "=", e.Right)
	case plan.Compare:
		w.compare(e)
	case plan.In:
		w.in(e)
	case plan.Is:
		w.value(e.Left)
		w.put(isTests[e.Value])
	case plan.Distinct:
		w.binary(e.Left, "is distinct from", e.Right)
	case plan.FullText:
		w.fullText(e)
	case plan.Exists:
		w.exists(e.Embed)
	default:
		panic("sqlgen: an expression that nothing is known of")
	}
}

func (w *writer) logic(terms []plan.Expr, operator, empty string) {
	if len(terms) == 0 {
		w.put(empty)
		return
	}
	w.put("(")
	w.list(len(terms), operator, func(i int) { w.expr(terms[i]) })
	w.put(")")
}

func (w *writer) binary(left plan.Value, operator string, right plan.Value) {
	w.value(left)
	w.put(" ", operator, " ")
	w.value(right)
}

// operators holds the SQL of each operator of the grammar.
var operators = [...]string{
	query.Eq: "=", query.Neq: "<>", query.Gt: ">", query.Gte: ">=", query.Lt: "<", query.Lte: "<=",
	query.Like: "like", query.ILike: "ilike", query.Match: "~", query.IMatch: "~*",
	query.Contains: "@>", query.ContainedBy: "<@", query.Overlaps: "&&",
	query.StrictlyLeft: "<<", query.StrictlyRight: ">>", query.NotExtendsRight: "&<", query.NotExtendsLeft: "&>",
	query.Adjacent: "-|-",
}

// isTests holds the SQL of each test for a null or a truth value.
var isTests = [...]string{
	query.Null: " is null", query.NotNull: " is not null", query.True: " is true", query.False: " is false",
	query.Unknown: " is unknown",
}

func (w *writer) compare(e plan.Compare) {
	if e.Quantifier == query.Single {
		w.binary(e.Left, operators[e.Op], e.Right)
		return
	}
	w.value(e.Left)
	w.put(" ", operators[e.Op])
	if e.Quantifier == query.Any {
		w.put(" any (")
	} else {
		w.put(" all (")
	}
	w.value(e.Right)
	w.put(")")
}

// in writes a membership test with the whole list as one parameter, so that its length does not show in the text. An empty
// list is written as one, for then the database need not know how to read an element.
func (w *writer) in(e plan.In) {
	w.value(e.Left)
	w.put(" = any (")
	list := e.List
	if e.Empty {
		list = "{}"
	}
	if e.Parse == (catalog.Name{}) {
		w.param(list)
		w.put(")")
		return
	}
	w.put("array(select ")
	w.name(e.Parse)
	w.put("(element) from unnest(cast(")
	w.param(list)
	w.put(" as text[])) as list(element)))")
}

// textParsers holds the function that reads each kind of text search query.
var textParsers = [...]string{
	query.ToTSQuery: "to_tsquery", query.PlainToTSQuery: "plainto_tsquery", query.PhraseToTSQuery: "phraseto_tsquery",
	query.WebSearch: "websearch_to_tsquery",
}

func (w *writer) fullText(e plan.FullText) {
	if e.Vector {
		w.value(e.Left)
	} else {
		w.put("to_tsvector(")
		w.language(e.Language)
		w.value(e.Left)
		w.put(")")
	}
	w.put(" @@ ", textParsers[e.Parser], "(")
	w.language(e.Language)
	w.param(e.Query)
	w.put(")")
}

func (w *writer) language(name string) {
	if name == "" {
		return
	}
	w.put("cast(")
	w.param(name)
	w.put(" as regconfig), ")
}

// exists asks for a row of an embed's node, whatever page it is on.
func (w *writer) exists(e *plan.Embed) {
	w.put("exists (select 1")
	w.from(e.Select, e)
	w.restrict(e.Select, e, true)
	w.put(")")
}

// value writes a value.
func (w *writer) value(v plan.Value) {
	switch v := v.(type) {
	case *plan.Column:
		w.column(v.Of, v.Name)
	case plan.Computed:
		w.name(v.Function)
		w.put("(")
		w.ident(v.Of)
		w.put(".*)")
	case plan.Row:
		w.row(v)
	case plan.JSONPath:
		w.path(v)
	case plan.Apply:
		w.name(v.Function)
		w.put("(")
		w.value(v.Argument)
		w.put(")")
	case plan.Literal:
		w.literal(v)
	case plan.Related:
		w.related(v)
	default:
		panic("sqlgen: a value that nothing is known of")
	}
}

func (w *writer) row(r plan.Row) {
	if r.Columns == nil {
		w.ident(r.Of)
		w.put(".*")
		return
	}
	w.put("cast(row(")
	w.list(len(r.Columns), ", ", func(i int) { w.column(r.Of, r.Columns[i]) })
	w.put(") as ")
	w.name(r.Type)
	w.put(")")
}

// path writes the steps into a JSON value. Keys and indexes are parameters.
func (w *writer) path(p plan.JSONPath) {
	w.put("(")
	if p.Convert {
		w.put("to_jsonb(")
	}
	w.value(p.Base)
	if p.Convert {
		w.put(")")
	}
	for _, s := range p.Steps {
		if s.Text {
			w.put(" ->> cast(")
		} else {
			w.put(" -> cast(")
		}
		w.param(s.Key)
		if s.Index {
			w.put(" as integer)")
		} else {
			w.put(" as text)")
		}
	}
	w.put(")")
}

func (w *writer) literal(l plan.Literal) {
	if l.Type == "" {
		w.param(l.Text)
		return
	}
	w.put("cast(")
	w.param(l.Text)
	w.put(" as ", l.Type, ")")
}

// related writes a value of the one row of an embed, for an order by it.
func (w *writer) related(r plan.Related) {
	w.put("(select ")
	w.value(r.Value)
	w.from(r.Embed.Select, r.Embed)
	w.restrict(r.Embed.Select, r.Embed, true)
	w.put(" limit 1)")
}
