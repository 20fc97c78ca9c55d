package pg

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// computedFunction is a function whose only argument is a row of a relation.
type computedFunction struct {
	name    catalog.Name
	from    uint32 // pg_class of the argument's type
	returns uint32
	set     bool
	single  bool // at most one row: no set, or declared with ROWS 1
}

const computedSQL = `
select n.nspname, p.proname, a.typrelid, p.prorettype, p.proretset, not p.proretset or p.prorows = 1
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_type a on a.oid = p.proargtypes[0]
 where p.pronargs = 1
   and p.prokind = 'f'
   and a.typrelid <> 0
   and p.oid >= 16384
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by n.nspname, p.proname, p.oid`

func (r *reading) scanComputed(rows pgx.Rows) error {
	var f computedFunction
	_, err := pgx.ForEachRow(rows, []any{&f.name.Schema, &f.name.Name, &f.from, &f.returns, &f.set, &f.single}, func() error {
		r.computed = append(r.computed, f)
		return nil
	})
	return err
}

// computedRelationships are the functions from a row of one relation to rows of another, whatever schema they lie in.
func (r *reading) computedRelationships() []*catalog.Relationship {
	var found []*catalog.Relationship
	for _, f := range r.computed {
		from, to := r.relations[f.from], r.relations[r.typ(f.returns).relation]
		if from == nil || to == nil || !from.isTable || !to.isTable {
			continue
		}
		rel := &catalog.Relationship{
			From: from.Name, To: to.Name, Cardinality: catalog.OneToMany, Function: f.name,
			FromView: from.isView(), ToView: to.isView(),
		}
		if f.single {
			rel.Cardinality = catalog.ManyToOne
		}
		found = append(found, rel)
	}
	return found
}

// addComputedFields gives each relation the functions of its row that yield one value. PostgreSQL finds such a function
// by the search path of the request, which is the relation's schema and the extra ones; so the first of these wins.
func (r *reading) addComputedFields() {
	for _, f := range r.computed {
		rel, ok := r.relations[f.from]
		if !ok || f.set || !r.nearer(rel, f.name) {
			continue
		}
		if rel.Computed == nil {
			rel.Computed = map[string]catalog.ComputedField{}
		}
		root := r.root(f.returns)
		rel.Computed[f.name.Name] = catalog.ComputedField{
			Function: f.name, Type: r.typ(f.returns).cast, Composite: root.kind == "c", Array: root.category == "A",
		}
	}
}

// nearer reports whether the function is on the search path, and before the one that the relation has under that name.
func (r *reading) nearer(rel *relation, function catalog.Name) bool {
	path := append([]string{rel.Schema}, r.scope.ExtraSearchPath...)
	place := slices.Index(path, function.Schema)
	if place < 0 {
		return false
	}
	other, taken := rel.Computed[function.Name]
	return !taken || place < slices.Index(path, other.Function.Schema)
}
