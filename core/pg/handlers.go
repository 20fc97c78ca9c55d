package pg

import (
	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// representationsSQL reads the implicit casts by function between a domain and json or text, which are what PostgREST
// calls data representations.
const representationsSQL = `
select c.castsource, c.casttarget, n.nspname, p.proname
  from pg_cast c
  join pg_type s on s.oid = c.castsource
  join pg_type t on t.oid = c.casttarget
  join pg_proc p on p.oid = c.castfunc
  join pg_namespace n on n.oid = p.pronamespace
 where c.castcontext = 'i'
   and c.castmethod = 'f'
   and (s.typtype = 'd' and t.oid in ('json'::regtype, 'text'::regtype)
        or t.typtype = 'd' and s.oid in ('json'::regtype, 'text'::regtype))
 order by c.castsource, c.casttarget`

func (r *reading) scanRepresentations(rows pgx.Rows) error {
	var from, to uint32
	var f catalog.Name
	_, err := pgx.ForEachRow(rows, []any{&from, &to, &f.Schema, &f.Name}, func() error {
		r.src.Representations = append(r.src.Representations, catalog.Representation{
			From: r.typ(from).cast, To: r.typ(to).cast, Function: f,
		})
		return nil
	})
	return err
}

// mediaHandlersSQL reads the functions, and the aggregates over one row, whose result is a domain named like a media
// type. The pattern is PostgREST's.
const mediaHandlersSQL = `
select n.nspname,
       p.proname,
       lower(t.typname),
       p.prokind = 'a',
       coalesce(a.typrelid, 0)
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_type t on t.oid = p.prorettype
  left join pg_type a on p.prokind = 'a' and a.oid = p.proargtypes[0]
 where n.nspname = any ($1)
   and t.typtype = 'd'
   and (t.typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$' or t.typname = '*/*')
   and (p.prokind = 'f' or p.prokind = 'a' and p.pronargs = 1 and (a.typrelid <> 0 or a.oid = 'anyelement'::regtype))
 order by n.nspname, p.proname, p.oid`

func (r *reading) scanMediaHandlers(rows pgx.Rows) error {
	var h catalog.MediaHandler
	var argument uint32
	into := []any{&h.Function.Schema, &h.Function.Name, &h.MediaType, &h.Aggregate, &argument}
	_, err := pgx.ForEachRow(rows, into, func() error {
		found := h
		if argument != 0 {
			rel, ok := r.relations[argument]
			if !ok {
				return nil // an aggregate over rows that no request can ask for
			}
			found.Relation = rel.Name
		}
		r.src.MediaHandlers = append(r.src.MediaHandlers, found)
		return nil
	})
	return err
}
