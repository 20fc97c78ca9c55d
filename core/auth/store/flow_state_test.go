package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// begun is the state with the id n as it begins at a provider.
func begun(n int) store.FlowState {
	return store.FlowState{
		ID: id(n), CodeChallenge: "a challenge", CodeChallengeMethod: "s256", ProviderType: "google", AuthenticationMethod: "oauth",
		CreatedAt: now, UpdatedAt: now, InviteToken: "an invitation", Referrer: "https://app.example.org", LinkingTargetID: id(1), EmailOptional: true,
	}
}

func createState(t *testing.T, s *store.Store, f store.FlowState) {
	t.Helper()
	made, err := s.CreateFlowState(t.Context(), f)
	if diff := cmp.Diff(f, made); err != nil || diff != "" {
		t.Fatalf("created: %v (-want +got):\n%s", err, diff)
	}
}

func TestFlowState(t *testing.T) { onBoth(t, flowState) }

func flowState(t *testing.T, _ *pgtest.DB, s *store.Store) {
	create(t, s, member(1, "ada@example.org"))
	createState(t, s, begun(50))
	if got, ok, err := s.FlowState(t.Context(), id(50)); !ok || err != nil || !cmp.Equal(begun(50), got) {
		t.Errorf("by id: %v, %v\n%s", ok, err, cmp.Diff(begun(50), got))
	}
	if _, _, ok, err := s.FlowStateByCode(t.Context(), ""); ok || err != nil {
		t.Errorf("a state that has no code was found by none: %v, %v", ok, err)
	}
	want := begun(50)
	at := now.Add(time.Minute)
	want.UserID, want.AuthCode, want.AuthCodeIssuedAt, want.UpdatedAt = id(1), "a code", &at, at
	want.ProviderAccessToken, want.ProviderRefreshToken = "an access token", "a refresh token"
	issue := want
	issue.Referrer = "https://evil.example" // is not looked at
	if got, ok, err := s.IssueCode(t.Context(), issue, now.Add(-time.Second)); !ok || err != nil || !cmp.Equal(want, got) {
		t.Errorf("issued: %v, %v\n%s", ok, err, cmp.Diff(want, got))
	}
	got, user, ok, err := s.FlowStateByCode(t.Context(), "a code")
	if !ok || err != nil || !cmp.Equal(want, got) || user.ID != id(1) || len(user.Identities) != 1 {
		t.Errorf("by code: %v, %v, %+v\n%s", ok, err, user, cmp.Diff(want, got))
	}
	if _, ok, err := s.IssueCode(t.Context(), issue, now.Add(-time.Second)); ok || err != nil {
		t.Errorf("a second code was issued: %v, %v", ok, err)
	}
	if _, ok, err := s.TakeFlowState(t.Context(), id(50), "another code"); ok || err != nil {
		t.Errorf("taken with another code: %v, %v", ok, err)
	}
	if got, ok, err := s.TakeFlowState(t.Context(), id(50), "a code"); !ok || err != nil || !cmp.Equal(want, got) {
		t.Errorf("taken: %v, %v", ok, err)
	}
}

func TestFlowStateTooOld(t *testing.T) {
	_, s := prepared(t)
	create(t, s, member(1, "ada@example.org"))
	createState(t, s, begun(50))
	f := begun(50)
	f.UserID, f.AuthCode, f.AuthCodeIssuedAt = id(1), "a code", &now
	if _, ok, err := s.IssueCode(t.Context(), f, now); ok || err != nil {
		t.Errorf("a code was issued for a state that is too old: %v, %v", ok, err)
	}
}

// TestFlowStateOfAnImport reads a row with NULL wherever the table allows it.
func TestFlowStateOfAnImport(t *testing.T) {
	target, s := prepared(t)
	target.Exec(`insert into auth.flow_state (id, provider_type, authentication_method) values ('` + id(50) + `', 'email', 'magiclink')`)
	want := store.FlowState{ID: id(50), ProviderType: "email", AuthenticationMethod: "magiclink"}
	if got, ok, err := s.FlowState(t.Context(), id(50)); !ok || err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %v\n%s", ok, err, cmp.Diff(want, got))
	}
	if _, ok, err := s.TakeFlowState(t.Context(), id(50), ""); !ok || err != nil {
		t.Errorf("taken: %v, %v", ok, err)
	}
}

// TestFlowStateOnce has twenty end and then twenty take one state: one each.
func TestFlowStateOnce(t *testing.T) { onBoth(t, flowStateOnce) }

func flowStateOnce(t *testing.T, _ *pgtest.DB, s *store.Store) {
	create(t, s, member(1, "ada@example.org"))
	createState(t, s, begun(50))
	f := begun(50)
	f.UserID, f.AuthCode, f.AuthCodeIssuedAt = id(1), "a code", &now
	once(t, "ended", func() (store.FlowState, bool, error) { return s.IssueCode(t.Context(), f, now.Add(-time.Hour)) })
	once(t, "taken", func() (store.FlowState, bool, error) { return s.TakeFlowState(t.Context(), id(50), "a code") })
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
