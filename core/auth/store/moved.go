package store

import (
	"context"
	"strconv"
	"time"
)

// Moved is a refresh token that is a row of auth.refresh_tokens, which sessions have that GoTrue made.
type Moved struct {
	Token     string    `json:"token"`
	Parent    string    `json:"parent"` // the token that this one took the place of; "" for the first
	Revoked   bool      `json:"revoked"`
	UpdatedAt time.Time `json:"updated_at"`
}

// MovedSession is a token that was presented, and what it belongs to.
type MovedSession struct {
	Presented Moved
	Active    *Moved  // the session's youngest token that is not revoked; nil for none
	Session   Session // without an id where the token belongs to no session
	User      User
}

const movedSQL = `
select json_build_object(
           'presented', row_to_json(t),
           'active', (
               select row_to_json(a)
                 from auth.refresh_tokens as a
                where a.session_id = t.session_id
                  and not a.revoked
                order by a.id desc
                limit 1),
           'visitor', ` + visitorOf + `)
  from auth.refresh_tokens as t
  left join auth.sessions as s on s.id = t.session_id
  left join auth.users as u on u.id = s.user_id
 where t.token = $1`

// Moved gives what a token of 12 characters belongs to; false when nobody issued it.
func (s *Store) Moved(ctx context.Context, token string) (MovedSession, bool, error) {
	var row struct {
		Presented Moved   `json:"presented"`
		Active    *Moved  `json:"active"`
		Visitor   visitor `json:"visitor"`
	}
	found, err := s.ask(ctx, &row, true, movedSQL, text(token))
	session, user := row.Visitor.whole()
	return MovedSession{Presented: row.Presented, Active: row.Active, Session: session, User: user}, found, err
}

// rotateSQL finds the presented token as it was read, so that of several at once one is first.
const rotateSQL = `
with presented as (
    update auth.refresh_tokens as t
       set revoked = true, updated_at = r.updated_at
      from json_populate_record(null::auth.sessions, $1::json) as r
     where t.token = $2
       and t.revoked = $4::boolean
    returning t.*
), child as (
    insert into auth.refresh_tokens (instance_id, token, parent, user_id, session_id, revoked, created_at, updated_at)
    select p.instance_id, $3, p.token, p.user_id, p.session_id, false, p.updated_at, p.updated_at
      from presented as p
    returning *
), refreshed as (
    update auth.sessions as s
       set refreshed_at = r.refreshed_at, updated_at = r.updated_at, user_agent = coalesce(nullif(r.user_agent, ''), s.user_agent),
           ip = coalesce(r.ip, s.ip)
      from json_populate_record(null::auth.sessions, $1::json) as r
      join child as c on c.session_id = r.id
     where s.id = r.id
    returning s.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $5::json) as r
      join refreshed as s on true
     where r.id is not null
)
select row_to_json(s)
  from refreshed as s`

// Rotate revokes a token that was presented and issues next, its child, in its place, if the token is as it was read; false
// when it is not, or its session is gone, and then nothing is written.
func (s *Store) Rotate(ctx context.Context, r Refresh, presented Moved, next string) (Session, bool, error) {
	var session Session
	found, err := s.ask(ctx, &session, false, rotateSQL, r.row(), text(presented.Token), text(next),
		text(strconv.FormatBool(presented.Revoked)), s.entry(r.Entry))
	return session, found, err
}
