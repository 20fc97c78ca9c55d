package pg

import (
	"slices"

	"github.com/jackc/pgx/v5"
)

// commentsSQL reads the comments of all relations, columns and functions at once: most have none, and to look for one at each
// of them costs more.
const commentsSQL = `
select d.classoid = 'pg_proc'::regclass, d.objoid, d.objsubid, d.description
  from pg_description d
 where d.objoid >= $1::oid and d.classoid in ('pg_class'::regclass, 'pg_proc'::regclass)`

func (r *reading) scanComments(rows pgx.Rows) error {
	var ofFunction bool
	var oid uint32
	var column int16 // 0 for the relation itself
	var comment string
	_, err := pgx.ForEachRow(rows, []any{&ofFunction, &oid, &column, &comment}, func() error {
		if ofFunction {
			r.functionComments[oid] = comment
		} else if rel, ok := r.relations[oid]; ok {
			rel.giveComment(column, comment)
		}
		return nil
	})
	return err
}

func (r *relation) giveComment(column int16, comment string) {
	if column == 0 {
		r.Comment = comment
	} else if i, ok := slices.BinarySearch(r.numbers, column); ok {
		r.Columns[i].Comment = comment
	}
}

const schemaCommentsSQL = `
select n.nspname, d.description
  from pg_namespace n
  join pg_description d on d.objoid = n.oid and d.classoid = 'pg_namespace'::regclass
 where n.nspname = any ($1)`

func (r *reading) scanSchemaComments(rows pgx.Rows) error {
	var schema, comment string
	_, err := pgx.ForEachRow(rows, []any{&schema, &comment}, func() error {
		r.src.SchemaComments[schema] = comment
		return nil
	})
	return err
}
