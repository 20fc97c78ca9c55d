package store

import (
	"context"
	"strconv"
	"time"
)

// sweepSQL takes a bounded number of rows of each table: databases bound what one transaction may write. What is older than the
// second time is worth nothing, whatever the settings were when it was made.
const sweepSQL = `
with windows as (
    delete from auth_internal.rate_limits as l
     where l.bucket in (select o.bucket from auth_internal.rate_limits as o where o.expires_at <= $1::timestamptz limit $3::bigint)
    returning 1
), failures as (
    delete from auth_internal.token_failures as f
     where f.token_hash in (select o.token_hash from auth_internal.token_failures as o where o.expires_at <= $1::timestamptz limit $3::bigint)
    returning 1
), states as (
    delete from auth.flow_state as s
     where s.id in (select o.id from auth.flow_state as o where o.created_at <= $2::timestamptz limit $3::bigint)
    returning 1
), departures as (
    delete from auth.oauth_client_states as s
     where s.id in (select o.id from auth.oauth_client_states as o where o.created_at <= $2::timestamptz limit $3::bigint)
    returning 1
), challenges as (
    delete from auth.mfa_challenges as c
     where c.id in (select o.id from auth.mfa_challenges as o where o.created_at <= $2::timestamptz limit $3::bigint)
    returning 1
), guards as (
    delete from auth_internal.factor_guards as g
     where g.factor_id in (
               select o.factor_id
                 from auth_internal.factor_guards as o
                where o.updated_at <= $2::timestamptz
                  and not exists (select from auth.mfa_factors as f where f.id = o.factor_id)
                limit $3::bigint)
    returning 1
)
select to_json((select count(*) from windows) + (select count(*) from failures) + (select count(*) from states)
             + (select count(*) from departures) + (select count(*) from challenges) + (select count(*) from guards))`

// Sweep deletes what has expired at the time now, and what was begun before the time stale and never came to an end: up to
// limit rows of each table. It gives the number of all.
func (s *Store) Sweep(ctx context.Context, now, stale time.Time, limit int) (int, error) {
	var n int
	_, err := s.ask(ctx, &n, false, sweepSQL, moment(now), moment(stale), text(strconv.Itoa(limit)))
	return n, err
}
