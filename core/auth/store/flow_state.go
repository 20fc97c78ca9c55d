package store

import (
	"context"
	"time"
)

// FlowState is a row of auth.flow_state: a sign-in that began at one place and goes on at another, a provider or a mail. Its
// id is the state of OAuth. With a challenge it is one of PKCE (RFC 7636): it ends with a code that is worth something only to
// the client that began it.
type FlowState struct {
	ID                   string     `json:"id,omitempty"`
	UserID               string     `json:"user_id,omitempty"` // "" until it is known
	AuthCode             string     `json:"auth_code,omitempty"`
	CodeChallengeMethod  string     `json:"code_challenge_method,omitempty"` // "s256" or "plain"; "" without a challenge
	CodeChallenge        string     `json:"code_challenge,omitempty"`
	ProviderType         string     `json:"provider_type"` // "email", "google", ...
	ProviderAccessToken  string     `json:"provider_access_token"`
	ProviderRefreshToken string     `json:"provider_refresh_token"`
	CreatedAt            time.Time  `json:"created_at"`
	UpdatedAt            time.Time  `json:"updated_at"`
	AuthenticationMethod string     `json:"authentication_method"` // of the session it ends in, as the claim amr names it
	AuthCodeIssuedAt     *time.Time `json:"auth_code_issued_at"`
	InviteToken          string     `json:"invite_token,omitempty"`
	Referrer             string     `json:"referrer,omitempty"` // where the application wants to go on
	OAuthClientStateID   string     `json:"oauth_client_state_id,omitempty"`
	LinkingTargetID      string     `json:"linking_target_id,omitempty"` // the user who gets the identity; "" for a sign-in
	EmailOptional        bool       `json:"email_optional"`
}

// writeFlowState is the beginning of what writes the row r into auth.flow_state.
const writeFlowState = `
    insert into auth.flow_state (
           id, user_id, auth_code, code_challenge_method, code_challenge, provider_type, provider_access_token,
           provider_refresh_token, created_at, updated_at, authentication_method, auth_code_issued_at, invite_token, referrer,
           oauth_client_state_id, linking_target_id, email_optional)
    select r.id, r.user_id, r.auth_code, r.code_challenge_method, r.code_challenge, r.provider_type, r.provider_access_token,
           r.provider_refresh_token, r.created_at, r.updated_at, r.authentication_method, r.auth_code_issued_at, r.invite_token,
           r.referrer, r.oauth_client_state_id, r.linking_target_id, r.email_optional`

const flowStateByCodeSQL = `
select json_build_object('state', row_to_json(f), 'person', ` + personOf + `)
  from auth.flow_state as f
  join auth.users as u on u.id = f.user_id
 where f.auth_code = $1
   and f.auth_code_issued_at is not null`

// FlowStateByCode gives the state that ended with a code, and its user; false when no such code was issued.
func (s *Store) FlowStateByCode(ctx context.Context, code string) (FlowState, User, bool, error) {
	var row struct {
		State  FlowState `json:"state"`
		Person person    `json:"person"`
	}
	found, err := s.ask(ctx, &row, true, flowStateByCodeSQL, text(code))
	return row.State, row.Person.whole(), found, err
}

const exchangeSQL = `
with taken as (
    delete from auth.flow_state as f
     using json_populate_record(null::auth.sessions, $1::json) as r, auth.users as u
     where f.id = $5::uuid
       and f.auth_code = $6
       and f.user_id = r.user_id
       and u.id = f.user_id
       and ` + mayEnter + `
    returning f.user_id
), member as (
    update auth.users as u
       set last_sign_in_at = r.created_at, updated_at = r.created_at
      from json_populate_record(null::auth.sessions, $1::json) as r
      join taken as t on t.user_id = r.user_id
     where u.id = r.user_id
    returning u.*
)` + enterSQL

// Exchange takes away a state that has ended with its code, and signs its user in as SignIn does; false when somebody else has
// taken it, or the user is gone or banned, and then nothing is written.
func (s *Store) Exchange(ctx context.Context, f FlowState, n SignIn) (Session, User, bool, error) {
	var v visitor
	found, err := s.ask(ctx, &v, false, exchangeSQL,
		record(n.Session), record(n.Method), text(n.Provider), s.entry(n.Entry), text(f.ID), text(f.AuthCode))
	session, user := v.whole()
	return session, user, found, err
}
