package store

import (
	"context"
	"encoding/json"
	"time"
)

// Update is what changes of a user at once. What is zero stays as it is.
type Update struct {
	UserID    string    `json:"user_id"`
	SessionID string    `json:"session_id,omitempty"` // that asks for it: it has to be there still, and outlives a new password
	At        time.Time `json:"at"`

	Password    string `json:"password,omitempty"` // the hash of a new one
	OldPassword string `json:"old_password"`       // the hash whose place it takes: another one must not have come in between
	Nonce       string `json:"nonce,omitempty"`    // the hash of the token by which the user has shown who they are once more

	// The members of an object are set, each in the place of what it was; one that is null is taken away.
	UserMetadata json.RawMessage `json:"raw_user_meta_data,omitempty"`
	AppMetadata  json.RawMessage `json:"raw_app_meta_data,omitempty"`

	Email string `json:"email,omitempty"` // a new address, which counts as confirmed
	Phone string `json:"phone,omitempty"` // a new number, which counts as confirmed
	// Identities are those of a new address and a new number; a user who has one of the same provider keeps it, with the new
	// address or number.
	Identities []Identity `json:"identities"`

	EmailChange string     `json:"email_change,omitempty"`  // a new address that has yet to be confirmed, with Tokens
	Pending     string     `json:"pending,omitempty"`       // the address that has to be waiting to be confirmed already
	Mailed      *time.Time `json:"mailed_before,omitempty"` // when the last mail about a new address may have gone out at the latest

	PhoneChange  string     `json:"phone_change,omitempty"`  // as EmailChange has it
	PendingPhone string     `json:"pending_phone,omitempty"` // as Pending has it
	Texted       *time.Time `json:"texted_before,omitempty"` // as Mailed has it

	Tokens []Token `json:"tokens"`

	Entries []Entry `json:"entries"`
}

// updateUserSQL forgets with a password what was sent before it, as GoTrue does: whoever asked for it may be the reason for the
// new password. Which conditions hold is seen on the user's row, where two updates at once wait for each other.
const updateUserSQL = `
with asked as (
    select r.*
      from json_to_record($1::json) as r (
           user_id uuid, session_id uuid, at timestamptz, password text, old_password text, nonce text,
           raw_user_meta_data jsonb, raw_app_meta_data jsonb, email text, phone text, identities json, email_change text, pending text,
           mailed_before timestamptz, phone_change text, pending_phone text, texted_before timestamptz, tokens json, states json, entries json)
), member as (
    update auth.users as u
       set updated_at = r.at,
           raw_user_meta_data = case
               when coalesce(r.email, r.phone) is null then ` + changedUserMetadata + `
               else coalesce(` + changedUserMetadata + `, '{}')
                 || case when r.email is null then '{}' else '{"email_verified": true}' end::jsonb
                 || case when r.phone is null then '{}' else '{"phone_verified": true}' end::jsonb end,
           raw_app_meta_data = ` + changedAppMetadata + `,
           email = coalesce(r.email, u.email),
           email_confirmed_at = case when r.email is null then u.email_confirmed_at else coalesce(u.email_confirmed_at, r.at) end,
           email_change = case when r.email is null then coalesce(r.email_change, u.email_change) else '' end,
           email_change_confirm_status = case
               when r.email is null and r.email_change is null then u.email_change_confirm_status else 0 end,
           email_change_sent_at = case
               when r.email_change is not null then r.at when r.password is null then u.email_change_sent_at end,
           phone = coalesce(r.phone, u.phone),
           phone_confirmed_at = case when r.phone is null then u.phone_confirmed_at else r.at end,
           phone_change = case when r.phone is null then coalesce(r.phone_change, u.phone_change) else '' end,
           is_anonymous = u.is_anonymous and coalesce(r.email, r.phone) is null,
           encrypted_password = coalesce(r.password, u.encrypted_password),
           confirmation_token = case when r.password is null then u.confirmation_token else '' end,
           confirmation_sent_at = case when r.password is null then u.confirmation_sent_at end,
           recovery_token = case when r.password is null then u.recovery_token else '' end,
           recovery_sent_at = case when r.password is null then u.recovery_sent_at end,
           email_change_token_current = case when r.password is null then u.email_change_token_current else '' end,
           email_change_token_new = case when r.password is null then u.email_change_token_new else '' end,
           phone_change_token = case when r.password is null then u.phone_change_token else '' end,
           phone_change_sent_at = case
               when r.phone_change is not null then r.at when r.password is null then u.phone_change_sent_at end,
           reauthentication_token = case when r.password is null then u.reauthentication_token else '' end,
           reauthentication_sent_at = case when r.password is null then u.reauthentication_sent_at end
      from asked as r
     where u.id = r.user_id
       and u.deleted_at is null
       and (u.banned_until is null or u.banned_until <= r.at)
       and (r.session_id is null
            or exists (select 1 from auth.sessions as s where s.id = r.session_id and s.user_id = u.id))
       and (r.password is null or coalesce(u.encrypted_password, '') = r.old_password)
       and (r.nonce is null
            or exists (
                select 1
                  from auth.one_time_tokens as t
                 where t.user_id = u.id and t.token_type::text = 'reauthentication_token' and t.token_hash = r.nonce))
       and (r.pending is null or lower(u.email_change) = r.pending)
       and (r.pending_phone is null or u.phone_change = r.pending_phone)
       and (r.mailed_before is null or u.email_change_sent_at is null or u.email_change_sent_at <= r.mailed_before)
       and (r.texted_before is null or u.phone_change_sent_at is null or u.phone_change_sent_at <= r.texted_before)
    returning u.*
), ended as (
    delete from auth.sessions as s
     using member as u, asked as r
     where s.user_id = u.id
       and r.password is not null
       and s.id is distinct from r.session_id
), cleared as (
    delete from auth.one_time_tokens as t
     using member as u, asked as r
     where t.user_id = u.id
       and (coalesce(r.password, r.email, r.phone) is not null
            or r.email_change is not null and t.token_type::text in ('email_change_token_current', 'email_change_token_new'))
       and t.token_type::text not in (select n ->> 'token_type' from json_array_elements(r.tokens) as n)
), new_tokens as (
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
    select r.id, r.user_id, r.token_type, r.token_hash, r.relates_to, r.created_at, r.created_at
      from asked as a
      join member as u on u.id = a.user_id
     cross join json_populate_recordset(null::auth.one_time_tokens, a.tokens) as r
        on conflict (user_id, token_type) do update
       set id = excluded.id, token_hash = excluded.token_hash, relates_to = excluded.relates_to,
           created_at = excluded.created_at, updated_at = excluded.updated_at
), new_states as (` + writeFlowState + `
      from asked as a
      join member as u on u.id = a.user_id
     cross join json_populate_recordset(null::auth.flow_state, a.states) as r
` + identitiesFollow + entriesFollow + `
select ` + followedOf + `
  from member as u`

// What follows when a member's row u has got the address or the number of an identity of r, and what is written beside any
// change of it.
const (
	identitiesFollow = `), kept_identity as (
    update auth.identities as i
       set identity_data = i.identity_data || jsonb_build_object(n.provider, n.identity_data -> n.provider, n.provider || '_verified', true),
           updated_at = r.at
      from asked as r
      join member as u on u.id = r.user_id
     cross join json_populate_recordset(null::auth.identities, r.identities) as n
     where i.user_id = u.id
       and i.provider = n.provider
       and n.identity_data ->> n.provider = case n.provider when 'email' then u.email when 'phone' then u.phone end
    returning i.*
), new_identity as (
    insert into auth.identities (id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
    select n.id, n.provider_id, n.user_id, n.provider, n.identity_data, n.last_sign_in_at, n.created_at, n.updated_at
      from asked as r
      join member as u on u.id = r.user_id
     cross join json_populate_recordset(null::auth.identities, r.identities) as n
     where n.identity_data ->> n.provider = case n.provider when 'email' then u.email when 'phone' then u.phone end
       and not exists (select 1 from auth.identities as i where i.user_id = u.id and i.provider = n.provider)
    returning *
`
	entriesFollow = `), new_entries as (` + writeEntry + `
      from asked as a
      join member as u on u.id = a.user_id
     cross join json_populate_recordset(null::auth.audit_log_entries, a.entries) as r
)`
	followedOf = `json_build_object(
           'user', row_to_json(u),
           'identities', coalesce((
               select json_agg(i order by i.created_at, i.id)
                 from (select * from kept_identity
                       union all select * from new_identity
                       union all select o.*
                                   from auth.identities as o
                                  where o.user_id = u.id and o.id not in (select k.id from kept_identity as k)) as i), '[]'),
           ` + factorsOf + `)`
)

// UpdateUser changes a user and writes lines of the audit log, all or nothing, and gives the user as they are then. A new
// password ends the user's other sessions and takes all tokens away that were sent. It is false where a condition of the update
// does not hold any more, and then nothing is written. The error is ErrTaken where the address or the number is somebody else's.
func (s *Store) UpdateUser(ctx context.Context, u Update) (User, bool, error) {
	var p person
	u.Tokens, u.Entries = append([]Token{}, u.Tokens...), s.entries(u.Entries)
	u.Identities = append([]Identity{}, u.Identities...)
	asked := struct {
		Update
		States []FlowState `json:"states"`
	}{u, append([]FlowState{}, states(u.Tokens)...)}
	found, err := s.ask(ctx, &p, false, updateUserSQL, record(asked))
	return p.whole(), found, err
}

// Standing is what an update of a user has to know before it is tried.
type Standing struct {
	Taken bool   `json:"taken"` // the address is another user's
	Phone bool   `json:"phone"` // the number is another user's
	Nonce *Token `json:"nonce"` // the token by which the user shows who they are once more; nil for none
}

// standingSQL counts an address also as another user's who is known by it to a provider. What single sign-on knows does not
// count: several users may share it.
const standingSQL = `
select json_build_object(
           'taken', $2 <> '' and (
               exists (
                   select 1
                     from auth.users as u
                    where lower(u.email) = $2 and u.aud = $3 and u.id <> $1::uuid and not u.is_sso_user and ` + instance + `)
               or exists (
                   select 1
                     from auth.identities as i
                     join auth.users as u on u.id = i.user_id
                    where i.email = $2 and i.provider not like 'sso:%' and u.aud = $3 and u.id <> $1::uuid)),
           'phone', exists (select 1 from auth.users as u where u.phone = nullif($5, '') and u.id <> $1::uuid),
           'nonce', (
               select row_to_json(t)
                 from auth.one_time_tokens as t
                where t.user_id = $1::uuid and t.token_type::text = 'reauthentication_token' and t.token_hash = $4))`

// Wish is what an update of a user needs that others may have. What is "" is not asked for.
type Wish struct {
	Email string // in lower case
	Phone string
	Nonce string // the hash of a token
}

// Standing asks for a user whether a new address is taken among those of an audience, or a new number by anybody, and for the
// token with a hash.
func (s *Store) Standing(ctx context.Context, u User, w Wish) (Standing, error) {
	var st Standing
	_, err := s.ask(ctx, &st, true, standingSQL, text(u.ID), text(w.Email), text(u.Aud), text(w.Nonce), text(w.Phone))
	return st, err
}
