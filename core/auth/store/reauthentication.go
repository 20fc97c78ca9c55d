package store

import (
	"context"
	"time"
)

const newReauthenticationSQL = `
with due as (
    update auth.users as u
       set reauthentication_sent_at = r.created_at at time zone 'utc', updated_at = r.created_at at time zone 'utc'
      from json_populate_record(null::auth.one_time_tokens, $1::json) as r
     where u.id = r.user_id
       and coalesce(nullif(lower(u.email), ''), u.phone) = r.relates_to
       and (u.reauthentication_sent_at is null or u.reauthentication_sent_at <= $2::timestamptz)
    returning u.*
)` + putToken

// NewReauthentication is NewConfirmation for a token by which somebody who is signed in shows who they are once more. The token
// relates to the address that the user must still have, in lower case, or without one to the number.
func (s *Store) NewReauthentication(ctx context.Context, t Token, before time.Time, e Entry) (User, bool, error) {
	return s.put(ctx, newReauthenticationSQL, t, before, e)
}
