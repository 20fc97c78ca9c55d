package store

import (
	"context"
	"encoding/json"
	"time"
)

// Candidates are whose account a person may have whom a provider vouches for.
type Candidates struct {
	Owner   *User  // who has the identity; nil for nobody
	Alike   []User // who have one of the addresses, or an identity with one; users of single sign-on are not among them
	Invited *User  // who was sent the invitation; nil for nobody
}

// candidatesSQL looks for addresses in the rows of users and of identities, each by its index.
const candidatesSQL = `
with addresses as (
    select lower(a) as email
      from json_array_elements_text($3::json) as a
), alike as (
    select u.id
      from auth.users as u
     where lower(u.email) in (select a.email from addresses as a)
       and ` + instance + `
     union
    select i.user_id
      from auth.identities as i
     where i.email in (select a.email from addresses as a)
       and i.provider not like 'sso:%'
)
select json_build_object(
           'owner', (
               select ` + personOf + `
                 from auth.identities as i
                 join auth.users as u on u.id = i.user_id
                where i.provider = $1
                  and i.provider_id = $2),
           'alike', coalesce((
               select json_agg(` + personOf + ` order by u.created_at, u.id)
                 from auth.users as u
                where u.id in (select a.id from alike as a)
                  and not u.is_sso_user
                  and u.deleted_at is null
                  and u.aud = $4), '[]'),
           'invited', (
               select ` + personOf + `
                 from auth.one_time_tokens as t
                 join auth.users as u on u.id = t.user_id
                where t.token_hash = nullif($5, '')
                  and t.token_type::text = 'confirmation_token'
                  and u.aud = $4))`

// Candidates looks for the account of a person: by the identity, by addresses in any case, and by the hash of an invitation's
// token, "" for none.
func (s *Store) Candidates(ctx context.Context, i Identity, emails []string, audience, invitation string) (Candidates, error) {
	var row struct {
		Owner   *person  `json:"owner"`
		Alike   []person `json:"alike"`
		Invited *person  `json:"invited"`
	}
	_, err := s.ask(ctx, &row, true, candidatesSQL, text(i.Provider), text(i.ProviderID), records(emails), text(audience), text(invitation))
	c := Candidates{Owner: row.Owner.user(), Invited: row.Invited.user()}
	for _, p := range row.Alike {
		c.Alike = append(c.Alike, p.whole())
	}
	return c, err
}

func (p *person) user() *User {
	if p == nil {
		return nil
	}
	u := p.whole()
	return &u
}

// Arrival is what is written when a provider has vouched for a person.
type Arrival struct {
	User     User // whose id is set; of a user whom there is, nothing else is looked at
	New      bool // the user is written; otherwise there is one
	Identity Identity
	Changes  Changes
	Session  *SignIn    // nil for no session
	State    *FlowState // that the person came back with; nil when none ends with this
	Tokens   []Token    // to confirm the address with
	Entries  []Entry
}

// Changes are what becomes of the user. Nothing at all is written if the user is not as the changes want them.
type Changes struct {
	At    time.Time `json:"at"`
	Since time.Time `json:"since"` // a state must be younger

	Known       bool `json:"known"`       // the user has the identity already
	Unconfirmed bool `json:"unconfirmed"` // the user's address is not confirmed yet

	Confirm bool `json:"confirm"` // the address counts as confirmed from now on
	// TakeOver takes away what came in before the address was confirmed, by whomever: the password, the number, other
	// identities, factors, sessions, tokens, metadata.
	TakeOver     bool            `json:"take_over"`
	Email        string          `json:"email,omitempty"` // of a user who has none
	AppData      json.RawMessage `json:"app_data"`        // an object, whose members take the place of the user's
	Data         json.RawMessage `json:"data"`            // the same of the user's own metadata
	Enters       bool            `json:"enters"`          // there is a session
	Stateless    bool            `json:"stateless"`       // there is no state
	MailedBefore *time.Time      `json:"mailed_before,omitempty"`
	Invitation   string          `json:"invitation,omitempty"` // the hash of a token that there must be
}

// changes is what a statement reads Changes with.
const changes = `
with o as (
    select *
      from json_to_record($1::json) as o (
           at timestamptz, since timestamptz, known boolean, unconfirmed boolean, confirm boolean, take_over boolean, email text,
           app_data jsonb, data jsonb, enters boolean, stateless boolean, mailed_before timestamptz, invitation text)
)`

// newArrivalSQL writes a user, as createUserSQL does.
const newArrivalSQL = changes + `, member as (
    insert into auth.users (
           instance_id, id, aud, role, email, email_confirmed_at, confirmation_sent_at, last_sign_in_at, raw_app_meta_data,
           raw_user_meta_data, is_anonymous, created_at, updated_at, confirmation_token, recovery_token, email_change_token_new,
           email_change, email_change_token_current, phone_change, phone_change_token, reauthentication_token)
    select '00000000-0000-0000-0000-000000000000', r.id, r.aud, r.role, nullif(r.email, ''), r.email_confirmed_at,
           r.confirmation_sent_at, r.last_sign_in_at, r.raw_app_meta_data, r.raw_user_meta_data, false, r.created_at, r.updated_at,
           '', '', '', '', '', '', '', ''
      from json_populate_record(null::auth.users, $8::json) as r
    returning *
), met as (
    insert into auth.identities (id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
    select r.id, r.provider_id, r.user_id, r.provider, r.identity_data, r.last_sign_in_at, r.created_at, r.updated_at
      from json_populate_record(null::auth.identities, $2::json) as r
      join member as u on u.id = r.user_id
    returning *
)` + arrivedSQL

// arrivalSQL writes the identity first, so that nothing else is written when the user is not as they were read, or the
// identity has become somebody else's.
const arrivalSQL = changes + `, met as (
    insert into auth.identities (id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
    select r.id, r.provider_id, r.user_id, r.provider, r.identity_data, r.last_sign_in_at, r.created_at, r.updated_at
      from json_populate_record(null::auth.identities, $2::json) as r
      join o on true
      join auth.users as u on u.id = r.user_id
     where ` + asRead + `
       and o.known = exists (
           select 1 from auth.identities as i where i.provider = r.provider and i.provider_id = r.provider_id and i.user_id = u.id)
       and (o.invitation is null or exists (
           select 1 from auth.one_time_tokens as t where t.token_hash = o.invitation and t.user_id = u.id))
        on conflict (provider_id, provider) do update
       set identity_data = excluded.identity_data, last_sign_in_at = excluded.last_sign_in_at, updated_at = excluded.updated_at
     where identities.user_id = excluded.user_id
    returning *
), member as (
    update auth.users as u
       set updated_at = r.created_at,
           last_sign_in_at = case when o.enters then r.created_at else u.last_sign_in_at end,
           email = coalesce(o.email, u.email),
           email_confirmed_at = case when o.confirm then coalesce(u.email_confirmed_at, r.created_at) else u.email_confirmed_at end,
           is_anonymous = u.is_anonymous and not o.confirm,
           confirmation_sent_at = case when o.mailed_before is null then u.confirmation_sent_at else r.created_at end,
           confirmation_token = case when o.confirm then '' else u.confirmation_token end,
           recovery_token = case when o.confirm then '' else u.recovery_token end,
           encrypted_password = case when o.take_over then null else u.encrypted_password end,
           phone = case when o.take_over then null else u.phone end,
           phone_confirmed_at = case when o.take_over then null else u.phone_confirmed_at end,
           phone_change = case when o.take_over then '' else u.phone_change end,
           phone_change_token = case when o.take_over then '' else u.phone_change_token end,
           email_change = case when o.take_over then '' else u.email_change end,
           email_change_token_new = case when o.take_over then '' else u.email_change_token_new end,
           email_change_token_current = case when o.take_over then '' else u.email_change_token_current end,
           reauthentication_token = case when o.take_over then '' else u.reauthentication_token end,
           raw_app_meta_data = case when jsonb_typeof(u.raw_app_meta_data) = 'object' then u.raw_app_meta_data else '{}' end || o.app_data,
           raw_user_meta_data = case
               when jsonb_typeof(u.raw_user_meta_data) = 'object' and not o.take_over then u.raw_user_meta_data
               else '{}' end || o.data
      from (select m.user_id, o.at as created_at from met as m join o on true) as r, o
     where u.id = r.user_id
       and ` + asRead + `
       and (o.mailed_before is null or u.confirmation_sent_at is null or u.confirmation_sent_at <= o.mailed_before)
    returning u.*
), no_tokens as (
    delete from auth.one_time_tokens as t
     using member as u, o
     where o.confirm
       and t.user_id = u.id
), no_identities as (
    delete from auth.identities as i
     using member as u, o
     where o.take_over
       and i.user_id = u.id
       and i.id not in (select m.id from met as m)
), no_factors as (
    delete from auth.mfa_factors as f
     using member as u, o
     where o.take_over
       and f.user_id = u.id
), no_sessions as (
    delete from auth.sessions as s
     using member as u, o
     where o.take_over
       and s.user_id = u.id
), no_states as (
    delete from auth.flow_state as f
     using member as u, o
     where o.take_over
       and f.user_id = u.id
)` + arrivedSQL

// asRead holds for a user u who is as Changes want them and may have what r has.
const asRead = `(u.email_confirmed_at is null) = o.unconfirmed
       and ` + mayEnter

// arrivedSQL ends the state, if there is one, and only with it writes the session. Of several who come back with one state at
// once, one gets an answer.
const arrivedSQL = `, new_tokens as (
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
    select r.id, r.user_id, r.token_type, r.token_hash, r.relates_to, r.created_at, r.created_at
      from json_populate_recordset(null::auth.one_time_tokens, $7::json) as r
      join member as u on u.id = r.user_id
        on conflict (user_id, token_type) do update
       set id = excluded.id, token_hash = excluded.token_hash, relates_to = excluded.relates_to,
           created_at = excluded.created_at, updated_at = excluded.updated_at
), issued as (
    update auth.flow_state as f
       set user_id = u.id, auth_code = r.auth_code, auth_code_issued_at = o.at, updated_at = o.at,
           provider_access_token = r.provider_access_token, provider_refresh_token = r.provider_refresh_token
      from json_populate_record(null::auth.flow_state, $6::json) as r, member as u, o
     where f.id = r.id
       and f.code_challenge is not null
       and f.auth_code_issued_at is null
       and f.created_at > o.since
    returning f.id, f.oauth_client_state_id
), spent as (
    delete from auth.flow_state as f
     using json_populate_record(null::auth.flow_state, $6::json) as r, member as u, o
     where f.id = r.id
       and f.code_challenge is null
       and f.created_at > o.since
    returning f.id, f.oauth_client_state_id
), ended as (
    select i.oauth_client_state_id from issued as i
     union all
    select s.oauth_client_state_id from spent as s
     union all
    select null::uuid from o where o.stateless
), no_secret as (
    delete from auth.oauth_client_states as c
     using ended as e
     where c.id = e.oauth_client_state_id
), new_session as (
    insert into auth.sessions (
           id, user_id, created_at, updated_at, aal, not_after, user_agent, ip, tag, refresh_token_hmac_key, refresh_token_counter)
    select r.id, u.id, r.created_at, r.created_at, r.aal, r.not_after, nullif(r.user_agent, ''), r.ip, nullif(r.tag, ''),
           r.refresh_token_hmac_key, r.refresh_token_counter
      from json_populate_record(null::auth.sessions, $3::json) as r
      join member as u on true
      join ended as e on true
     where r.id is not null
    returning *
), new_method as (
    insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
    select r.id, s.id, r.created_at, r.created_at, r.authentication_method
      from json_populate_record(null::auth.mfa_amr_claims, $4::json) as r
      join new_session as s on true
    returning *
), new_entries as (` + writeEntry + `
      from json_populate_recordset(null::auth.audit_log_entries, $5::json) as r
      join ended as e on true
      join member as u on true
)
select json_build_object(
           'session', coalesce((select row_to_json(s) from new_session as s), '{}'),
           'methods', coalesce((select json_agg(m) from new_method as m), '[]'),
           'user', row_to_json(u),
           'identities', (
               select json_agg(n order by n.created_at, n.id)
                 from (select m.* from met as m
                        union all
                       select i.*
                         from auth.identities as i
                        where i.user_id = u.id
                          and not o.take_over
                          and i.id not in (select m.id from met as m)) as n),
           'factors', coalesce((
               select json_agg(f order by f.created_at, f.id)
                 from auth.mfa_factors as f
                where f.user_id = u.id
                  and not o.take_over), '[]'))
  from member as u
  join o on true
  join ended as e on true`

// Arrive writes the identity of a person, what becomes of the user, the end of the state with its code or the session, and
// lines of the audit log. It gives false when the user or the state is not as they were read, and then there is neither a
// session nor a code. The error is ErrTaken where the address or the identity has become somebody else's.
func (s *Store) Arrive(ctx context.Context, a Arrival) (Session, User, bool, error) {
	a.Changes.Enters, a.Changes.Stateless = a.Session != nil, a.State == nil
	session, method, state := []byte("{}"), []byte("{}"), []byte("{}")
	if a.Session != nil {
		session, method = record(a.Session.Session), record(a.Session.Method)
	}
	if a.State != nil {
		state = record(a.State)
	}
	sql := arrivalSQL
	args := [][]byte{record(a.Changes), record(a.Identity), session, method, records(s.entries(a.Entries)), state, records(a.Tokens)}
	if a.New {
		sql, args = newArrivalSQL, append(args, record(a.User))
	}
	var v visitor
	found, err := s.ask(ctx, &v, false, sql, args...)
	entered, user := v.whole()
	return entered, user, found, err
}
