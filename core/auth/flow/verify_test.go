package flow_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
)

const (
	codeExpired = "Token has expired or is invalid"
	linkExpired = "Email link is invalid or has expired"
)

// signedUp is a service where Bob has signed up, and the mail that he got.
func signedUp(t *testing.T) (*service, flow.Letter) {
	t.Helper()
	s := newService(t, settings())
	if _, err := s.SignUp(t.Context(), request(), visit); err != nil {
		t.Fatal(err)
	}
	return s, s.post.sent[0]
}

func TestVerify(t *testing.T) {
	for name, with := range map[string]func(flow.Letter) flow.Verification{
		"the code": func(l flow.Letter) flow.Verification {
			return flow.Verification{Purpose: "signup", Email: "BOB@example.org ", Code: l.Token}
		},
		"the link": func(l flow.Letter) flow.Verification { return flow.Verification{Purpose: "signup", Hash: l.TokenHash} },
		"the code, for any purpose": func(l flow.Letter) flow.Verification {
			return flow.Verification{Purpose: "email", Email: bob, Code: l.Token}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, got := signedUp(t)
			signed, err := s.Verify(t.Context(), with(got), visit)
			if err != nil {
				t.Fatal(err)
			}
			if signed.User.Email != bob || signed.User.EmailConfirmedAt == nil || signed.Session.Methods[0].Name != "otp" {
				t.Errorf("got %+v", signed)
			}
			var said, kept struct {
				Verified bool `json:"email_verified"`
			}
			if json.Unmarshal(signed.User.UserMetadata, &said) != nil || json.Unmarshal(signed.User.Identities[0].Data, &kept) != nil || !said.Verified || !kept.Verified {
				t.Errorf("the address is said to be confirmed: %v and %v", said.Verified, kept.Verified)
			}
			_, err = s.Verify(t.Context(), with(got), visit)
			again := codeExpired
			if name == "the link" {
				again = linkExpired
			}
			refused(t, err, 403, "otp_expired", again)
			if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestVerifyRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		wait      time.Duration
		change    func(*flow.Verification)
		code      string
		message   string
	}{
		{"a wrong code", "", 0, func(v *flow.Verification) { v.Code += "0" }, "otp_expired", codeExpired},
		{"no code", "", 0, func(v *flow.Verification) { v.Code = "" }, "otp_expired", codeExpired},
		{"an unknown address", "", 0, func(v *flow.Verification) { v.Email = "eve@example.org" }, "otp_expired", codeExpired},
		{"an address that ends in a digit of the code", "", 0, func(v *flow.Verification) { v.Email, v.Code = bob+v.Code[:1], v.Code[1:] }, "otp_expired", codeExpired},
		{"another purpose", "", 0, func(v *flow.Verification) { v.Purpose = "recovery" }, "otp_expired", codeExpired},
		{"too late", "", time.Hour + time.Second, nil, "otp_expired", codeExpired},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, 0, nil, "user_banned", "User is banned"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, got := signedUp(t)
			v := flow.Verification{Purpose: "signup", Email: bob, Code: got.Token}
			if tt.change != nil {
				tt.change(&v)
			}
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			_, err := s.Verify(t.Context(), v, visit)
			refused(t, err, 403, tt.code, tt.message)
		})
	}
	s, _ := signedUp(t)
	_, err := s.Verify(t.Context(), flow.Verification{Purpose: "x"}, visit)
	refused(t, err, 400, "validation_failed", "Invalid email verification type")
}

// TestVerifyManyAtOnce brings one code twenty times: one session.
func TestVerifyManyAtOnce(t *testing.T) {
	s, got := signedUp(t)
	var won sync.Map
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if _, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Email: bob, Code: got.Token}, visit); err == nil {
				won.Store(n, true)
			}
		})
	}
	all.Wait()
	count := 0
	won.Range(func(any, any) bool { count++; return true })
	if sessions := s.Value(`select count(*) from auth.sessions`); count != 1 || sessions != "1" {
		t.Errorf("%d have signed in, and there are %s sessions", count, sessions)
	}
}

// TestGuessing tries codes: after ten wrong ones the right one is worth nothing, but a new mail helps.
func TestGuessing(t *testing.T) {
	s, got := signedUp(t)
	guess := func(code string) error {
		_, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Email: bob, Code: code}, flow.Visit{IP: "192.0.2." + code[:1]})
		return err
	}
	for n := range 10 {
		wrong := fmt.Sprintf("%06d", n)
		if wrong == got.Token {
			continue
		}
		refused(t, guess(wrong), 403, "otp_expired", codeExpired)
	}
	refused(t, guess(got.Token), 403, "otp_expired", codeExpired)
	_, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: got.TokenHash}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
	s.Pass(2 * time.Minute)
	if _, err := s.SignUp(t.Context(), request(), visit); err != nil {
		t.Fatal(err)
	}
	if err := guess(s.post.sent[1].Token); err != nil {
		t.Errorf("the code of the new mail: %v", err)
	}
}
