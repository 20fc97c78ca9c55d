package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// recovery is a token of the user n that was sent to ada@example.org, the link of which goes on with a flow of PKCE.
func recovery(n int, at time.Time) store.Token {
	state := store.FlowState{
		ID: id(n + 5000), UserID: id(1), CodeChallenge: "a challenge", CodeChallengeMethod: "s256", ProviderType: "recovery",
		AuthenticationMethod: "recovery", CreatedAt: at, UpdatedAt: at,
	}
	return store.Token{
		ID: id(n + 2000), UserID: id(1), Kind: "recovery_token", Hash: "pkce_" + id(n), RelatesTo: "ada@example.org", CreatedAt: store.Clock{Time: at}, State: &state,
	}
}

func newRecovery(t *testing.T, s *store.Store, n int, at time.Time) bool {
	t.Helper()
	user, ok, err := s.NewRecovery(t.Context(), recovery(n, at), at.Add(-time.Minute), entry(n, "user_recovery_requested"))
	if err != nil || ok && (user.ID != id(1) || user.RecoverySent == nil || !user.RecoverySent.Equal(at)) {
		t.Fatalf("got %+v, %v", user, err)
	}
	return ok
}

func TestNewRecovery(t *testing.T) { onBoth(t, newRecoveries) }

func newRecoveries(t *testing.T, target *pgtest.DB, s *store.Store) {
	if newRecovery(t, s, 1, now) {
		t.Error("a token was made for nobody")
	}
	create(t, s, member(1, "Ada@example.org"))
	for _, tt := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"the first", now, true}, {"too soon", now.Add(time.Minute - time.Microsecond), false}, {"a minute later", now.Add(time.Minute), true},
	} {
		if got := newRecovery(t, s, int(tt.at.Sub(now).Seconds())+10, tt.at); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	for sql, want := range map[string]string{
		`select token_hash from auth.one_time_tokens where token_type::text = 'recovery_token'`:                         "pkce_" + id(70),
		`select string_agg(id::text, ' ' order by id) from auth.flow_state`:                                             id(5010) + " " + id(5070),
		`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_recovery_requested'`:            "2",
		`select to_char(recovery_sent_at at time zone 'utc', 'HH24:MI:SS.US') from auth.users`:                          "12:01:00.123456",
		`select count(*) from auth.flow_state where code_challenge_method::text = 's256' and user_id = '` + id(1) + `'`: "2",
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	target.Exec(`update auth.users set email = 'eve@example.org'`)
	if newRecovery(t, s, 200, now.Add(time.Hour)) {
		t.Error("a token was made for an address that the user has no more")
	}
}

// TestCreateUserForCode writes the state of a flow with the user's token.
func TestCreateUserForCode(t *testing.T) {
	target, s := prepared(t)
	n := member(1, "ada@example.org")
	n.Tokens[0].State = recovery(1, now).State
	create(t, s, n)
	if got := target.Value(`select user_id || ' ' || id from auth.flow_state`); got != id(1)+" "+id(5001) {
		t.Errorf("the state is %s", got)
	}
	again := member(2, "ada@example.org")
	state := *recovery(2, now).State
	again.Tokens[0].State = &state
	if _, err := s.CreateUser(t.Context(), again); !errors.Is(err, store.ErrTaken) {
		t.Errorf("got %v", err)
	}
	if n := target.Value(`select count(*) from auth.flow_state`); n != "1" {
		t.Errorf("there are %s states", n)
	}
}

// TestRedeemForCode has twenty redeem one token at once, and then exchange the code.
func TestRedeemForCode(t *testing.T) { onBoth(t, redeemForCode) }

func redeemForCode(t *testing.T, target *pgtest.DB, s *store.Store) {
	create(t, s, member(1, "ada@example.org"))
	newRecovery(t, s, 10, now)
	token, user, ok, err := s.TokenOfCode(t.Context(), id(10), []string{"recovery_token"}, "authenticated")
	if err != nil || !ok || token.Hash != "pkce_"+id(10) || user.ID != id(1) {
		t.Fatalf("got %+v, %v, %v", token, ok, err)
	}
	at := now.Add(time.Hour)
	ended := store.FlowState{UserID: id(1), AuthCode: "a code", AuthCodeIssuedAt: &at}
	for method, want := range map[string]bool{"magiclink": false, "recovery": true} {
		if got, err := s.Waits(t.Context(), id(1), []string{method}); got != want || err != nil {
			t.Errorf("%s: %v, %v", method, got, err)
		}
	}
	if _, ok, err := s.RedeemForCode(t.Context(), token, ended, []string{"magiclink"}, entry(20, "login")); ok || err != nil {
		t.Fatalf("for a flow that does not wait: %v, %v", ok, err)
	}
	var n atomic.Int64
	once(t, "redeemed", func() (store.FlowState, bool, error) {
		return s.RedeemForCode(t.Context(), token, ended, []string{"recovery"}, entry(int(20+n.Add(1)), "user_signedup"))
	})
	state, user, ok, err := s.FlowStateByCode(t.Context(), "a code")
	if err != nil || !ok || user.EmailConfirmedAt == nil || !user.EmailConfirmedAt.Equal(at) || !state.AuthCodeIssuedAt.Equal(at) {
		t.Fatalf("got %+v, %+v, %v, %v", state, user, ok, err)
	}
	once(t, "exchanged", func() (store.FlowState, bool, error) {
		_, _, ok, err := s.Exchange(t.Context(), state, session(int(100+n.Add(1)), 1))
		return store.FlowState{}, ok, err
	})
	for sql, want := range map[string]string{
		`select count(*) from auth.one_time_tokens`: "0", `select count(*) from auth.flow_state`: "0", `select count(*) from auth.sessions`: "1",
		`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'login'`: "1",
	} {
		if got := target.Value(sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}

// TestUserInTurn asks thirty times at once: one has the turn, whether or not there is a user.
func TestUserInTurn(t *testing.T) { onBoth(t, usersInTurn) }

func usersInTurn(t *testing.T, _ *pgtest.DB, s *store.Store) {
	create(t, s, member(1, "ada@example.org"))
	for email, known := range map[string]bool{"ADA@example.org": true, "eve@example.org": false} {
		waits := make([]time.Duration, 30)
		var all sync.WaitGroup
		for n := range waits {
			all.Go(func() {
				user, found, wait, err := s.UserInTurn(t.Context(), email, "authenticated", store.Count{Bucket: email, At: now, Window: time.Minute})
				if waits[n] = wait; overrun(err) {
					waits[n] = time.Minute
				} else if err != nil || found != known || found && user.ID != id(1) {
					t.Errorf("%s: got %+v, %v, %v", email, user, found, err)
				}
			})
		}
		all.Wait()
		slices.Sort(waits)
		if waits[0] != 0 || waits[1] != time.Minute {
			t.Errorf("%s: waits are %v", email, waits)
		}
		if _, _, wait, err := s.UserInTurn(t.Context(), email, "x", store.Count{Bucket: email, At: now.Add(20 * time.Second), Window: time.Minute}); wait != 40*time.Second || err != nil {
			t.Errorf("%s: the wait is %s, %v", email, wait, err)
		}
		if _, found, wait, err := s.UserInTurn(t.Context(), email, "x", store.Count{Bucket: email, At: now.Add(time.Minute), Window: time.Minute}); wait != 0 || found || err != nil {
			t.Errorf("%s: a minute later, for another audience: %v, %s, %v", email, found, wait, err)
		}
	}
}
