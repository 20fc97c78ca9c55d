package store

import (
	"context"
	"time"
)

// deleteUserSQL takes along what belongs to the user: foreign keys cascade.
const deleteUserSQL = `
with gone as (
    delete from auth.users as u
     where u.id = $1::uuid
       and ` + instance + `
    returning u.id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $2::json) as r
      join gone on true
     where r.id is not null
)
select to_json(count(*))
  from gone`

// DeleteUser deletes a user with all that belongs to them, and writes a line of the audit log; false when there is none.
func (s *Store) DeleteUser(ctx context.Context, id string, e Entry) (bool, error) {
	return s.gone(ctx, deleteUserSQL, text(id), s.entry(e))
}

func (s *Store) gone(ctx context.Context, sql string, args ...[]byte) (bool, error) {
	var n int
	_, err := s.ask(ctx, &n, false, sql, args...)
	return n > 0, err
}

// A value stands between both: its SHA-256 with the id of the user in front, in base64 for URLs, as GoTrue hides it
// (models/user.go, obfuscateValue).
const (
	hide   = `translate(rtrim(encode(sha256(convert_to(u.id::text || `
	hidden = `, 'UTF8')), 'base64'), '='), '+/', '-_')`
)

// hideUserSQL hides what is empty, too, so that nobody can tell what a user had.
const hideUserSQL = `
with member as (
    update auth.users as u
       set email = ` + hide + `coalesce(u.email, '')` + hidden + `,
           phone = left(` + hide + `coalesce(u.phone, '')` + hidden + `, 15),
           email_change = ` + hide + `coalesce(u.email_change, '')` + hidden + `,
           phone_change = left(` + hide + `coalesce(u.phone_change, '')` + hidden + `, 15),
           encrypted_password = null, raw_app_meta_data = '{}', raw_user_meta_data = '{}',
           confirmation_token = '', recovery_token = '', email_change_token_new = '', email_change_token_current = '',
           phone_change_token = '', reauthentication_token = '', deleted_at = $2::timestamptz, updated_at = $2::timestamptz
     where u.id = $1::uuid
       and u.deleted_at is null
       and ` + instance + `
    returning u.id
), hidden as (
    update auth.identities as i
       set provider_id = ` + hide + `i.provider || ':' || i.provider_id` + hidden + `, identity_data = '{}', updated_at = $2::timestamptz
      from member as u
     where i.user_id = u.id
), cleared as (
    delete from auth.one_time_tokens as t
     using member as u
     where t.user_id = u.id
), ended as (
    delete from auth.sessions as s
     using member as u
     where s.user_id = u.id
), lost as (
    delete from auth.mfa_factors as f
     using member as u
     where f.user_id = u.id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $3::json) as r
      join member as u on true
     where r.id is not null
)
select to_json(count(*))
  from member`

// HideUser deletes a user but for the row, which others may refer to: address, number and identities are hidden behind hashes,
// and the password, metadata, one-time tokens, sessions and factors are gone. It writes a line of the audit log. It gives false
// where there is no user, or they were deleted so before, and then nothing is written.
func (s *Store) HideUser(ctx context.Context, id string, at time.Time, e Entry) (bool, error) {
	return s.gone(ctx, hideUserSQL, text(id), moment(at), s.entry(e))
}
