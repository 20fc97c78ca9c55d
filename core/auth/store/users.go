package store

import (
	"context"
	"encoding/json"
)

// person is how a user comes out of a statement.
type person struct {
	User       User       `json:"user"`
	Identities []Identity `json:"identities"`
	Factors    []Factor   `json:"factors"`
}

func (p person) whole() User {
	p.User.Identities, p.User.Factors = p.Identities, p.Factors
	p.User.AppMetadata, p.User.UserMetadata = present(p.User.AppMetadata), present(p.User.UserMetadata)
	return p.User
}

// present gives nil for NULL.
func present(value json.RawMessage) json.RawMessage {
	if string(value) == "null" {
		return nil
	}
	return value
}

// What belongs to the user whose row is u, as members of a JSON object, the oldest first.
const (
	identitiesOf = `'identities', coalesce((
               select json_agg(i order by i.created_at, i.id) from auth.identities as i where i.user_id = u.id), '[]')`
	factorsOf = `'factors', coalesce((
               select json_agg(f order by f.created_at, f.id) from auth.mfa_factors as f where f.user_id = u.id), '[]')`
)

// personOf is the JSON of the user whose row is u.
const personOf = `json_build_object(
           'user', row_to_json(u),
           ` + identitiesOf + `,
           ` + factorsOf + `)`

// instance holds in every row that is this project's: GoTrue writes one id of zeros, and imports leave it out.
const instance = `(u.instance_id = '00000000-0000-0000-0000-000000000000' or u.instance_id is null)`

const (
	userByIDSQL = `
select ` + personOf + `
  from auth.users as u
 where u.id = $1::uuid
   and ` + instance

	userByEmailSQL = `
select ` + personOf + `
  from auth.users as u
 where lower(u.email) = lower($1)
   and u.aud = $2
   and not u.is_sso_user
   and ` + instance + `
 order by u.email = lower($1) desc, u.created_at
 limit 1` // an import may have left the same address in two spellings: the newer way of writing goes first

	userByPhoneSQL = `
select ` + personOf + `
  from auth.users as u
 where u.phone = $1
   and u.aud = $2
   and not u.is_sso_user
   and ` + instance
)

// UserByID gives the user with an id, which is a UUID; false when there is none.
func (s *Store) UserByID(ctx context.Context, id string) (User, bool, error) {
	return s.user(ctx, userByIDSQL, text(id))
}

// UserByEmail gives the user who signs in with an address, in any case of its letters, for an audience. Users of single
// sign-on are not found by it: several may share an address.
func (s *Store) UserByEmail(ctx context.Context, email, audience string) (User, bool, error) {
	return s.user(ctx, userByEmailSQL, text(email), text(audience))
}

// UserByPhone gives the user who signs in with a number, for an audience.
func (s *Store) UserByPhone(ctx context.Context, phone, audience string) (User, bool, error) {
	return s.user(ctx, userByPhoneSQL, text(phone), text(audience))
}

func (s *Store) user(ctx context.Context, sql string, args ...[]byte) (User, bool, error) {
	var p person
	found, err := s.ask(ctx, &p, true, sql, args...)
	return p.whole(), found, err
}

// NewUser is what a sign-up writes.
type NewUser struct {
	User   User // Identities are written with it, Factors are not
	Tokens []Token
	Entry  Entry // a line without an id is not written
}

// createUserSQL writes the texts that GoTrue cannot read as NULL as empty ones, so that a project can move back.
const createUserSQL = `
with new_user as (
    insert into auth.users (
           instance_id, id, aud, role, email, phone, encrypted_password, email_confirmed_at, phone_confirmed_at, invited_at,
           confirmation_sent_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, is_anonymous, banned_until, created_at, updated_at,
           confirmation_token, recovery_token, email_change_token_new, email_change, email_change_token_current,
           phone_change, phone_change_token, reauthentication_token)
    select '00000000-0000-0000-0000-000000000000', r.id, r.aud, r.role, nullif(r.email, ''), r.phone, r.encrypted_password,
           r.email_confirmed_at, r.phone_confirmed_at, r.invited_at, r.confirmation_sent_at, r.last_sign_in_at,
           r.raw_app_meta_data, r.raw_user_meta_data, r.is_anonymous, r.banned_until, r.created_at, r.updated_at,
           '', '', '', '', '', '', '', ''
      from json_populate_record(null::auth.users, $1::json) as r
    returning *
), new_identities as (
    insert into auth.identities (id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
    select r.id, r.provider_id, r.user_id, r.provider, r.identity_data, r.last_sign_in_at, r.created_at, r.updated_at
      from json_populate_recordset(null::auth.identities, $2::json) as r
    returning *
), new_tokens as (
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
    select r.id, r.user_id, r.token_type, r.token_hash, r.relates_to, r.created_at, r.created_at
      from json_populate_recordset(null::auth.one_time_tokens, $3::json) as r
), new_states as (` + writeFlowState + `
      from json_populate_recordset(null::auth.flow_state, $5::json) as r
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $4::json) as r
     where r.id is not null
)
select json_build_object(
           'user', row_to_json(u),
           'identities', coalesce((select json_agg(i order by i.created_at, i.id) from new_identities as i), '[]'),
           'factors', '[]'::json)
  from new_user as u`

// writeEntry is the beginning of what writes the row r into the audit log.
const writeEntry = `
    insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
    select '00000000-0000-0000-0000-000000000000', r.id, r.payload, r.created_at, coalesce(r.ip_address, '')`

// CreateUser writes a user with identities, one-time tokens and a line of the audit log, and gives the user as they are then.
// The error is ErrTaken where the address, the number or an identity belongs to somebody else; then nothing is written.
func (s *Store) CreateUser(ctx context.Context, n NewUser) (User, error) {
	var p person
	_, err := s.ask(ctx, &p, false, createUserSQL,
		record(n.User), records(n.User.Identities), records(n.Tokens), s.entry(n.Entry), records(states(n.Tokens)))
	return p.whole(), err
}

const logSQL = `
with new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $1::json) as r
     where r.id is not null
    returning id
)
select to_json(count(*))
  from new_entry`

// Log writes a line of the audit log that belongs to no change.
func (s *Store) Log(ctx context.Context, e Entry) error {
	var n int
	_, err := s.ask(ctx, &n, false, logSQL, s.entry(e))
	return err
}
