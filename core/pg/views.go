package pg

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// viewsSQL reads the rewrite rules of all views, because an exposed view may stand on others that are not exposed.
const viewsSQL = `
select c.oid, w.ev_action::text
  from pg_rewrite w
  join pg_class c on c.oid = w.ev_class
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('v', 'm')
   and w.rulename = '_RETURN'
   and w.oid >= 16384
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

func (r *reading) scanViews(rows pgx.Rows) error {
	var view uint32
	var rule string
	_, err := pgx.ForEachRow(rows, []any{&view, &rule}, func() error {
		origins, err := parseOrigins(rule)
		if err != nil {
			return fmt.Errorf("view %d: %w", view, err)
		}
		r.views[view] = origins
		return nil
	})
	return err
}

// shown is what one view shows of one table: for each column of the table the columns of the view, in their order.
type shown map[int16][]int16

// tablesOf follows the columns of a view down to tables.
func (r *reading) tablesOf(view uint32) map[uint32]shown {
	tables := map[uint32]shown{}
	for _, o := range r.views[view] {
		table, column, ok := r.bottom(o)
		if !ok {
			continue
		}
		if tables[table] == nil {
			tables[table] = shown{}
		}
		tables[table][column] = append(tables[table][column], o.column)
	}
	return tables
}

// maxViewDepth bounds views of views; PostgreSQL lets a chain of replaced views become a circle.
const maxViewDepth = 100

// bottom follows one column through views of views; false when it ends in a computed column.
func (r *reading) bottom(o origin) (table uint32, column int16, ok bool) {
	for range maxViewDepth {
		below, isView := r.views[o.table]
		if !isView {
			return o.table, o.from, true
		}
		i := slices.IndexFunc(below, func(b origin) bool { return b.column == o.from })
		if i < 0 {
			return 0, 0, false
		}
		o = below[i]
	}
	return 0, 0, false
}

// viewKey is a key of a table as a view shows it: the view's columns in the order of the key's.
type viewKey struct {
	view    *relation
	columns []string
}

// ways gives every way in which a view shows all of the columns: several when it shows one of them twice. No way when a
// column is missing.
func (s shown) ways(view *relation, columns []int16) []viewKey {
	all := []viewKey{{view: view}}
	for _, c := range columns {
		var next []viewKey
		for _, way := range all {
			for _, number := range s[c] {
				next = append(next, viewKey{view, append(slices.Clip(way.columns), view.columnName(number))})
			}
		}
		all = next
	}
	return all
}

// addViewKeys gives each view the primary keys of the tables of which it shows the whole key.
func (r *reading) addViewKeys() {
	r.shownBy = map[uint32][]showing{}
	for oid := range r.views {
		view, ok := r.relations[oid]
		if !ok || !view.isTable {
			continue
		}
		for table, s := range r.tablesOf(oid) {
			r.shownBy[table] = append(r.shownBy[table], showing{view, s})
		}
	}
	for _, views := range r.shownBy {
		slices.SortFunc(views, func(a, b showing) int { return compareNames(a.view.Name, b.view.Name) })
	}
	for _, k := range r.keys {
		if k.kind == "p" {
			r.addViewKey(k)
		}
	}
}

func (r *reading) addViewKey(k key) {
	for _, s := range r.shownBy[k.table] {
		if ways := s.shown.ways(s.view, k.columns); len(ways) > 0 {
			s.view.PrimaryKey = append(s.view.PrimaryKey, ways[0].columns...)
		}
	}
}

// showing is a view together with what it shows of some table.
type showing struct {
	view  *relation
	shown shown
}
