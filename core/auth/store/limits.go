package store

import (
	"context"
	"strconv"
	"time"
)

// useSQL counts in a window that begins with its first use. A window that has ended counts as none.
const useSQL = `
insert into auth_internal.rate_limits as l (bucket, used, expires_at)
values ($1, 1, $2::timestamptz + $3::interval)
    on conflict (bucket) do update
   set used = case when l.expires_at <= $2::timestamptz then 1 else l.used + 1 end,
       expires_at = case when l.expires_at <= $2::timestamptz then excluded.expires_at else l.expires_at end
returning to_json(l.used)`

// Use counts one use of a bucket, which names a limit and whom it holds for, at the time now, and gives how often it was used
// in its window by all instances together, this use included.
func (s *Store) Use(ctx context.Context, bucket string, now time.Time, window time.Duration) (int, error) {
	var used int
	seconds := strconv.FormatFloat(window.Seconds(), 'f', 3, 64) + " seconds"
	_, err := s.ask(ctx, &used, false, useSQL, text(bucket), moment(now), text(seconds))
	return used, err
}

// sweepSQL takes what has expired, a bounded number of rows at a time: databases bound what one transaction may write.
const sweepSQL = `
with expired as (
    select l.bucket
      from auth_internal.rate_limits as l
     where l.expires_at <= $1::timestamptz
     limit $2::bigint
), swept as (
    delete from auth_internal.rate_limits as l
     using expired as e
     where l.bucket = e.bucket
    returning 1
)
select to_json(count(*))
  from swept`

// Sweep deletes up to limit buckets whose windows have ended, and gives their number.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	var n int
	_, err := s.ask(ctx, &n, false, sweepSQL, moment(now), text(strconv.Itoa(limit)))
	return n, err
}
