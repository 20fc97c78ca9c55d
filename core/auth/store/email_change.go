package store

import (
	"context"
	"encoding/json"
	"time"
)

// The kinds of the tokens of a change of address: one goes to the address that is left, one to the new one.
const (
	EmailChangeCurrent = "email_change_token_current"
	EmailChangeNew     = "email_change_token_new"
)

// EmailChange is the use of a token of a change of address.
type EmailChange struct {
	UserID  string          `json:"user_id"`
	TokenID string          `json:"token_id"`
	Hash    string          `json:"token_hash"`
	Kind    string          `json:"token_type"`
	Email   string          `json:"email"`          // the new address, in lower case, which the user has to be waiting for
	Current string          `json:"current"`        // the address that the user has to have, in lower case; "" for none
	Both    bool            `json:"mutual"`         // whether both addresses have to be confirmed
	AppData json.RawMessage `json:"app_data"`       // an object that goes over the application's metadata with the change, or nil
	Code    string          `json:"code,omitempty"` // that ends the user's youngest flow of this kind with the change; "" for none
	At      time.Time       `json:"at"`
	Entries []Entry         `json:"entries"`

	Identities []Identity `json:"identities"` // as Update has it
}

// complete holds when the use r of a token completes the change of the user u. Where both sides have to be confirmed, the user's
// row tells which one has been: email_change_confirm_status is 1 for the current address, 2 for the new one, so that one side
// never counts as two. GoTrue writes 1 for either, and takes whatever is not 0 for one of both.
const complete = `(not r.mutual or coalesce(u.email_change_confirm_status, 0) = case r.token_type when '` + EmailChangeNew + `' then 1 else 2 end)`

// confirmChangeSQL decides on the user's row, where both sides that are used at once wait for each other, whether it is the
// second. What is 0 afterwards is complete.
const confirmChangeSQL = `
with asked as (
    select r.*
      from json_to_record($1::json) as r (
           user_id uuid, token_id uuid, token_hash text, token_type text, email text, current text, mutual boolean, identities json,
           app_data jsonb, code text, at timestamptz, entries json)
), waiting as (
    select f.id
      from auth.flow_state as f
      join asked as r on r.user_id = f.user_id
     where r.code is not null
       and f.authentication_method = 'email_change'
       and f.code_challenge is not null
       and f.auth_code_issued_at is null
     order by f.created_at desc, f.id
     limit 1
), used as (
    delete from auth.one_time_tokens as t
     using asked as r, auth.users as u
     where t.id = r.token_id
       and t.token_hash = r.token_hash
       and t.user_id = r.user_id
       and u.id = t.user_id
       and u.deleted_at is null
       and (u.banned_until is null or u.banned_until <= r.at)
       and lower(u.email_change) = r.email
       and coalesce(lower(u.email), '') = r.current
       and (r.code is null or exists (select 1 from waiting))
    returning t.user_id
), member as (
    update auth.users as u
       set updated_at = r.at,
           email_change_confirm_status = case when ` + complete + ` then 0 when r.token_type = '` + EmailChangeNew + `' then 2 else 1 end,
           email = case when ` + complete + ` then r.email else u.email end,
           email_change = case when ` + complete + ` then '' else u.email_change end,
           email_confirmed_at = case when ` + complete + ` then coalesce(u.email_confirmed_at, r.at) else u.email_confirmed_at end,
           is_anonymous = u.is_anonymous and not ` + complete + `,
           raw_user_meta_data = case when ` + complete + `
               then case when jsonb_typeof(u.raw_user_meta_data) = 'object' then u.raw_user_meta_data else '{}' end || '{"email_verified": true}'
               else u.raw_user_meta_data end,
           raw_app_meta_data = case when ` + complete + ` and r.app_data is not null
               then case when jsonb_typeof(u.raw_app_meta_data) = 'object' then u.raw_app_meta_data else '{}' end || r.app_data
               else u.raw_app_meta_data end
      from asked as r
      join used as t on t.user_id = r.user_id
     where u.id = r.user_id
       and lower(u.email_change) = r.email
    returning u.*
), cleared as (
    delete from auth.one_time_tokens as t
     using member as u, asked as r
     where t.user_id = u.id
       and u.email_change_confirm_status = 0
       and t.id <> r.token_id
), issued as (
    update auth.flow_state as f
       set auth_code = r.code, auth_code_issued_at = r.at, updated_at = r.at
      from waiting as w, asked as r
      join member as u on u.id = r.user_id
     where f.id = w.id
       and u.email_change_confirm_status = 0
` + identitiesFollow + entriesFollow + `
select json_build_object('complete', u.email_change_confirm_status = 0, 'person', ` + followedOf + `)
  from member as u`

// ConfirmEmailChange takes a token of a change of address, and changes the address if nothing more is asked for; then all other
// tokens of the user go, which were sent to the old one. It gives the user as they are then, and whether the change is complete.
// It is false where the token is gone, the user is not as the change says, or no flow waits for the code, and then nothing is
// written. The error is ErrTaken
// where the new address has become somebody else's; then nothing is written either.
func (s *Store) ConfirmEmailChange(ctx context.Context, c EmailChange) (user User, done, ok bool, err error) {
	var row struct {
		Complete bool   `json:"complete"`
		Person   person `json:"person"`
	}
	c.Identities, c.Entries = append([]Identity{}, c.Identities...), s.entries(c.Entries)
	ok, err = s.ask(ctx, &row, false, confirmChangeSQL, record(c))
	return row.Person.whole(), row.Complete, ok, err
}
