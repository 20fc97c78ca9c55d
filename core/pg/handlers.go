package pg

import (
	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// representationsSQL reads the implicit casts by function between a domain and json or text, which are what PostgREST
// calls data representations; those without a domain have to be left out.
const representationsSQL = `
select c.castsource, c.casttarget, n.nspname, p.proname
  from pg_cast c
  join pg_proc p on p.oid = c.castfunc
  join pg_namespace n on n.oid = p.pronamespace
 where c.castcontext = 'i'
   and c.castmethod = 'f'
   and c.oid >= 16384
   and ('json'::regtype in (c.castsource, c.casttarget) or 'text'::regtype in (c.castsource, c.casttarget))
 order by c.castsource, c.casttarget`

func (r *reading) scanRepresentations(rows pgx.Rows) error {
	var from, to uint32
	var f catalog.Name
	_, err := pgx.ForEachRow(rows, []any{&from, &to, &f.Schema, &f.Name}, func() error {
		if r.represents(from, to) {
			r.src.Representations = append(r.src.Representations, catalog.Representation{
				From: r.typ(from).cast, To: r.typ(to).cast, Function: f,
			})
		}
		return nil
	})
	return err
}

// represents reports whether one of the types is a domain and the other one json or text.
func (r *reading) represents(from, to uint32) bool {
	plain := func(oid uint32) bool { return oid == jsonOID || oid == textOID }
	return r.typ(from).kind == "d" && plain(to) || r.typ(to).kind == "d" && plain(from)
}

// The oids of the types json and text (pg_type.dat).
const (
	textOID = 25
	jsonOID = 114
)

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
   and p.oid >= $2::oid
   and t.oid >= 16384
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
