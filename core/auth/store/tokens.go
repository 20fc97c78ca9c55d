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

// Token gives the one-time token with a hash, of one of several kinds, and its user; false when there is none.
func (s *Store) Token(ctx context.Context, hash string, kinds []string, audience string) (Token, User, bool, error) {
	var row struct {
		Token  Token  `json:"token"`
		Person person `json:"person"`
	}
	found, err := s.ask(ctx, &row, true, tokenSQL, text(hash), records(kinds), text(audience))
	return row.Token, row.Person.whole(), found, err
}

// redeemSQL takes the token away first: of several who bring it at once one finds it. It also shows that the address is the
// user's, since the token was sent there.
const redeemSQL = `
with redeemed as (
    delete from auth.one_time_tokens as t
     using json_populate_record(null::auth.sessions, $1::json) as r, auth.users as u
     where t.id = $5::uuid
       and t.token_hash = $6
       and t.user_id = r.user_id
       and u.id = t.user_id
       and ` + mayEnter + `
    returning t.user_id
), member as (
    update auth.users as u
       set last_sign_in_at = r.created_at, updated_at = r.created_at, email_confirmed_at = coalesce(u.email_confirmed_at, r.created_at),
           raw_user_meta_data = case
               when u.raw_user_meta_data ? 'email_verified' then u.raw_user_meta_data || '{"email_verified": true}'
               else u.raw_user_meta_data end
      from json_populate_record(null::auth.sessions, $1::json) as r
      join redeemed as t on t.user_id = r.user_id
     where u.id = r.user_id
    returning u.*
)` + enterSQL

// Redeem takes a token that was sent to the user's address, counts the address as confirmed, and signs the user in as SignIn
// does; false when the token is gone or another one has taken its place, or the user is gone or banned, and then nothing is
// written.
func (s *Store) Redeem(ctx context.Context, t Token, n SignIn) (Session, User, bool, error) {
	var v visitor
	found, err := s.ask(ctx, &v, false, redeemSQL, record(n.Session), record(n.Method), text(n.Provider), record(n.Entry), text(t.ID), text(t.Hash))
	session, user := v.whole()
	return session, user, found, err
}

// failSQL counts against every token of the address, and burns those that were guessed at too often. The user's other tokens
// are not touched.
const failSQL = `
with guessed as (
    select t.id, t.token_hash
      from auth.one_time_tokens as t
      join auth.users as u on u.id = t.user_id
     where lower(u.email) = lower($1)
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

// Fail counts a wrong guess of the code that was sent to an address, by all instances together, and takes away tokens that
// were guessed at most times: no number of addresses to guess from helps then. The count is forgotten at the time expires. It
// gives how many tokens were taken away.
func (s *Store) Fail(ctx context.Context, email string, kinds []string, expires time.Time, most int) (int, error) {
	var burnt int
	_, err := s.ask(ctx, &burnt, false, failSQL, text(email), records(kinds), moment(expires), text(strconv.Itoa(most)))
	return burnt, err
}
