package store

import (
	"context"
	"time"
)

// The beginnings of statements that send a user a new token: due is the user, if the last mail of the kind went out early
// enough. The rest is putToken.
const (
	newConfirmationSQL = `
with due as (
    update auth.users as u
       set confirmation_sent_at = r.created_at at time zone 'utc', updated_at = r.created_at at time zone 'utc'
      from json_populate_record(null::auth.one_time_tokens, $1::json) as r
     where u.id = r.user_id
       and u.email_confirmed_at is null
       and (u.confirmation_sent_at is null or u.confirmation_sent_at <= $2::timestamptz)
    returning u.*
)` + putToken

	newRecoverySQL = `
with due as (
    update auth.users as u
       set recovery_sent_at = r.created_at at time zone 'utc', updated_at = r.created_at at time zone 'utc'
      from json_populate_record(null::auth.one_time_tokens, $1::json) as r
     where u.id = r.user_id
       and lower(u.email) = r.relates_to
       and (u.recovery_sent_at is null or u.recovery_sent_at <= $2::timestamptz)
    returning u.*
)` + putToken
)

// putToken writes the token with what belongs to it only if there is the user.
const putToken = `, new_token as (
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
    select r.id, r.user_id, r.token_type, r.token_hash, r.relates_to, r.created_at, r.created_at
      from json_populate_record(null::auth.one_time_tokens, $1::json) as r
      join due as u on u.id = r.user_id
        on conflict (user_id, token_type) do update
       set id = excluded.id, token_hash = excluded.token_hash, relates_to = excluded.relates_to,
           created_at = excluded.created_at, updated_at = excluded.updated_at
), new_state as (` + writeFlowState + `
      from json_populate_recordset(null::auth.flow_state, $4::json) as r
      join due as u on u.id = r.user_id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $3::json) as r
      join due as u on true
     where r.id is not null
)
select ` + personOf + `
  from due as u`

// NewConfirmation puts a new token in the place of the user's last one, if the address is not confirmed and the last mail
// about it went out at before or earlier; false when not, and then nothing is written.
func (s *Store) NewConfirmation(ctx context.Context, t Token, before time.Time, e Entry) (User, bool, error) {
	return s.put(ctx, newConfirmationSQL, t, before, e)
}

// NewRecovery is NewConfirmation for a token that lets somebody in who has lost the password or has none, whether or not the
// address is confirmed. The token relates to the address that the user must still have, in lower case.
func (s *Store) NewRecovery(ctx context.Context, t Token, before time.Time, e Entry) (User, bool, error) {
	return s.put(ctx, newRecoverySQL, t, before, e)
}

func (s *Store) put(ctx context.Context, sql string, t Token, before time.Time, e Entry) (User, bool, error) {
	var p person
	found, err := s.ask(ctx, &p, false, sql, record(t), moment(before), s.entry(e), records(states([]Token{t})))
	return p.whole(), found, err
}

// states are those that tokens go on with.
func states(tokens []Token) []FlowState {
	var all []FlowState
	for _, t := range tokens {
		if t.State != nil {
			all = append(all, *t.State)
		}
	}
	return all
}

// A turn is counted beside the look for a user, whose row is u.
const (
	turnBegins = `
with counted as (` + countUse + `
    returning l.used, l.expires_at
)
select json_build_object(
           'used', c.used,
           'expires_at', c.expires_at,
           'person', (
               select ` + personOf + `
                 from auth.users as u
                where u.aud = $5
                  and not u.is_sso_user
                  and ` + instance + `
                  and `
	turnEnds = `))
  from counted as c`

	userInTurnSQL        = turnBegins + `lower(u.email) = lower($4)` + turnEnds
	userInTurnByPhoneSQL = turnBegins + `u.phone = $4` + turnEnds
)

// UserInTurn is UserByEmail, and counts one use beside it. wait is how long it is until the window of the bucket ends, and 0
// for the one use that began it: there is one turn in a window, at all instances together.
func (s *Store) UserInTurn(ctx context.Context, email, audience string, c Count) (u User, found bool, wait time.Duration, err error) {
	return s.inTurn(ctx, userInTurnSQL, c, text(email), text(audience))
}

// UserInTurnByPhone is UserInTurn for a number.
func (s *Store) UserInTurnByPhone(ctx context.Context, phone, audience string, c Count) (u User, found bool, wait time.Duration, err error) {
	return s.inTurn(ctx, userInTurnByPhoneSQL, c, text(phone), text(audience))
}

func (s *Store) inTurn(ctx context.Context, sql string, c Count, args ...[]byte) (u User, found bool, wait time.Duration, err error) {
	var row struct {
		Used    int       `json:"used"`
		Expires time.Time `json:"expires_at"`
		Person  *person   `json:"person"`
	}
	if _, err = s.ask(ctx, &row, false, sql, append(c.args(), args...)...); err != nil {
		return User{}, false, 0, err
	}
	if row.Person != nil {
		u = row.Person.whole()
	}
	if row.Used > 1 {
		wait = row.Expires.Sub(c.At)
	}
	return u, row.Person != nil, wait, nil
}
