package store_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// ended is the state with the id n as it has ended at a provider.
func ended(n int) store.FlowState {
	at := now.Add(time.Minute)
	return store.FlowState{
		ID: id(n), UserID: id(1), AuthCode: "a code", AuthCodeIssuedAt: &at, CodeChallenge: "a challenge", CodeChallengeMethod: "s256",
		ProviderType: "google", AuthenticationMethod: "oauth", ProviderAccessToken: "an access token", ProviderRefreshToken: "a refresh token",
		CreatedAt: now, UpdatedAt: at, InviteToken: "an invitation", Referrer: "https://app.example.org", LinkingTargetID: id(1), EmailOptional: true,
	}
}

func createState(t *testing.T, target *pgtest.DB, f store.FlowState) {
	t.Helper()
	row, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	target.Exec(`insert into auth.flow_state select * from json_populate_record(null::auth.flow_state, '` + string(row) + `')`)
}

func TestFlowState(t *testing.T) { onBoth(t, flowState) }

func flowState(t *testing.T, target *pgtest.DB, s *store.Store) {
	create(t, s, member(1, "ada@example.org"))
	open := ended(51)
	open.AuthCode, open.AuthCodeIssuedAt = "", nil
	createState(t, target, open)
	createState(t, target, ended(50))
	if _, _, ok, err := s.FlowStateByCode(t.Context(), ""); ok || err != nil {
		t.Errorf("a state that has no code was found by none: %v, %v", ok, err)
	}
	got, user, ok, err := s.FlowStateByCode(t.Context(), "a code")
	if !ok || err != nil || !cmp.Equal(ended(50), got) || user.ID != id(1) || len(user.Identities) != 1 {
		t.Errorf("by code: %v, %v, %+v\n%s", ok, err, user, cmp.Diff(ended(50), got))
	}
	stranger := got
	stranger.AuthCode = "another code"
	if _, _, ok, err := s.Exchange(t.Context(), stranger, session(11, 1)); ok || err != nil {
		t.Errorf("taken with another code: %v, %v", ok, err)
	}
	if _, _, ok, err := s.Exchange(t.Context(), got, session(11, 1)); !ok || err != nil {
		t.Errorf("taken: %v, %v", ok, err)
	}
	if _, _, ok, err := s.Exchange(t.Context(), got, session(12, 1)); ok || err != nil {
		t.Errorf("taken twice: %v, %v", ok, err)
	}
}

// TestFlowStateOfAnImport reads a row with NULL wherever the table allows it.
func TestFlowStateOfAnImport(t *testing.T) {
	target, s := prepared(t)
	create(t, s, member(1, "ada@example.org"))
	target.Exec(`insert into auth.flow_state (id, user_id, auth_code, auth_code_issued_at, provider_type, authentication_method)
		values ('` + id(50) + `', '` + id(1) + `', 'a code', '2026-11-20T12:00:00Z', 'email', 'magiclink')`)
	got, _, ok, err := s.FlowStateByCode(t.Context(), "a code")
	if !ok || err != nil || got.ID != id(50) || got.CodeChallenge != "" || got.Referrer != "" || got.EmailOptional {
		t.Errorf("%v, %v, %+v", ok, err, got)
	}
	if _, _, ok, err := s.Exchange(t.Context(), got, session(11, 1)); !ok || err != nil {
		t.Errorf("taken: %v, %v", ok, err)
	}
}

// overrun reports a statement that has lost every race that it was tried again for: nothing has happened.
func overrun(err error) bool { return err != nil && fault.From(err).Code == "40001" }

// once does something twenty times at once, of which one must come to something.
func once(t *testing.T, name string, do func() (store.FlowState, bool, error)) {
	t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, ok, err := do()
			if err != nil && !overrun(err) {
				t.Errorf("%s: %v", name, err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%s: %d times", name, won.Load())
	}
}
