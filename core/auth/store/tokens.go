package store

import (
	"context"
	"strconv"
	"time"
)

const tokenSQL = `
select json_build_object('token', row_to_json(t), 'person', ` + personOf + `)
  from auth.one_time_tokens as t
  join auth.users as u on u.id = t.user_id
 where t.token_hash = $1
   and t.token_type::text in (select json_array_elements_text($2::json))
   and u.aud = $3
   and ` + instance

const tokenOfCodeSQL = `
select json_build_object('token', row_to_json(t), 'person', ` + personOf + `)
  from auth.one_time_tokens as t
  join auth.users as u on u.id = t.user_id
 where t.token_hash in ($1, 'pkce_' || $1)
   and t.token_type::text in (select json_array_elements_text($2::json))
   and u.aud = $3
   and ` + instance

// Token gives the one-time token with a hash, of one of several kinds, and its user; false when there is none.
func (s *Store) Token(ctx context.Context, hash string, kinds []string, audience string) (Token, User, bool, error) {
	return s.token(ctx, tokenSQL, text(hash), records(kinds), text(audience))
}

// TokenOfCode is Token by the hash of a code, which is the same for a token whose link ends in another code (PKCE), although
// that one is marked.
func (s *Store) TokenOfCode(ctx context.Context, hash string, kinds []string, audience string) (Token, User, bool, error) {
	return s.token(ctx, tokenOfCodeSQL, text(hash), records(kinds), text(audience))
}

func (s *Store) token(ctx context.Context, sql string, args ...[]byte) (Token, User, bool, error) {
	var row struct {
		Token  Token  `json:"token"`
		Person person `json:"person"`
	}
	found, err := s.ask(ctx, &row, true, sql, args...)
	return row.Token, row.Person.whole(), found, err
}

// What a statement does that has redeemed the token of the user u, at the time r.created_at: it counts the address as
// confirmed, and takes away the user's other tokens of these kinds, which were sent to the same address. The columns are
// those where GoTrue keeps a second copy of them.
const (
	confirms = `email_confirmed_at = coalesce(u.email_confirmed_at, r.created_at),
           confirmation_token = '', recovery_token = '',
           raw_user_meta_data = case
               when u.raw_user_meta_data ? 'email_verified' then u.raw_user_meta_data || '{"email_verified": true}'
               else u.raw_user_meta_data end`

	spend = `
    delete from auth.one_time_tokens as t
     using redeemed as d
     where t.user_id = d.user_id
       and t.id <> d.id
       and t.token_type::text in ('confirmation_token', 'recovery_token')`
)

// confirmsNumber is confirms for a token that was sent to the user's number.
const confirmsNumber = `phone_confirmed_at = coalesce(u.phone_confirmed_at, r.created_at),
           confirmation_token = '', is_anonymous = false,
           raw_user_meta_data = case
               when u.raw_user_meta_data ? 'phone_verified' then u.raw_user_meta_data || '{"phone_verified": true}'
               else u.raw_user_meta_data end`

// Redeeming takes the token away first: of several who bring it at once one finds it. It also shows that the address or the
// number is the user's, since the token was sent there.
const (
	redeemSQL       = redeeming + redeemed + confirms + entered
	redeemNumberSQL = redeeming + ` and u.phone = t.relates_to` + redeemed + confirmsNumber + entered

	redeeming = `
with redeemed as (
    delete from auth.one_time_tokens as t
     using json_populate_record(null::auth.sessions, $1::json) as r, auth.users as u
     where t.id = $5::uuid
       and t.token_hash = $6
       and t.user_id = r.user_id
       and u.id = t.user_id
       and ` + mayEnter
	redeemed = `
    returning t.id, t.user_id
), spent as (` + spend + `
), member as (
    update auth.users as u
       set last_sign_in_at = r.created_at, updated_at = r.created_at, `
	entered = `
      from json_populate_record(null::auth.sessions, $1::json) as r
      join redeemed as t on t.user_id = r.user_id
     where u.id = r.user_id
    returning u.*
)` + enterSQL
)

// Redeem takes a token that was sent to the user's address, counts the address as confirmed, and signs the user in as SignIn
// does; false when the token is gone or another one has taken its place, or the user is gone or banned, and then nothing is
// written. With the provider "phone" it is about the user's number.
func (s *Store) Redeem(ctx context.Context, t Token, n SignIn) (Session, User, bool, error) {
	sql := redeemSQL
	if n.Provider == ByPhone {
		sql = redeemNumberSQL
	}
	var v visitor
	found, err := s.ask(ctx, &v, false, sql, record(n.Session), record(n.Method), text(n.Provider), s.entry(n.Entry), text(t.ID), text(t.Hash))
	session, user := v.whole()
	return session, user, found, err
}

// redeemForCodeSQL does what redeemSQL does, but in the place of the session it ends the youngest state of the user's that
// waits for this.
const redeemForCodeSQL = `
with waiting as (
    select f.id, r.user_id, r.auth_code, r.auth_code_issued_at as created_at
      from auth.flow_state as f
      join json_populate_record(null::auth.flow_state, $1::json) as r on r.user_id = f.user_id
     where f.authentication_method in (select json_array_elements_text($5::json))
       and f.code_challenge is not null
       and f.auth_code_issued_at is null
     order by f.created_at desc, f.id
     limit 1
), redeemed as (
    delete from auth.one_time_tokens as t
     using waiting as r, auth.users as u
     where t.id = $2::uuid
       and t.token_hash = $3
       and t.user_id = r.user_id
       and u.id = t.user_id
       and ` + mayEnter + `
    returning t.id, t.user_id
), spent as (` + spend + `
), member as (
    update auth.users as u
       set updated_at = r.created_at, ` + confirms + `
      from waiting as r
      join redeemed as t on t.user_id = r.user_id
     where u.id = r.user_id
    returning u.id
), issued as (
    update auth.flow_state as f
       set auth_code = r.auth_code, auth_code_issued_at = r.created_at, updated_at = r.created_at
      from waiting as r
      join member as u on u.id = r.user_id
     where f.id = r.id
    returning f.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $4::json) as r
      join issued as f on true
     where r.id is not null
)
select row_to_json(f)
  from issued as f`

// RedeemForCode takes a token as Redeem does, and ends the user's youngest state of one of the methods, which then has the
// code and the time that f has; false when there is no such state, or for what Redeem gives false, and then nothing is
// written. Of f, user, code and time are looked at.
func (s *Store) RedeemForCode(ctx context.Context, t Token, f FlowState, methods []string, e Entry) (FlowState, bool, error) {
	var issued FlowState
	found, err := s.ask(ctx, &issued, false, redeemForCodeSQL, record(f), text(t.ID), text(t.Hash), s.entry(e), records(methods))
	return issued, found, err
}

const waitsSQL = `
select to_json(count(*))
  from auth.flow_state as f
 where f.user_id = $1::uuid
   and f.authentication_method in (select json_array_elements_text($2::json))
   and f.code_challenge is not null
   and f.auth_code_issued_at is null`

// Waits reports whether a state of the user's waits for one of the methods to end it.
func (s *Store) Waits(ctx context.Context, user string, methods []string) (bool, error) {
	var n int
	_, err := s.ask(ctx, &n, true, waitsSQL, text(user), records(methods))
	return n > 0, err
}

// failSQL counts against every token that was sent there, and burns those that were guessed at too often. Other tokens
// are not touched.
const failSQL = `
with guessed as (
    select t.id, t.token_hash
      from auth.one_time_tokens as t
     where t.relates_to = lower($1)
       and t.token_type::text in (select json_array_elements_text($2::json))
), counted as (
    insert into auth_internal.token_failures as f (token_hash, failures, expires_at)
    select g.token_hash, 1, $3::timestamptz
      from guessed as g
        on conflict (token_hash) do update
       set failures = f.failures + 1
    returning f.token_hash, f.failures
), burnt as (
    delete from auth.one_time_tokens as t
     using guessed as g
      join counted as c on c.token_hash = g.token_hash
     where t.id = g.id
       and c.failures >= $4::integer
    returning 1
)
select to_json(count(*))
  from burnt`

// Fail counts a wrong guess of the code that was sent to an address or a number, by all instances together, and takes away tokens that
// were guessed at most times: no number of addresses to guess from helps then. The count is forgotten at the time expires. It
// gives how many tokens were taken away.
func (s *Store) Fail(ctx context.Context, to string, kinds []string, expires time.Time, most int) (int, error) {
	var burnt int
	_, err := s.ask(ctx, &burnt, false, failSQL, text(to), records(kinds), moment(expires), text(strconv.Itoa(most)))
	return burnt, err
}
