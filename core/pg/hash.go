package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// hashSQL gives one short text that changes with the schema. A transaction that changes a row of a catalogue gives it a
// newer xmin, so that for each catalogue the number of rows and the sum of their xmin cannot both stay the same.
const hashSQL = `
with own as (
    select oid, xmin from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
),
relation as (
    select c.oid, c.xmin from pg_class c join own on own.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
),
marks as (
    select 1 as place, count(*) as n, sum(xmin::text::bigint) as x from own
    union all
    select 2, count(*), sum(xmin::text::bigint) from relation
    union all
    select 3, count(*), sum(a.xmin::text::bigint) from pg_attribute a join relation r on r.oid = a.attrelid where a.attnum > 0
    union all
    select 4, count(*), sum(k.xmin::text::bigint) from pg_constraint k join own on own.oid = k.connamespace
    union all
    select 5, count(*), sum(p.xmin::text::bigint) from pg_proc p join own on own.oid = p.pronamespace
    union all
    select 6, count(*), sum(t.xmin::text::bigint) from pg_type t join own on own.oid = t.typnamespace
    union all
    select 7, count(*), sum(w.xmin::text::bigint) from pg_rewrite w join relation r on r.oid = w.ev_class
    union all
    select 8, count(*), sum(g.xmin::text::bigint) from pg_trigger g join relation r on r.oid = g.tgrelid where not g.tgisinternal
    union all
    select 9, count(*), sum(d.xmin::text::bigint) from pg_attrdef d join relation r on r.oid = d.adrelid
    union all
    select 10, count(*), sum(xmin::text::bigint) from pg_enum
    union all
    select 11, count(*), sum(xmin::text::bigint) from pg_cast
    union all
    select 12, count(*), sum(xmin::text::bigint) from pg_description
    union all
    select 13, count(*), sum(xmin::text::bigint) from pg_db_role_setting
    union all
    select 14, count(*), sum(xmin::text::bigint) from pg_auth_members
)
select md5(string_agg(concat_ws(':', place, n, x), ',' order by place)) from marks`

// CatalogHash gives a short text that changes whenever a snapshot of the schema might. It is cheap enough to be asked for
// every few seconds. Grants and policies are not in it: no snapshot depends on them.
func CatalogHash(ctx context.Context, db *DB) (string, error) {
	c, err := db.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer db.release(c)
	var hash string
	scan := func(rows pgx.Rows) (err error) {
		hash, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		return err
	}
	if err := readTogether(ctx, c.Conn(), []catalogQuery{{about: "hash", sql: hashSQL, scan: scan}}); err != nil {
		return "", faultOf(ctx, "hashing the catalogues", err)
	}
	return hash, nil
}
