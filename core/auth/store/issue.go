package store

import (
	"context"
	"encoding/json"
	"time"
)

// Issue is a one-time token that an administrator has made for a user whom there is, and what is noted of it with the user.
// What is zero stays as it is.
type Issue struct {
	Token       Token     `json:"-"`
	At          time.Time `json:"at"`
	Unconfirmed bool      `json:"unconfirmed"` // the user's address must not be confirmed yet

	InvitedAt          *time.Time `json:"invited_at"`
	ConfirmationSentAt *time.Time `json:"confirmation_sent_at"`
	RecoverySentAt     *time.Time `json:"recovery_sent_at"`
	EmailChange        string     `json:"email_change,omitempty"` // a new address; neither side has agreed to it then
	Email              string     `json:"email"`                  // the user's address, which they must still have

	UserMetadata json.RawMessage `json:"raw_user_meta_data,omitempty"` // as Change has it

	Entry Entry `json:"-"` // a line without an id is not written
}

// issueSQL takes away what the other side was sent about another new address: with the token of this one it would confirm
// this one.
const issueSQL = `
with due as (
    update auth.users as u
       set updated_at = r.at, invited_at = coalesce(r.invited_at, u.invited_at),
           confirmation_sent_at = coalesce(r.confirmation_sent_at, u.confirmation_sent_at),
           recovery_sent_at = coalesce(r.recovery_sent_at, u.recovery_sent_at),
           email_change = coalesce(r.email_change, u.email_change),
           email_change_sent_at = case when r.email_change is null then u.email_change_sent_at else r.at end,
           email_change_confirm_status = case when r.email_change is null then u.email_change_confirm_status else 0 end,
           raw_user_meta_data = ` + changedUserMetadata + `
      from json_to_record($2::json) as r (
           at timestamptz, unconfirmed boolean, invited_at timestamptz, confirmation_sent_at timestamptz, recovery_sent_at timestamptz,
           email_change text, raw_user_meta_data jsonb, email text)
      join json_populate_record(null::auth.one_time_tokens, $1::json) as t on true
     where u.id = t.user_id
       and lower(u.email) = lower(r.email)
       and u.deleted_at is null
       and not (r.unconfirmed and u.email_confirmed_at is not null)
    returning u.*
), outdated as (
    delete from auth.one_time_tokens as t
     using due as u
      join auth.users as before on before.id = u.id
      join json_populate_record(null::auth.one_time_tokens, $1::json) as r on true
     where t.user_id = u.id
       and t.token_type::text in ('email_change_token_current', 'email_change_token_new')
       and t.token_type <> r.token_type
       and before.email_change is distinct from u.email_change
)` + putToken

// Issue puts a token in the place of the user's last one of its kind, and gives the user as they are then; false when the user
// is not as the issue wants them, and then nothing is written.
func (s *Store) Issue(ctx context.Context, i Issue) (User, bool, error) {
	var p person
	found, err := s.ask(ctx, &p, false, issueSQL, record(i.Token), record(i), s.entry(i.Entry), records([]FlowState{}))
	return p.whole(), found, err
}
