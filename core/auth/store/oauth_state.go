package store

import "context"

// beginOAuthSQL keeps the secret of PKCE towards the provider in a row of its own, as GoTrue does.
const beginOAuthSQL = `
with new_secret as (
    insert into auth.oauth_client_states (id, provider_type, code_verifier, created_at)
    select r.oauth_client_state_id, r.provider_type, $2, r.created_at
      from json_populate_record(null::auth.flow_state, $1::json) as r
), new_state as (` + writeFlowState + `
      from json_populate_record(null::auth.flow_state, $1::json) as r
    returning id
)
select to_json(f.id)
  from new_state as f`

// BeginOAuth writes the state of a person who leaves for a provider, with the verifier of PKCE towards it.
func (s *Store) BeginOAuth(ctx context.Context, f FlowState, verifier string) error {
	var id string
	_, err := s.ask(ctx, &id, false, beginOAuthSQL, record(f), text(verifier))
	return err
}

// OAuthState is a state that somebody has come back with.
type OAuthState struct {
	FlowState
	Verifier string // of PKCE towards the provider
	Target   *User  // who gets the identity; nil for a sign-in, and when that user is gone
}

// oauthStateSQL finds no state of another kind: one that waits for a mail is no state of OAuth.
const oauthStateSQL = `
select json_build_object(
           'state', row_to_json(f),
           'verifier', c.code_verifier,
           'target', case when u.id is not null then ` + personOf + ` end)
  from auth.flow_state as f
  left join auth.oauth_client_states as c on c.id = f.oauth_client_state_id
  left join auth.users as u on u.id = f.linking_target_id
 where f.id = $1::uuid
   and f.authentication_method = 'oauth'`

// OAuthState gives the state with an id, which is a UUID; false when there is none.
func (s *Store) OAuthState(ctx context.Context, id string) (OAuthState, bool, error) {
	var row struct {
		State    FlowState `json:"state"`
		Verifier string    `json:"verifier"`
		Target   *person   `json:"target"`
	}
	found, err := s.ask(ctx, &row, true, oauthStateSQL, text(id))
	state := OAuthState{FlowState: row.State, Verifier: row.Verifier}
	if row.Target != nil {
		target := row.Target.whole()
		state.Target = &target
	}
	return state, found, err
}
