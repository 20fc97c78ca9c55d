package store

import (
	"context"
	"encoding/json"
	"time"
)

// The providers of the identities that a user has here, and not somewhere else.
const (
	ByEmail = "email"
	ByPhone = "phone"
)

// PhoneChangeToken is the kind of the token of a change of number, which goes to the new one.
const PhoneChangeToken = "phone_change_token"

const newTextSQL = `
with due as (
    update auth.users as u
       set confirmation_sent_at = r.created_at at time zone 'utc', updated_at = r.created_at at time zone 'utc'
      from json_populate_record(null::auth.one_time_tokens, $1::json) as r
     where u.id = r.user_id
       and u.phone = r.relates_to
       and (u.confirmation_sent_at is null or u.confirmation_sent_at <= $2::timestamptz)
    returning u.*
)` + putToken

// NewText is NewConfirmation for a token that goes to the user's number, which it relates to, whether or not the number is
// confirmed: it lets in who has it.
func (s *Store) NewText(ctx context.Context, t Token, before time.Time, e Entry) (User, bool, error) {
	return s.put(ctx, newTextSQL, t, before, e)
}

// PhoneChange is the use of the token of a change of number.
type PhoneChange struct {
	UserID     string          `json:"user_id"`
	TokenID    string          `json:"token_id"`
	Hash       string          `json:"token_hash"`
	Phone      string          `json:"phone"`      // the new number, which the user has to be waiting for
	Identities []Identity      `json:"identities"` // as Update has it
	AppData    json.RawMessage `json:"app_data"`   // an object that goes over the application's metadata, or nil
	At         time.Time       `json:"at"`
	Entries    []Entry         `json:"entries"`
}

const confirmPhoneSQL = `
with asked as (
    select r.*
      from json_to_record($1::json) as r (
           user_id uuid, token_id uuid, token_hash text, phone text, identities json, app_data jsonb, at timestamptz, entries json)
), used as (
    delete from auth.one_time_tokens as t
     using asked as r, auth.users as u
     where t.id = r.token_id
       and t.token_hash = r.token_hash
       and t.user_id = r.user_id
       and u.id = t.user_id
       and u.deleted_at is null
       and (u.banned_until is null or u.banned_until <= r.at)
       and u.phone_change = r.phone
    returning t.user_id
), member as (
    update auth.users as u
       set updated_at = r.at, phone = r.phone, phone_confirmed_at = r.at, phone_change = '', phone_change_token = '', is_anonymous = false,
           raw_user_meta_data = case when jsonb_typeof(u.raw_user_meta_data) = 'object' then u.raw_user_meta_data else '{}' end
                             || '{"phone_verified": true}',
           raw_app_meta_data = case when r.app_data is null then u.raw_app_meta_data
               else case when jsonb_typeof(u.raw_app_meta_data) = 'object' then u.raw_app_meta_data else '{}' end || r.app_data end
      from asked as r
      join used as t on t.user_id = r.user_id
     where u.id = r.user_id
       and u.phone_change = r.phone
    returning u.*
), cleared as (
    delete from auth.one_time_tokens as t
     using member as u, asked as r
     where t.user_id = u.id
       and t.id <> r.token_id
` + identitiesFollow + entriesFollow + `
select ` + followedOf + `
  from member as u`

// ConfirmPhoneChange takes the token of a change of number, and changes the number; then all other tokens of the user go, as after
// a change of address. It is false where the token is gone or the user is not as the change says, and then nothing is written. The
// error is ErrTaken where the number has become somebody else's; then nothing is written either.
func (s *Store) ConfirmPhoneChange(ctx context.Context, c PhoneChange) (User, bool, error) {
	var p person
	c.Identities, c.Entries = append([]Identity{}, c.Identities...), s.entries(c.Entries)
	found, err := s.ask(ctx, &p, false, confirmPhoneSQL, record(c))
	return p.whole(), found, err
}
