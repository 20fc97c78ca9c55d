package store

import (
	"context"
	"encoding/json"
	"time"
)

// Unlinking is what the end of an identity writes.
type Unlinking struct {
	User             string          `json:"user"`
	Identity         string          `json:"identity"`
	Read             time.Time       `json:"read"` // when the user had changed last, as they were read
	At               time.Time       `json:"at"`
	Email            string          `json:"email,omitempty"`    // of the user from then on; "" for none
	EmailConfirmedAt *time.Time      `json:"email_confirmed_at"` // of that address
	NoPhone          bool            `json:"no_phone"`           // the number goes too
	AppData          json.RawMessage `json:"app_data"`           // an object, whose members take the place of the user's

	Entry Entry `json:"-"`
}

// unlinkSQL changes the user first: of two who unlink at once, each of them one of two identities, the second finds a user who
// has changed since.
const unlinkSQL = `
with o as (
    select *
      from json_to_record($1::json) as o (
           "user" uuid, identity uuid, read timestamptz, at timestamptz, email text, email_confirmed_at timestamptz, no_phone boolean,
           app_data jsonb)
), member as (
    update auth.users as u
       set updated_at = o.at, email = o.email, email_confirmed_at = o.email_confirmed_at,
           phone = case when o.no_phone then null else u.phone end,
           phone_confirmed_at = case when o.no_phone then null else u.phone_confirmed_at end,
           raw_app_meta_data = case when jsonb_typeof(u.raw_app_meta_data) = 'object' then u.raw_app_meta_data else '{}' end || o.app_data
      from o
     where u.id = o."user"
       and coalesce(u.updated_at, '0001-01-01 00:00:00+00') = o.read
       and exists (select 1 from auth.identities as i where i.user_id = u.id and i.id <> o.identity)
    returning u.id
), gone as (
    delete from auth.identities as i
     using member as u, o
     where i.user_id = u.id
       and i.id = o.identity
    returning i.id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $2::json) as r
      join gone as g on true
     where r.id is not null
)
select to_json(g.id)
  from gone as g`

// Unlink takes an identity from a user, who keeps another; false when the user is not as they were read, and then nothing is
// written. The error is ErrTaken where the address that the user would have is somebody else's.
func (s *Store) Unlink(ctx context.Context, u Unlinking) (bool, error) {
	var id string
	return s.ask(ctx, &id, false, unlinkSQL, record(u), s.entry(u.Entry))
}
