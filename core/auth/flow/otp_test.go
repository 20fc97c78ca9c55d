package flow_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
)

func TestSendCode(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		auto      bool
		email     string
		kind      mail.Kind
		purpose   string
		most      int64 // statements
	}{
		{"a user", "", false, address, mail.MagicLink, "magiclink", 2},
		{"a user who has not confirmed", `update auth.users set email_confirmed_at = null`, false, address, mail.Confirmation, "signup", 2},
		{"nobody yet", "", false, bob, mail.Confirmation, "signup", 2},
		{"nobody yet, where addresses are believed", "", true, bob, mail.MagicLink, "magiclink", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := settings()
			at.Autoconfirm = tt.auto
			s := newService(t, at)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			r := coded(tt.email)
			r.Data = json.RawMessage(`{"name":"Bob","email_verified":true}`)
			before := s.statements.n.Load()
			ok(t, s.SendCode(t.Context(), r, visit))
			if n := s.statements.n.Load() - before; n > tt.most {
				t.Errorf("it takes %d statements", n)
			}
			got := s.sent(t)
			if len(s.post.sent) != 1 || got.Kind != tt.kind || got.SendingTo != tt.email {
				t.Errorf("the letter is %+v", got)
			}
			if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
				t.Errorf("%s sessions were made", n)
			}
			signed, err := s.Verify(t.Context(), flow.Verification{Purpose: tt.purpose, Email: tt.email, Code: got.Token}, visit)
			if err != nil || signed.User.Email != tt.email || signed.User.EmailConfirmedAt == nil {
				t.Errorf("got %+v, %v", signed, err)
			}
			if _, err := s.SignInWithPassword(t.Context(), bob, "", visit); err == nil {
				t.Error("a user without a password signs in with none")
			}
		})
	}
}

func TestSendCodeRefused(t *testing.T) {
	s := newService(t, settings())
	r := coded("eve@example.org")
	r.CreateUser = false
	refused(t, s.SendCode(t.Context(), r, visit), 422, "otp_disabled", "Signups not allowed for otp")
	off := settings()
	off.SignUp = false
	s.with(t, off)
	refused(t, s.SendCode(t.Context(), coded(bob), visit), 422, "signup_disabled", "Signups not allowed for this instance")
	r.Email = address
	ok(t, s.SendCode(t.Context(), r, visit))
	if n := s.Value(`select count(*) from auth.users`); n != "1" || len(s.post.sent) != 1 {
		t.Errorf("there are %s users and %d letters", n, len(s.post.sent))
	}
	s.Pass(time.Minute)
	s.post.err = errors.New("the mail server is away")
	refused(t, s.SendCode(t.Context(), r, visit), 500, "unexpected_failure", "Error sending magic link email")
}

func TestResend(t *testing.T) {
	s, first := signedUp(t)
	s.Pass(time.Minute)
	for _, email := range []string{bob, address, "eve@example.org"} {
		before := s.statements.n.Load()
		ok(t, s.Resend(t.Context(), asking(email), visit))
		if n := s.statements.n.Load() - before; n != 2 {
			t.Errorf("%s: it takes %d statements", email, n)
		}
	}
	if len(s.post.sent) != 2 || s.post.sent[1].SendingTo != bob || s.post.sent[1].Kind != mail.Confirmation {
		t.Fatalf("sent was %+v", s.post.sent)
	}
	_, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: first.TokenHash}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
	_, err = s.Verify(t.Context(), flow.Verification{Purpose: "signup", Email: bob, Code: s.post.sent[1].Token}, visit)
	ok(t, err)
}

func TestSignUpAnonymously(t *testing.T) {
	at := settings()
	s := newService(t, at)
	_, err := s.SignUpAnonymously(t.Context(), nil, visit)
	refused(t, err, 422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
	at.Anonymous = true
	s.with(t, at)
	signed, err := s.SignUpAnonymously(t.Context(), json.RawMessage(`{"cart":7}`), visit)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := s.Recognise(t.Context(), signed.AccessToken)
	c, u := caller.Claims, caller.User
	if err != nil || !c.IsAnonymous || c.Role != "authenticated" || c.Email != "" || len(c.Methods) != 1 || c.Methods[0].Method != "anonymous" {
		t.Errorf("the claims are %+v, %v", c, err)
	}
	if !u.IsAnonymous || u.Email != "" || string(u.AppMetadata) != `{}` || string(u.UserMetadata) != `{"cart": 7}` || len(u.Identities) != 0 {
		t.Errorf("the user is %+v", u)
	}
	if _, err := s.SignUpAnonymously(t.Context(), nil, visit); err != nil {
		t.Errorf("a second one: %v", err)
	}
	at.SignUp = false
	s.with(t, at)
	_, err = s.SignUpAnonymously(t.Context(), nil, visit)
	refused(t, err, 422, "signup_disabled", "Signups not allowed for this instance")
}
