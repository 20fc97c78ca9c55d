package pg

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// functionRow is one row of pg_proc. Modes, names and types list every parameter, those of the result included; modes
// and names are empty where PostgreSQL stores none.
type functionRow struct {
	oid        uint32
	name       catalog.Name
	volatility string
	returns    uint32
	set        bool
	inputs     int
	defaults   int
	modes      []string
	names      []string
	types      []uint32
	config     []string
}

const functionsSQL = `
select p.oid,
       n.nspname,
       p.proname,
       p.provolatile::text,
       p.prorettype,
       p.proretset,
       p.pronargs,
       p.pronargdefaults,
       coalesce(p.proargmodes::text[], '{}'),
       coalesce(p.proargnames, '{}'),
       coalesce(p.proallargtypes, p.proargtypes::oid[]),
       coalesce(p.proconfig, '{}')
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
 where n.nspname = any ($1) and p.prokind = 'f' and p.oid >= $2::oid
 order by n.nspname, p.proname, p.oid`

func (r *reading) scanFunctions(rows pgx.Rows) error {
	var f functionRow
	into := []any{
		&f.oid, &f.name.Schema, &f.name.Name, &f.volatility, &f.returns, &f.set, &f.inputs, &f.defaults,
		&f.modes, &f.names, &f.types, &f.config,
	}
	_, err := pgx.ForEachRow(rows, into, func() error {
		r.functions = append(r.functions, f)
		f.modes, f.names, f.types, f.config = nil, nil, nil, nil
		return nil
	})
	r.leaveOutOfReach()
	return err
}

// addFunctions keeps the functions that are for queries and that a request can name the arguments of.
func (r *reading) addFunctions() {
	for _, row := range r.functions {
		if !r.forQueries(row) {
			continue
		}
		f := r.function(row)
		if callable(f.Params) {
			r.src.Functions = append(r.src.Functions, f)
		}
	}
}

// serverTypes are the results, in pg_catalog, of functions that the server alone calls.
var serverTypes = []string{
	"trigger", "event_trigger", "internal", "language_handler", "fdw_handler", "index_am_handler", "table_am_handler", "tsm_handler",
}

// forQueries leaves out triggers, handlers of languages and the like, and whatever takes an argument that SQL cannot write.
func (r *reading) forQueries(row functionRow) bool {
	returns := r.typ(row.returns).Name
	if returns.Schema == "pg_catalog" && slices.Contains(serverTypes, returns.Name) {
		return false
	}
	return !slices.ContainsFunc(row.types, func(oid uint32) bool { return oid == internalOID })
}

// internalOID is the type of arguments that are C pointers (pg_type.dat).
const internalOID = 2281

func (r *reading) function(row functionRow) *catalog.Function {
	f := &catalog.Function{
		Name: row.name, OID: row.oid, Comment: r.functionComments[row.oid], Params: r.params(row), Returns: r.result(row),
		Volatility: volatilities[row.volatility],
	}
	for _, entry := range row.config {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "default_transaction_isolation":
			f.Isolation = strings.ToLower(value)
		case slices.Contains(r.scope.HoistedSettings, name):
			f.Settings = append(f.Settings, catalog.Setting{Name: name, Value: value})
		}
	}
	slices.SortFunc(f.Settings, func(a, b catalog.Setting) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// volatilities are the letters of pg_proc.provolatile.
var volatilities = map[string]catalog.Volatility{"i": catalog.Immutable, "s": catalog.Stable, "v": catalog.Volatile}

// The letters of pg_proc.proargmodes: i and b are inputs, b and o and t outputs, v is the variadic input.
const (
	inputModes  = "ibv"
	outputModes = "bot"
)

// mode is that of a parameter by its place; without modes all are inputs.
func (row *functionRow) mode(i int) string {
	if len(row.modes) == 0 {
		return "i"
	}
	return row.modes[i]
}

func (row *functionRow) paramName(i int) string {
	if len(row.names) == 0 {
		return ""
	}
	return row.names[i]
}

// params gives the inputs. The last ones have the defaults.
func (r *reading) params(row functionRow) []catalog.Param {
	params := make([]catalog.Param, 0, row.inputs)
	for i, oid := range row.types {
		if !strings.Contains(inputModes, row.mode(i)) {
			continue
		}
		t := r.typ(oid)
		params = append(params, catalog.Param{
			Name: row.paramName(i), Type: t.text, TypeMod: t.cast,
			Required: len(params) < row.inputs-row.defaults, Variadic: row.mode(i) == "v",
		})
	}
	return params
}

// bodyTypes are the types of a single unnamed parameter that takes the whole body of a request.
var bodyTypes = []string{"bytea", "json", "jsonb", "text", "xml"}

// callable reports whether a request can give the arguments: by name, or as its body where there is one unnamed parameter.
func callable(params []catalog.Param) bool {
	if len(params) == 1 && params[0].Name == "" {
		return slices.Contains(bodyTypes, params[0].Type)
	}
	return !slices.ContainsFunc(params, func(p catalog.Param) bool { return p.Name == "" && p.Required })
}

// result describes what the function gives back. OUT and TABLE columns make a row even when there is only one of them,
// except where the one is a row itself.
func (r *reading) result(row functionRow) catalog.Returns {
	own, root := r.typ(row.returns), r.root(row.returns)
	ret := catalog.Returns{Set: row.set, Type: own.Name, Text: own.text}
	columns := r.outputs(row)
	switch {
	case root.Name == catalog.Name{Schema: "pg_catalog", Name: "void"}:
		ret.Kind = catalog.Void
	case root.kind == "c":
		ret.Kind, ret.Type = catalog.Composite, root.Name
		r.describeRow(&ret, root)
	case len(columns) > 0:
		ret.Kind, ret.Columns = catalog.Composite, columns
		ret.Type = catalog.Name{Schema: "pg_catalog", Name: "record"}
	}
	return ret
}

// describeRow says which relation the row belongs to, or lists the columns of a composite type.
func (r *reading) describeRow(ret *catalog.Returns, row *typeInfo) {
	rel, ok := r.relations[row.relation]
	if !ok {
		return
	}
	ret.Type = rel.Name
	ret.Relation = rel.isTable
	if !rel.isTable {
		ret.Columns = rel.Columns
	}
}

// outputs gives the OUT, INOUT and TABLE columns.
func (r *reading) outputs(row functionRow) []catalog.Column {
	var columns []catalog.Column
	for i, oid := range row.types {
		if !strings.Contains(outputModes, row.mode(i)) {
			continue
		}
		c := catalog.Column{Name: row.paramName(i), TypeMod: r.typ(oid).text, Nullable: true}
		r.describe(&c, oid)
		columns = append(columns, c)
	}
	return columns
}
