package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
)

// demanded is a service that takes a code for a new password in an old session, Ada in such a session, and her code.
func demanded(t *testing.T) (*service, flow.Caller, flow.Letter) {
	t.Helper()
	demanding := settings()
	demanding.Update.Reauthenticate = true
	s := newService(t, demanding)
	signed := s.signIn(t)
	s.Exec(`update auth.sessions set created_at = created_at - interval '25 hours'`)
	c := s.caller(t, signed)
	if err := s.Reauthenticate(t.Context(), c, visit); err != nil {
		t.Fatal(err)
	}
	return s, c, s.post.sent[0]
}

func TestReauthenticate(t *testing.T) {
	s, c, letter := demanded(t)
	if letter.Kind != mail.Reauthentication || letter.SendingTo != address || len(letter.Token) != 6 || letter.ConfirmationURL != "" {
		t.Errorf("the mail is %+v", letter)
	}
	asked := flow.UserUpdate{Password: new(another), Nonce: letter.Token}
	if u := s.update(t, c, asked); u.ReauthSent != nil {
		t.Errorf("a mail is said to have gone out at %s", u.ReauthSent)
	}
	again := asked
	again.Password = new(plain)
	_, err := s.UpdateUser(t.Context(), s.caller(t, flow.Signed{AccessToken: mustToken(t, s, another)}), again, visit)
	if err != nil {
		t.Errorf("a new session needs no code: %v", err)
	}
	_, err = s.UpdateUser(t.Context(), c, asked, visit)
	refused(t, err, 422, "reauthentication_not_valid", "Nonce has expired or is invalid")
	if got := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_reauthenticate_requested' and payload ->> 'log_type' = 'user'`); got != "1" {
		t.Errorf("the audit log has %s lines", got)
	}
}

func TestReauthenticateRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql     string
		status        int
		code, message string
	}{
		{"not confirmed", `update auth.users set email_confirmed_at = null`, 422, "email_not_confirmed", "Please verify your email first."},
		{"no address", `update auth.users set email = null`, 400, "validation_failed", "Reauthentication requires the user to have an email or a phone number"},
		{"too often", `update auth.users set reauthentication_sent_at = '2026-11-20 11:59:30+00'`, 429, "over_email_send_rate_limit", "For security purposes, you can only request this after 30 seconds."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, settings())
			signed := s.signIn(t)
			s.Exec(tt.sql)
			refused(t, s.Reauthenticate(t.Context(), s.caller(t, signed), visit), tt.status, tt.code, tt.message)
			if len(s.post.sent) > 0 {
				t.Error("a mail was sent")
			}
		})
	}
}

func TestNonceRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		sql  string
		wait time.Duration
		code func(string) string
	}{
		{"wrong", "", 0, func(c string) string { return c + "0" }},
		{"too late", "", time.Hour + time.Second, nil},
		{"sent to another address", `update auth.users set email = 'other@example.org'`, 0, nil},
		{"sent for something else", `update auth.one_time_tokens set token_type = 'recovery_token'`, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c, letter := demanded(t)
			if tt.sql != "" {
				s.Exec(tt.sql)
				c.User.Email = s.Value(`select email from auth.users`)
			}
			s.Pass(tt.wait)
			if tt.code != nil {
				letter.Token = tt.code(letter.Token)
			}
			_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Password: new(another), Nonce: letter.Token}, visit)
			refused(t, err, 422, "reauthentication_not_valid", "Nonce has expired or is invalid")
		})
	}
}

// TestGuessingNonces tries codes: after ten wrong ones the right one is worth nothing (attack 13).
func TestGuessingNonces(t *testing.T) {
	s, c, letter := demanded(t)
	for n := range 10 {
		_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Password: new(another), Nonce: fmt.Sprintf("wrong%d", n)}, visit)
		refused(t, err, 422, "reauthentication_not_valid", "Nonce has expired or is invalid")
	}
	_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Password: new(another), Nonce: letter.Token}, visit)
	refused(t, err, 422, "reauthentication_not_valid", "Nonce has expired or is invalid")
}
