package store

import (
	"context"
	"strconv"
	"time"
)

// Count is one use of a bucket, which names a limit and whom it holds for.
type Count struct {
	Bucket string
	At     time.Time
	Window time.Duration
}

// args are those that useSQL begins with.
func (c Count) args() [][]byte {
	seconds := strconv.FormatFloat(c.Window.Seconds(), 'f', 3, 64) + " seconds"
	return [][]byte{text(c.Bucket), moment(c.At), text(seconds)}
}

// countUse counts in a window that begins with its first use. A window that has ended counts as none.
const countUse = `
insert into auth_internal.rate_limits as l (bucket, used, expires_at)
values ($1, 1, $2::timestamptz + $3::interval)
    on conflict (bucket) do update
   set used = case when l.expires_at <= $2::timestamptz then 1 else l.used + 1 end,
       expires_at = case when l.expires_at <= $2::timestamptz then excluded.expires_at else l.expires_at end`

const useSQL = countUse + `
returning to_json(l.used)`

// Use counts one use, and gives how often the bucket was used in its window by all instances together, this use included.
func (s *Store) Use(ctx context.Context, c Count) (int, error) {
	var used int
	_, err := s.ask(ctx, &used, false, useSQL, c.args()...)
	return used, err
}

const sessionCountedSQL = `
with counted as (` + countUse + `
    returning l.used
)
select json_build_object(
           'used', c.used,
           'visitor', (
               select ` + visitorOf + `
                 from auth.sessions as s
                 join auth.users as u on u.id = s.user_id
                where s.id = $4::uuid))
  from counted as c`

// SessionCounted is Session, and Use beside it, in one statement.
func (s *Store) SessionCounted(ctx context.Context, id string, c Count) (session Session, user User, used int, found bool, err error) {
	var row struct {
		Used    int      `json:"used"`
		Visitor *visitor `json:"visitor"`
	}
	_, err = s.ask(ctx, &row, false, sessionCountedSQL, append(c.args(), text(id))...)
	if row.Visitor != nil {
		session, user = row.Visitor.whole()
	}
	return session, user, row.Used, row.Visitor != nil, err
}
