package pg

import (
	"cmp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// typeInfo is one row of pg_type, with what it takes to name it.
type typeInfo struct {
	catalog.Name
	text     string // format_type without a modifier, as messages show it
	cast     string // format_type for casts: bpchar instead of character, which would cut to one character
	kind     string // typtype: b, c, d, e, m, p, r
	category string // typcategory: A for arrays
	base     uint32 // what a domain is made of
	element  uint32
	relation uint32 // pg_class of a composite type
	array    uint32
	row      bool // the row type of a table or view, not a type of its own
	labels   []string
}

// typesSQL leaves out the row types of the system's catalogues and their arrays, some hundreds that hardly anything is made
// of, unless the parameter asks for all. A cast is spelled like the type itself but for bpchar and bit, which without a length
// would mean a length of one; an array is spelled like its elements, with []. Only types of the system may have another
// spelling in SQL than their name, for which format_type looks each of them up.
const typesSQL = `
select t.oid,
       n.nspname,
       t.typname,
       case
         when e.typarray = t.oid then ''
         when n.nspname = 'pg_catalog' then format_type(t.oid, null)
         else quote_ident(n.nspname) || '.' || quote_ident(t.typname)
       end,
       case when t.oid in (1042, 1560) then format_type(t.oid, -1) else '' end,
       t.typtype::text,
       t.typcategory::text,
       t.typbasetype,
       t.typelem,
       t.typrelid,
       t.typarray,
       c.relkind is not null and c.relkind <> 'c'
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  left join pg_type e on e.oid = t.typelem
 where n.nspname !~ '^pg_(toast|temp_)'
   and ($1 or n.nspname not in ('pg_catalog', 'information_schema') or t.typtype <> 'c' and e.typtype is distinct from 'c')`

func (r *reading) scanTypes(rows pgx.Rows) error {
	var oid uint32
	var t typeInfo
	into := []any{
		&oid, &t.Schema, &t.Name.Name, &t.text, &t.cast, &t.kind, &t.category, &t.base, &t.element, &t.relation, &t.array, &t.row,
	}
	_, err := pgx.ForEachRow(rows, into, func() error {
		found := t
		found.cast = cmp.Or(t.cast, t.text)
		r.types[oid] = &found
		return nil
	})
	r.spellArrays()
	return err
}

func (r *reading) spellArrays() {
	for _, t := range r.types {
		if t.text == "" {
			element := r.typ(t.element)
			t.text, t.cast = element.text+"[]", element.cast+"[]"
		}
	}
}

// enumsSQL gives the place of a label too, for the fingerprint: two labels may have changed their names with each other.
const enumsSQL = `
select enumtypid, enumlabel, enumsortorder
  from pg_enum
 order by enumtypid, enumsortorder`

func (r *reading) scanEnums(rows pgx.Rows) error {
	var oid uint32
	var label string
	_, err := pgx.ForEachRow(rows, []any{&oid, &label, nil}, func() error {
		if t, ok := r.types[oid]; ok {
			t.labels = append(t.labels, label)
		}
		return nil
	})
	return err
}

// typ gives the type of an oid. One that was left out is noted, so that all are read; after that it belongs to some
// session's temporary objects and has no name.
func (r *reading) typ(oid uint32) *typeInfo {
	if t, ok := r.types[oid]; ok {
		return t
	}
	r.missed = true
	return &typeInfo{}
}

// root gives the type that a domain is made of in the end; any other type is its own root.
func (r *reading) root(oid uint32) *typeInfo {
	t := r.typ(oid)
	for t.kind == "d" {
		t = r.typ(t.base)
	}
	return t
}

// describe fills in what a column's type says about it.
func (r *reading) describe(c *catalog.Column, oid uint32) {
	root := r.root(oid)
	c.Type, c.BaseType = r.typ(oid).cast, root.cast
	c.Composite, c.Array = root.kind == "c", root.category == "A"
	c.Enum = root.labels
	c.PlainType = c.TypeMod
	if root.Schema == "pg_catalog" {
		c.PlainType = root.text
	}
}

// sqlAliases are the names that PostgreSQL's grammar gives a meaning of its own, with that meaning. They go before the
// names in pg_type: there "char" and "bit" are something else.
var sqlAliases = map[string]string{
	"int": "integer", "decimal": "numeric", "dec": "numeric", "float": "double precision", "bit": "bit(1)",
	"char": "character(1)", "character": "character(1)", "nchar": "character(1)", "national character": "character(1)",
	"varchar": "character varying", "char varying": "character varying", "national character varying": "character varying",
	"time": "time without time zone", "timestamp": "timestamp without time zone",
}

// addTypes lists the spellings that a cast may use: the system's types, those of the search path by their bare name,
// the first schema winning, and each by its qualified name; with [] for its array, which also has the name that the
// system gave it (_int4).
func (r *reading) addTypes() {
	r.src.Types = make(map[string]string, 4*len(r.types))
	schemas := append(append([]string{"pg_catalog"}, r.scope.Schemas...), r.scope.ExtraSearchPath...)
	rank := make(map[string]int, len(schemas))
	for i, s := range schemas {
		if _, seen := rank[s]; !seen {
			rank[s] = i
		}
	}
	bySchema := make([][]*typeInfo, len(schemas))
	for _, t := range r.types {
		if i, ok := rank[t.Schema]; ok && r.castable(t) {
			bySchema[i] = append(bySchema[i], t)
		}
	}
	for alias, cast := range sqlAliases {
		r.spellAs(alias, cast, true)
	}
	for _, types := range bySchema {
		for _, t := range types {
			r.spell(t)
		}
	}
}

// castable leaves out pseudo types and the row types of relations, and their arrays.
func (r *reading) castable(t *typeInfo) bool {
	if t.category == "A" && t.element != 0 {
		return r.castable(r.typ(t.element))
	}
	return t.kind != "p" && !t.row
}

func (r *reading) spell(t *typeInfo) {
	hasArray := t.array != 0
	r.spellAs(t.Name.Name, t.cast, hasArray)
	r.spellAs(t.String(), t.cast, hasArray)
	r.spellAs(strings.ToLower(t.text), t.cast, hasArray)
}

func (r *reading) spellAs(spelling, cast string, hasArray bool) {
	if _, taken := r.src.Types[spelling]; taken {
		return
	}
	r.src.Types[spelling] = cast
	if hasArray {
		r.src.Types[spelling+"[]"] = cast + "[]"
	}
}
