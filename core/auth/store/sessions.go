package store

import (
	"context"
	"strconv"
	"time"
)

// visitor is how a session and its user come out of a statement.
type visitor struct {
	person
	Session Session  `json:"session"`
	Methods []Method `json:"methods"`
}

func (v visitor) whole() (Session, User) {
	v.Session.Methods = v.Methods
	return v.Session, v.person.whole()
}

// visitorOf is the JSON of the session whose row is s and of its user, whose row is u. Methods come newest first, as tokens
// name them.
const visitorOf = `json_build_object(
           'session', row_to_json(s),
           'methods', coalesce((
               select json_agg(m order by m.updated_at desc, m.id) from auth.mfa_amr_claims as m where m.session_id = s.id), '[]'),
           'user', row_to_json(u),
           ` + identitiesOf + `,
           ` + factorsOf + `)`

const sessionSQL = `
select ` + visitorOf + `
  from auth.sessions as s
  join auth.users as u on u.id = s.user_id
 where s.id = $1::uuid`

// Session gives a session, whose id is a UUID, and its user; false when there is none.
func (s *Store) Session(ctx context.Context, id string) (Session, User, bool, error) {
	var v visitor
	found, err := s.ask(ctx, &v, true, sessionSQL, text(id))
	session, user := v.whole()
	return session, user, found, err
}

// SignIn is what a sign-in writes.
type SignIn struct {
	Session  Session
	Method   Method // by which the user has shown who they are
	Provider string // of the identity that was used: ByEmail, ByPhone, ...
	Password string // the hash that the user has shown the password of, for SignIn; "" for none
	Entry    Entry
}

// signInSQL finds the user once more, so that one who was deleted or banned in the meantime gets no session, nor does one whose
// password is another by now: the new one has ended the sessions of the old.
const signInSQL = `
with member as (
    update auth.users as u
       set last_sign_in_at = r.created_at, updated_at = r.created_at
      from json_populate_record(null::auth.sessions, $1::json) as r
     where u.id = r.user_id
       and ($5 = '' or u.encrypted_password = $5)
       and ` + mayEnter + `
    returning u.*
)` + enterSQL

// mayEnter holds for a user u who may have the session r.
const mayEnter = `u.deleted_at is null
       and (u.banned_until is null or u.banned_until <= r.created_at)`

// enterSQL writes the session of a member, whose row the statement before it has found.
const enterSQL = `, new_session as (
    insert into auth.sessions (
           id, user_id, created_at, updated_at, aal, not_after, user_agent, ip, tag, refresh_token_hmac_key, refresh_token_counter)
    select r.id, r.user_id, r.created_at, r.created_at, r.aal, r.not_after, nullif(r.user_agent, ''), r.ip, nullif(r.tag, ''),
           r.refresh_token_hmac_key, r.refresh_token_counter
      from json_populate_record(null::auth.sessions, $1::json) as r
      join member as u on u.id = r.user_id
    returning *
), new_method as (
    insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
    select r.id, s.id, r.created_at, r.created_at, r.authentication_method
      from json_populate_record(null::auth.mfa_amr_claims, $2::json) as r
      join new_session as s on true
    returning *
), used_identity as (
    update auth.identities as i
       set last_sign_in_at = s.created_at, updated_at = s.created_at,
           identity_data = case
               when u.email_confirmed_at is not null and i.provider = 'email' and i.identity_data ? 'email_verified'
               then i.identity_data || '{"email_verified": true}'
               when u.phone_confirmed_at is not null and i.provider = 'phone' and i.identity_data ? 'phone_verified'
               then i.identity_data || '{"phone_verified": true}'
               else i.identity_data end
      from new_session as s
      join member as u on u.id = s.user_id
     where i.user_id = s.user_id
       and i.provider = $3
    returning i.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $4::json) as r
      join new_session as s on true
     where r.id is not null
)
select json_build_object(
           'session', row_to_json(s),
           'methods', (select json_agg(m) from new_method as m),
           'user', row_to_json(u),
           'identities', coalesce((
               select json_agg(coalesce(row_to_json(n), row_to_json(i)) order by i.created_at, i.id)
                 from auth.identities as i
                 left join used_identity as n on n.id = i.id
                where i.user_id = u.id), '[]'),
           ` + factorsOf + `)
  from new_session as s
  join member as u on u.id = s.user_id`

// SignIn writes a session, how it came about and a line of the audit log, and gives the session and the user as they are then;
// false when the user is gone or banned, or has another password, and then nothing is written.
func (s *Store) SignIn(ctx context.Context, n SignIn) (Session, User, bool, error) {
	var v visitor
	found, err := s.ask(ctx, &v, false, signInSQL, record(n.Session), record(n.Method), text(n.Provider), s.entry(n.Entry), text(n.Password))
	session, user := v.whole()
	return session, user, found, err
}

// Refresh is what the refresh of a session writes.
type Refresh struct {
	ID        string
	From      int64 // the counter that the session must have; Rotate does not look at it
	At        time.Time
	UserAgent string // "" keeps the last one
	IP        string // "" keeps the last one
	Entry     Entry
}

const refreshSQL = `
with advanced as (
    update auth.sessions as s
       set refresh_token_counter = s.refresh_token_counter + 1, refreshed_at = r.refreshed_at, updated_at = r.updated_at,
           user_agent = coalesce(nullif(r.user_agent, ''), s.user_agent), ip = coalesce(r.ip, s.ip)
      from json_populate_record(null::auth.sessions, $1::json) as r
     where s.id = r.id
       and s.refresh_token_counter = $2::bigint
    returning s.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $3::json) as r
      join advanced as s on true
     where r.id is not null
)
select row_to_json(s)
  from advanced as s`

// Refresh counts a session one up, if nobody else has; false when somebody has, or the session is gone, and then nothing is
// written.
func (s *Store) Refresh(ctx context.Context, r Refresh) (Session, bool, error) {
	var session Session
	found, err := s.ask(ctx, &session, false, refreshSQL, r.row(), text(strconv.FormatInt(r.From, 10)), s.entry(r.Entry))
	return session, found, err
}

// row is what a refresh changes of a session.
func (r Refresh) row() []byte {
	return record(struct {
		ID        string    `json:"id"`
		Refreshed Clock     `json:"refreshed_at"`
		UpdatedAt time.Time `json:"updated_at"`
		UserAgent string    `json:"user_agent"`
		IP        string    `json:"ip,omitempty"`
	}{r.ID, Clock{r.At}, r.At, r.UserAgent, r.IP})
}

// Scope is which sessions of a user end.
type Scope string

// The scopes of POST /logout.
const (
	Local  Scope = "local"  // the one
	Others Scope = "others" // all but the one
	Global Scope = "global" // all
)

// endSQL takes refresh tokens, factors' methods and what else belongs to a session along: foreign keys cascade.
const endSQL = `
with ended as (
    delete from auth.sessions as s
     where s.user_id = $1::uuid
       and case $3 when 'global' then true when 'others' then s.id <> $2::uuid else s.id = $2::uuid end
    returning s.id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $4::json) as r
     where r.id is not null
)
select to_json(count(*))
  from ended`

// End ends sessions of a user and gives their number. session is the one that the scope is about, a UUID.
func (s *Store) End(ctx context.Context, user, session string, scope Scope, e Entry) (int, error) {
	var n int
	_, err := s.ask(ctx, &n, false, endSQL, text(user), text(session), text(string(scope)), s.entry(e))
	return n, err
}
