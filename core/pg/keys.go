package pg

import (
	"cmp"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// key is a primary key, a unique constraint or a foreign key. Columns are in the order of the constraint.
type key struct {
	name     string
	kind     string // contype: p, u, f
	table    uint32
	columns  []int16
	target   uint32 // of a foreign key
	toCols   []int16
	oneToOne bool // a foreign key whose columns are also a key of their own table
}

// keysSQL reads the keys of every schema, because an exposed view may show a table that is not exposed. The copies that a
// foreign key leaves on partitions are passed over: the partitioned table has the original.
const keysSQL = `
select k.conname,
       k.contype::text,
       k.conrelid,
       k.conkey,
       k.confrelid,
       coalesce(k.confkey, '{}')
  from pg_constraint k
  join pg_namespace n on n.oid = k.connamespace
 where k.contype in ('p', 'u', 'f')
   and (k.contype <> 'f' or k.conparentid = 0)
   and k.oid >= 16384
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by k.conrelid, k.conname`

func (r *reading) scanKeys(rows pgx.Rows) error {
	var k key
	into := []any{&k.name, &k.kind, &k.table, &k.columns, &k.target, &k.toCols}
	_, err := pgx.ForEachRow(rows, into, func() error {
		found := k
		k = key{}
		r.keys = append(r.keys, found)
		if rel, ok := r.relations[found.table]; ok && found.kind == "p" {
			rel.PrimaryKey = columnNames(rel, found.columns)
		}
		return nil
	})
	if err == nil {
		r.markOneToOne()
	}
	return err
}

// markOneToOne finds the foreign keys whose columns, as a set, are a primary key or a unique constraint. Unique indexes
// that are no constraint do not count, as in PostgREST.
func (r *reading) markOneToOne() {
	unique := map[uint32][]map[int16]bool{}
	for _, k := range r.keys {
		if k.kind != "f" {
			unique[k.table] = append(unique[k.table], setOf(k.columns))
		}
	}
	for i := range r.keys {
		k := &r.keys[i]
		if k.kind != "f" {
			continue
		}
		for _, u := range unique[k.table] {
			k.oneToOne = k.oneToOne || sameSet(u, k.columns)
		}
	}
}

func setOf[T comparable](list []T) map[T]bool {
	set := make(map[T]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set
}

func sameSet(set map[int16]bool, list []int16) bool {
	return len(set) == len(list) && within(list, set)
}

// within reports whether every member of list is in set.
func within[T comparable](list []T, set map[T]bool) bool {
	for _, v := range list {
		if !set[v] {
			return false
		}
	}
	return true
}

func compareNames(a, b catalog.Name) int {
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
}
