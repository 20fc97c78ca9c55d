package flow_test

import (
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
)

// moved makes a session as GoTrue leaves it: its tokens are rows, of which the first two were used.
func moved(t *testing.T) *service {
	t.Helper()
	s := newService(t, settings())
	s.Exec(`
		insert into auth.sessions (id, user_id, created_at, updated_at, aal)
		values ('33333333-3333-4333-8333-333333333333', '` + ada + `', '2026-11-20 11:00', '2026-11-20 11:00', 'aal1');
		insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
		values ('44444444-4444-4444-8444-444444444444', '33333333-3333-4333-8333-333333333333', '2026-11-20 11:00', '2026-11-20 11:00', 'password');
		insert into auth.refresh_tokens (token, parent, user_id, session_id, revoked, created_at, updated_at)
		values ('aaaaaaaaaaaa', null, '` + ada + `', '33333333-3333-4333-8333-333333333333', true, '2026-11-20 11:00', '2026-11-20 11:10'),
		       ('bbbbbbbbbbbb', 'aaaaaaaaaaaa', '` + ada + `', '33333333-3333-4333-8333-333333333333', true, '2026-11-20 11:10', '2026-11-20 11:20'),
		       ('cccccccccccc', 'bbbbbbbbbbbb', '` + ada + `', '33333333-3333-4333-8333-333333333333', false, '2026-11-20 11:20', '2026-11-20 11:20')`)
	return s
}

func TestMovedSession(t *testing.T) {
	s := moved(t)
	before := s.statements.n.Load()
	signed := s.refresh(t, "cccccccccccc")
	if n := s.statements.n.Load() - before; n > 2 {
		t.Errorf("a refresh takes %d statements, 2 at most", n)
	}
	if len(signed.RefreshToken) != 12 || signed.RefreshToken == "cccccccccccc" || signed.Reused != nil {
		t.Errorf("got %q, %v", signed.RefreshToken, signed.Reused)
	}
	caller, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil || caller.Claims.Methods[0].Method != "password" || caller.Claims.SessionID != "33333333-3333-4333-8333-333333333333" {
		t.Errorf("got %+v, %v", caller.Claims, err)
	}
	if got := s.Value(`select parent || ' ' || revoked || ' ' || session_id from auth.refresh_tokens order by id desc limit 1`); got != "cccccccccccc false 33333333-3333-4333-8333-333333333333" {
		t.Errorf("the new row is %s", got)
	}
	if got := s.Value(`select refreshed_at || ' ' || user_agent from auth.sessions`); got != "2026-11-20 12:00:00.123456 test" {
		t.Errorf("the session is %s", got)
	}
	if again := s.refresh(t, signed.RefreshToken); again.RefreshToken == signed.RefreshToken {
		t.Error("the new token was not rotated")
	}
}

func TestMovedSessionManyAtOnce(t *testing.T) {
	s := moved(t)
	tokens := make([]string, 50)
	var all sync.WaitGroup
	for n := range tokens {
		all.Go(func() {
			signed, err := s.Refresh(t.Context(), "cccccccccccc", visit)
			if err != nil {
				t.Error(err)
			}
			tokens[n] = signed.RefreshToken
		})
	}
	all.Wait()
	for _, got := range tokens {
		if got != tokens[0] {
			t.Fatalf("got different tokens: %q", tokens)
		}
	}
	if n := s.Value(`select count(*) from auth.refresh_tokens`); n != "4" {
		t.Errorf("there are %s tokens", n)
	}
}

func TestMovedSessionReuse(t *testing.T) {
	s := moved(t)
	if signed := s.refresh(t, "bbbbbbbbbbbb"); signed.RefreshToken != "cccccccccccc" || len(signed.Reused) != 1 || signed.Reused[0] != refresh.FailToSave {
		t.Errorf("the parent of the active token gave %q, %v", signed.RefreshToken, signed.Reused)
	}
	_, err := s.Refresh(t.Context(), "aaaaaaaaaaaa", visit)
	refused(t, err, 400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
	_, err = s.Refresh(t.Context(), "cccccccccccc", visit)
	refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	if got := s.Value(`select (select count(*) from auth.sessions) || ' ' || (select count(*) from auth.refresh_tokens)`); got != "0 0" {
		t.Errorf("sessions and tokens: %s", got)
	}
}

func TestMovedSessionRefused(t *testing.T) {
	const later = `insert into auth.sessions (id, user_id, created_at, updated_at, aal)
		values ('55555555-5555-4555-8555-555555555555', '` + ada + `', '2026-11-20 11:30', '2026-11-20 11:30', 'aal1')`
	for _, tt := range []struct {
		name, sql, token string
		wait             time.Duration
		limits           refresh.Limits
		code, message    string
	}{
		{"nobody's token", ``, "dddddddddddd", 0, refresh.Limits{}, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"},
		{"of no session", `update auth.refresh_tokens set session_id = null`, "cccccccccccc", 0, refresh.Limits{}, "session_not_found", "Invalid Refresh Token: No Valid Session Found"},
		{"signed out", `delete from auth.sessions`, "cccccccccccc", 0, refresh.Limits{}, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, "cccccccccccc", 0, refresh.Limits{}, "user_banned", "Invalid Refresh Token: User Banned"},
		{"idle for too long", ``, "cccccccccccc", time.Hour, refresh.Limits{Inactivity: time.Hour}, "session_expired", "Invalid Refresh Token: Session Expired (Inactivity)"},
		{"another session since", later, "cccccccccccc", 0, refresh.Limits{SinglePerUser: true}, "session_expired", "Invalid Refresh Token: Session Expired (Revoked by Newer Login)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := moved(t)
			limited := settings()
			limited.Sessions = tt.limits
			s.with(t, limited)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			_, err := s.Refresh(t.Context(), tt.token, visit)
			refused(t, err, 400, tt.code, tt.message)
		})
	}
}
