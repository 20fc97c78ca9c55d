package flow_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
)

const emailTaken = "A user with this email address has already been registered"

// both are settings where both addresses confirm a change.
func both() flow.Settings {
	s := settings()
	s.Update.BothAddresses = true
	return s
}

// changing is a service where Ada has asked for Bob's address, and the letters to the new and to the old one.
func changing(t *testing.T, settings flow.Settings) (s *service, toNew, toOld flow.Letter) {
	t.Helper()
	s = newService(t, settings)
	s.update(t, s.in(t), flow.UserUpdate{Email: "BOB@example.org", RedirectTo: "https://example.org/welcome"})
	if len(s.post.sent) < 2 {
		return s, s.post.sent[0], flow.Letter{}
	}
	return s, s.post.sent[0], s.post.sent[1]
}

// byLink and byCode are the ways to bring what a letter hands over.
func byLink(l flow.Letter) flow.Verification {
	return flow.Verification{Purpose: "email_change", Hash: l.TokenHash}
}

func byCode(l flow.Letter) flow.Verification {
	return flow.Verification{Purpose: "email_change", Email: strings.ToUpper(l.SendingTo), Code: l.Token}
}

// email is Ada's address as the database has it.
func (s *service) email() string {
	return s.Value(`select coalesce(email, '') from auth.users where id = '` + ada + `'`)
}

// accepted demands that a confirmation is one of two.
func (s *service) accepted(t *testing.T, v flow.Verification) {
	t.Helper()
	got, err := s.VerifyEmailChange(t.Context(), v, visit)
	if err != nil || !got.Waiting || got.Signed.AccessToken != "" || got.Code != "" || s.email() != address {
		t.Fatalf("waiting %v, code %q, %v, and the address is %s", got.Waiting, got.Code, err, s.email())
	}
}

// changed demands that a confirmation changes the address, and gives the session.
func (s *service) changed(t *testing.T, v flow.Verification) flow.Signed {
	t.Helper()
	got, err := s.VerifyEmailChange(t.Context(), v, visit)
	if err != nil || got.Waiting || got.Signed.User.Email != bob || s.email() != bob {
		t.Fatalf("waiting %v, code %q, %v, and the address is %s", got.Waiting, got.Code, err, s.email())
	}
	return got.Signed
}

func TestEmailChange(t *testing.T) {
	for _, tt := range []struct {
		name     string
		new, old func(flow.Letter) flow.Verification
		newFirst bool
	}{
		{"links, the new address first", byLink, byLink, true},
		{"links, the old address first", byLink, byLink, false},
		{"codes, the new address first", byCode, byCode, true},
		{"codes, the old address first", byCode, byCode, false},
		{"a code and a link", byCode, byLink, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, toNew, toOld := changing(t, both())
			first, second := tt.new(toNew), tt.old(toOld)
			if !tt.newFirst {
				first, second = second, first
			}
			s.accepted(t, first)
			_, err := s.VerifyEmailChange(t.Context(), first, visit)
			expired(t, err, first)
			signed := s.changed(t, second)
			_, err = s.VerifyEmailChange(t.Context(), second, visit)
			expired(t, err, second)
			u := s.caller(t, signed).User
			if u.EmailChange != "" || u.EmailConfirmedAt == nil || len(u.Identities) != 1 || u.Identities[0].Email != bob || signed.Session.Methods[0].Name != "otp" {
				t.Errorf("the user is %+v", u)
			}
			var data struct {
				Sub, Email string
				Verified   bool `json:"email_verified"`
			}
			if err := json.Unmarshal(u.Identities[0].Data, &data); err != nil || data.Sub != ada || data.Email != bob || !data.Verified {
				t.Errorf("the identity says %s", u.Identities[0].Data)
			}
			if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err != nil {
				t.Error(err)
			}
			_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
			refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
		})
	}
}

// expired demands the fault of what is worth nothing any more.
func expired(t *testing.T, err error, v flow.Verification) {
	t.Helper()
	if v.Hash != "" {
		refused(t, err, 403, "otp_expired", linkExpired)
		return
	}
	refused(t, err, 403, "otp_expired", codeExpired)
}

func TestEmailChangeLetters(t *testing.T) {
	s, toNew, toOld := changing(t, both())
	for to, l := range map[string]flow.Letter{bob: toNew, address: toOld} {
		link, err := url.Parse(l.ConfirmationURL)
		if err != nil {
			t.Fatal(err)
		}
		q := link.Query()
		if l.Kind != mail.EmailChange || l.SendingTo != to || l.Email != address || l.NewEmail != bob || len(l.Token) != 6 ||
			q.Get("token") != l.TokenHash || q.Get("type") != "email_change" || q.Get("redirect_to") != "https://example.org/welcome" {
			t.Errorf("the letter to %s is %+v", to, l)
		}
	}
	if toNew.Token == toOld.Token || toNew.TokenHash == toOld.TokenHash {
		t.Error("both letters hand over the same")
	}
	u := s.in(t).User
	if u.Email != address || u.EmailChange != bob || u.EmailChangeSent == nil {
		t.Errorf("the user is %+v", u)
	}
}

// TestEmailChangeByOneSide confirms one side again and again: the address stays (attack 36).
func TestEmailChangeByOneSide(t *testing.T) {
	for side := range 2 {
		t.Run(fmt.Sprint(side), func(t *testing.T) {
			s, _, _ := changing(t, both())
			for round := range 3 {
				s.accepted(t, byLink(s.post.sent[2*round+side]))
				s.Pass(2 * time.Minute)
				if err := s.ResendEmailChange(t.Context(), flow.MailRequest{Email: address}, visit); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	t.Run("a token of the same side from elsewhere", func(t *testing.T) {
		s, _, toOld := changing(t, both())
		s.accepted(t, byLink(toOld))
		s.Exec(`insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at)
			values (gen_random_uuid(), '` + ada + `', 'email_change_token_current', 'again', '` + address + `', '2026-11-20 12:00:00')`)
		s.accepted(t, flow.Verification{Purpose: "email_change", Hash: "again"})
	})
	t.Run("another address is left", func(t *testing.T) {
		s, toNew, toOld := changing(t, both())
		s.accepted(t, byLink(toNew))
		s.Exec(`update auth.users set email = 'ada@example.com' where id = '` + ada + `'`)
		_, err := s.VerifyEmailChange(t.Context(), byLink(toOld), visit)
		expired(t, err, byLink(toOld))
	})
	t.Run("another address after the first side", func(t *testing.T) {
		s, toNew, toOld := changing(t, both())
		s.accepted(t, byLink(toOld))
		s.Pass(2 * time.Minute)
		s.update(t, s.in(t), flow.UserUpdate{Email: "eve@example.org"})
		_, err := s.VerifyEmailChange(t.Context(), byLink(toNew), visit)
		expired(t, err, byLink(toNew))
		s.accepted(t, byLink(s.post.sent[2]))
	})
}

// TestEmailChangeSidesAtOnce brings both sides at the same moment.
func TestEmailChangeSidesAtOnce(t *testing.T) {
	for range 5 {
		s, toNew, toOld := changing(t, both())
		var all sync.WaitGroup
		var won sync.Map
		for n := range 10 {
			all.Go(func() {
				l := toNew
				if n%2 == 0 {
					l = toOld
				}
				if got, err := s.VerifyEmailChange(t.Context(), byLink(l), visit); err == nil {
					won.Store(n, got.Waiting)
				}
			})
		}
		all.Wait()
		counts := map[bool]int{}
		won.Range(func(_, waiting any) bool { counts[waiting.(bool)]++; return true })
		if sessions := s.Value(`select count(*) from auth.sessions`); counts[true] != 1 || counts[false] != 1 || s.email() != bob || sessions != "2" {
			t.Fatalf("%v, the address is %s, and there are %s sessions", counts, s.email(), sessions)
		}
	}
}

func TestEmailChangeByOneAddress(t *testing.T) {
	s, toNew, toOld := changing(t, settings())
	if toOld.SendingTo != "" || toNew.SendingTo != bob {
		t.Errorf("letters went to %q and %q", toNew.SendingTo, toOld.SendingTo)
	}
	s.changed(t, byCode(toNew))
	t.Run("not by the old one", func(t *testing.T) {
		s, _, toOld := changing(t, both())
		s.with(t, settings())
		_, err := s.VerifyEmailChange(t.Context(), byLink(toOld), visit)
		expired(t, err, byLink(toOld))
		if s.email() != address {
			t.Errorf("the address is %s", s.email())
		}
	})
}

func TestEmailChangeWithoutMail(t *testing.T) {
	believing := both()
	believing.Autoconfirm = true
	s := newService(t, believing)
	s.Exec(`update auth.users set email_change = 'eve@example.org', email_change_confirm_status = 1`)
	c := s.in(t)
	u := s.update(t, c, flow.UserUpdate{Email: bob})
	if u.Email != bob || u.EmailChange != "" || u.EmailConfirmedAt == nil || len(u.Identities) != 1 || u.Identities[0].Email != bob || len(s.post.sent) != 0 {
		t.Errorf("the user is %+v, and %d mails were sent", u, len(s.post.sent))
	}
	if again := s.caller(t, s.signInAs(t, bob)).User; again.Identities[0].Email != bob || s.Value(`select email_change_confirm_status from auth.users`) != "0" {
		t.Errorf("the user is %+v", again)
	}
}

func (s *service) signInAs(t *testing.T, email string) flow.Signed {
	t.Helper()
	signed, err := s.SignInWithPassword(t.Context(), email, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestEmailChangeOfProvidersUser gives somebody who came by a provider an identity of the address, beside the other one.
func TestEmailChangeOfProvidersUser(t *testing.T) {
	s := newService(t, settings())
	s.Exec(`update auth.identities set provider = 'github', provider_id = '7'; update auth.users set raw_app_meta_data = '{"provider":"github","providers":["github"],"plan":"gold"}'`)
	c := s.in(t)
	s.update(t, c, flow.UserUpdate{Email: bob})
	u := s.changed(t, byLink(s.post.sent[0])).User
	if len(u.Identities) != 2 || u.Identities[0].Provider != "github" || u.Identities[0].Email != address || u.Identities[1].ProviderID != ada || u.Identities[1].Email != bob {
		t.Errorf("the identities are %+v", u.Identities)
	}
	if got := s.Value(`select raw_app_meta_data::text from auth.users`); got != `{"plan": "gold", "provider": "github", "providers": ["github", "email"]}` {
		t.Errorf("the application's metadata are %s", got)
	}
}

// anonymous turns Ada into somebody without an address, and gives her session.
func (s *service) anonymous(t *testing.T) flow.Caller {
	t.Helper()
	signed := s.signIn(t)
	s.Exec(`update auth.users set is_anonymous = true, email = null, email_confirmed_at = null, encrypted_password = null, raw_app_meta_data = '{}', raw_user_meta_data = '{}'; delete from auth.identities`)
	return s.caller(t, signed)
}

// TestAnonymousConversion gives an anonymous user an address and a password: they are anonymous until the address is confirmed.
func TestAnonymousConversion(t *testing.T) {
	s := newService(t, both())
	u := s.update(t, s.anonymous(t), flow.UserUpdate{Email: bob, Password: new(another)})
	if !u.IsAnonymous || u.Email != "" || u.EmailChange != bob || len(s.post.sent) != 1 {
		t.Errorf("before: %+v, and %d mails", u, len(s.post.sent))
	}
	u = s.changed(t, byCode(s.post.sent[0])).User
	if u.IsAnonymous || u.EmailConfirmedAt == nil || len(u.Identities) != 1 || u.Identities[0].Provider != "email" || !strings.Contains(string(u.UserMetadata), `"email_verified": true`) {
		t.Errorf("afterwards: %+v with %s", u, u.UserMetadata)
	}
	if got := s.Value(`select raw_app_meta_data::text from auth.users`); got != `{"provider": "email", "providers": ["email"]}` {
		t.Errorf("the application's metadata are %s", got)
	}
	if _, err := s.SignInWithPassword(t.Context(), bob, another, visit); err != nil {
		t.Error(err)
	}
	t.Run("without a mail", func(t *testing.T) {
		believing := both()
		believing.Autoconfirm = true
		s := newService(t, believing)
		u := s.update(t, s.anonymous(t), flow.UserUpdate{Email: bob})
		if u.IsAnonymous || u.Email != bob || u.EmailConfirmedAt == nil || len(u.Identities) != 1 || len(s.post.sent) != 0 ||
			s.Value(`select raw_app_meta_data::text from auth.users`) != `{"provider": "email", "providers": ["email"]}` {
			t.Errorf("the user is %+v", u)
		}
	})
}

func TestEmailChangeRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql     string
		wait          time.Duration
		change        func(*flow.Verification)
		status        int
		code, message string
	}{
		{"a wrong code", "", 0, func(v *flow.Verification) { v.Code += "0" }, 403, "otp_expired", codeExpired},
		{"no code", "", 0, func(v *flow.Verification) { v.Code = "" }, 403, "otp_expired", codeExpired},
		{"the code with the other address", "", 0, func(v *flow.Verification) { v.Email = address }, 403, "otp_expired", codeExpired},
		{"an address that ends in a digit of the code", "", 0, func(v *flow.Verification) { v.Email, v.Code = bob+v.Code[:1], v.Code[1:] }, 403, "otp_expired", codeExpired},
		{"an unknown link", "", 0, func(v *flow.Verification) { *v = flow.Verification{Hash: "x"} }, 403, "otp_expired", linkExpired},
		{"too late", "", time.Hour + time.Second, nil, 403, "otp_expired", codeExpired},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, 0, nil, 403, "user_banned", "User is banned"},
		{"sent for something else", `update auth.one_time_tokens set token_type = 'recovery_token'`, 0, nil, 403, "otp_expired", codeExpired},
		{"another address is waited for", `update auth.users set email_change = 'eve@example.org'`, 0, nil, 403, "otp_expired", codeExpired},
		{"no address is waited for", `update auth.users set email_change = ''`, 0, nil, 403, "otp_expired", codeExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, toNew, _ := changing(t, settings())
			v := byCode(toNew)
			if tt.change != nil {
				tt.change(&v)
			}
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			_, err := s.VerifyEmailChange(t.Context(), v, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if s.email() != address {
				t.Errorf("the address is %s", s.email())
			}
		})
	}
}

// TestEmailChangeRace lets two users ask for one address, and somebody take it in between: one has it (attack 37).
func TestEmailChangeRace(t *testing.T) {
	s, toNew, _ := changing(t, settings())
	if _, err := s.SignUp(t.Context(), flow.SignUp{Email: bob, Password: plain}, visit); err != nil {
		t.Fatal(err)
	}
	_, err := s.VerifyEmailChange(t.Context(), byLink(toNew), visit)
	refused(t, err, 422, "email_exists", emailTaken)
	if got := s.Value(`select email || ' ' || email_change || ' ' || (select count(*) from auth.one_time_tokens where user_id = u.id) from auth.users as u where id = '` + ada + `'`); got != address+" "+bob+" 1" {
		t.Errorf("the change left %s", got)
	}
	t.Run("without a mail", func(t *testing.T) {
		believing := settings()
		believing.Autoconfirm = true
		s := newService(t, believing)
		callers := make([]flow.Caller, 8)
		for n := range callers {
			made, err := s.SignUp(t.Context(), flow.SignUp{Email: fmt.Sprintf("user%d@example.org", n), Password: plain}, visit)
			if err != nil {
				t.Fatal(err)
			}
			callers[n] = s.caller(t, *made.Signed)
		}
		var won sync.Map
		var all sync.WaitGroup
		for n, c := range callers {
			all.Go(func() {
				_, err := s.UpdateUser(t.Context(), c, flow.UserUpdate{Email: bob}, visit)
				if err == nil {
					won.Store(n, true)
					return
				}
				refused(t, err, 422, "email_exists", emailTaken)
			})
		}
		all.Wait()
		winners := 0
		won.Range(func(any, any) bool { winners++; return true })
		if got := s.Value(`select count(*) from auth.users where email = '` + bob + `'`); winners != 1 || got != "1" {
			t.Errorf("%d have it, and %s rows", winners, got)
		}
	})
}

// TestGuessingEmailChange tries the codes that were sent to the new address: after ten wrong ones the right one is worth nothing
// (attack 13).
func TestGuessingEmailChange(t *testing.T) {
	s, toNew, toOld := changing(t, both())
	for n := range 10 {
		_, err := s.VerifyEmailChange(t.Context(), flow.Verification{Email: bob, Code: fmt.Sprintf("wrong%d", n)}, visit)
		refused(t, err, 403, "otp_expired", codeExpired)
	}
	_, err := s.VerifyEmailChange(t.Context(), byCode(toNew), visit)
	expired(t, err, byCode(toNew))
	_, err = s.VerifyEmailChange(t.Context(), byLink(toNew), visit)
	expired(t, err, byLink(toNew))
	s.accepted(t, byCode(toOld))
}

func TestResendEmailChange(t *testing.T) {
	s, toNew, toOld := changing(t, both())
	s.accepted(t, byLink(toOld))
	resend := func(email string) error {
		return s.ResendEmailChange(t.Context(), flow.MailRequest{Email: email, RedirectTo: "https://example.org/again"}, visit)
	}
	s.Pass(2 * time.Minute)
	if err := resend(strings.ToUpper(address)); err != nil || len(s.post.sent) != 4 {
		t.Fatalf("%v, and %d letters", err, len(s.post.sent))
	}
	_, err := s.VerifyEmailChange(t.Context(), byLink(toNew), visit)
	expired(t, err, byLink(toNew))
	s.accepted(t, byLink(s.post.sent[3]))
	s.changed(t, byLink(s.post.sent[2]))
	for name, email := range map[string]string{"nobody": "eve@example.org", "nothing to confirm": bob} {
		if err := resend(email); err != nil || len(s.post.sent) != 4 {
			t.Errorf("%s: %v, and %d letters", name, err, len(s.post.sent))
		}
	}
}

// TestResendEmailChangeTooOften refuses a second mail to everybody alike.
func TestResendEmailChangeTooOften(t *testing.T) {
	s, _, _ := changing(t, settings())
	for _, email := range []string{address, "eve@example.org"} {
		if err := s.ResendEmailChange(t.Context(), flow.MailRequest{Email: email}, visit); err != nil || len(s.post.sent) != 1 {
			t.Errorf("%s: %v, and %d letters", email, err, len(s.post.sent))
		}
		err := s.ResendEmailChange(t.Context(), flow.MailRequest{Email: email}, visit)
		refused(t, err, 429, "over_email_send_rate_limit", "For security purposes, you can only request this after 60 seconds.")
	}
	_, err := s.UpdateUser(t.Context(), s.in(t), flow.UserUpdate{Email: "eve@example.org"}, visit)
	refused(t, err, 429, "over_email_send_rate_limit", "For security purposes, you can only request this after 60 seconds.")
}

// TestEmailChangeForCode follows the links of a client of PKCE: the second gives a code, which only that client can use.
func TestEmailChangeForCode(t *testing.T) {
	verifier := strings.Repeat("v", 43)
	s := newService(t, both())
	s.update(t, s.in(t), flow.UserUpdate{Email: bob, Challenge: flow.Challenge{Text: verifier, Method: "plain"}})
	if got := s.Value(`select count(*) from auth.flow_state where user_id = '` + ada + `' and authentication_method = 'email_change'`); got != "1" {
		t.Fatalf("there are %s flows", got)
	}
	first, err := s.FollowEmailChange(t.Context(), byLink(s.post.sent[0]), visit)
	if err != nil || !first.Waiting || first.Code != "" {
		t.Fatalf("got %+v, %v", first, err)
	}
	second, err := s.FollowEmailChange(t.Context(), byLink(s.post.sent[1]), visit)
	if err != nil || second.Code == "" || second.Signed.AccessToken != "" || s.email() != bob {
		t.Fatalf("got %+v, %v, and the address is %s", second, err, s.email())
	}
	signed, err := s.ExchangeCode(t.Context(), second.Code, verifier, visit)
	if err != nil || signed.User.Email != bob || signed.Session.Methods[0].Name != "email_change" {
		t.Errorf("got %+v, %v", signed, err)
	}
	t.Run("by the codes in the mails", func(t *testing.T) {
		s := newService(t, both())
		s.update(t, s.in(t), flow.UserUpdate{Email: bob, Challenge: flow.Challenge{Text: verifier, Method: "plain"}})
		s.accepted(t, byCode(s.post.sent[0]))
		s.changed(t, byCode(s.post.sent[1]))
	})
	t.Run("nobody waits", func(t *testing.T) {
		s := newService(t, settings())
		s.update(t, s.in(t), flow.UserUpdate{Email: bob, Challenge: flow.Challenge{Text: verifier, Method: "plain"}})
		s.Exec(`delete from auth.flow_state`)
		_, err := s.FollowEmailChange(t.Context(), byLink(s.post.sent[0]), visit)
		refused(t, err, 403, "otp_expired", linkExpired)
		if s.email() != address {
			t.Errorf("the address is %s", s.email())
		}
	})
}
