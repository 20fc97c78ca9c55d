package flow_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/fault"
)

// asking is a request for a mail to an address.
func asking(email string) flow.MailRequest {
	return flow.MailRequest{Email: email, RedirectTo: "https://example.org/new?a=b"}
}

func coded(email string) flow.CodeRequest {
	return flow.CodeRequest{MailRequest: asking(email), CreateUser: true}
}

// sent is the letter that was sent last.
func (s *service) sent(t *testing.T) flow.Letter {
	t.Helper()
	if len(s.post.sent) == 0 {
		t.Fatal("no letter was sent")
	}
	return s.post.sent[len(s.post.sent)-1]
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecover(t *testing.T) {
	s := newService(t, settings())
	ok(t, s.Recover(t.Context(), asking(" ADA@example.org"), visit))
	got := s.sent(t)
	link, err := url.Parse(got.ConfirmationURL)
	if err != nil || got.Kind != mail.Recovery || got.SendingTo != address || link.Path != "/auth/v1/verify" || link.Query().Get("type") != "recovery" ||
		link.Query().Get("token") != got.TokenHash || link.Query().Get("redirect_to") != "https://example.org/new?a=b" {
		t.Errorf("the letter is %+v", got)
	}
	if log := s.Value(`select string_agg(payload ->> 'action', ' ') from auth.audit_log_entries`); log != "user_recovery_requested" {
		t.Errorf("the audit log has %s", log)
	}
	signed, err := s.Verify(t.Context(), flow.Verification{Purpose: "recovery", Email: address, Code: got.Token}, visit)
	if err != nil || signed.User.ID != ada || signed.Session.Methods[0].Name != "otp" {
		t.Errorf("got %+v, %v", signed, err)
	}
	_, err = s.Verify(t.Context(), flow.Verification{Purpose: "recovery", Email: address, Code: got.Token}, visit)
	refused(t, err, 403, "otp_expired", codeExpired)
}

// TestRecoverTellsNothing asks for a mail for an address that is somebody's and for one that is nobody's, twice: the answers and
// what is asked of the database are the same, and there is one mail.
func TestRecoverTellsNothing(t *testing.T) {
	s := newService(t, settings())
	counts := map[string][]int64{}
	for _, email := range []string{address, "eve@example.org"} {
		for range 2 {
			before := s.statements.n.Load()
			ok(t, s.Recover(t.Context(), asking(email), visit))
			counts[email] = append(counts[email], s.statements.n.Load()-before)
		}
	}
	for email, n := range counts {
		if n[0] != 2 || n[1] != 2 {
			t.Errorf("%s: it takes %v statements", email, n)
		}
	}
	if len(s.post.sent) != 1 {
		t.Errorf("%d letters were sent", len(s.post.sent))
	}
	s.Pass(time.Minute)
	ok(t, s.Recover(t.Context(), asking(address), visit))
	if len(s.post.sent) != 2 {
		t.Errorf("a minute later: %d letters were sent", len(s.post.sent))
	}
}

// TestMailsTellNothing asks for mails in all orders of two ways, for the address of a user, of one who has not confirmed it, and of
// nobody: the answers do not tell them apart.
func TestMailsTellNothing(t *testing.T) {
	const none, wait = "", "over_email_send_rate_limit"
	ways := map[string]func(*service, string) error{
		"sign-up": func(s *service, email string) error {
			r := request()
			r.Email = email
			_, err := s.SignUp(t.Context(), r, visit)
			return err
		},
		"recover": func(s *service, email string) error { return s.Recover(t.Context(), asking(email), visit) },
		"code":    func(s *service, email string) error { return s.SendCode(t.Context(), coded(email), visit) },
		"resend":  func(s *service, email string) error { return s.Resend(t.Context(), asking(email), visit) },
	}
	for _, tt := range []struct{ first, second, want string }{
		{"recover", "recover", none},
		{"recover", "code", wait},
		{"recover", "resend", none},
		{"code", "recover", none},
		{"code", "code", wait},
		{"code", "resend", none},
		{"resend", "recover", none},
		{"resend", "code", none},
		{"resend", "resend", wait},
		{"sign-up", "recover", none},
		{"sign-up", "code", none},
		{"sign-up", "resend", wait},
	} {
		t.Run(tt.first+" and "+tt.second, func(t *testing.T) {
			s := newService(t, settings())
			_, err := s.SignUp(t.Context(), request(), visit) // Bob does not confirm
			ok(t, err)
			s.Pass(time.Hour)
			for _, email := range []string{address, bob, "eve@example.org"} {
				ok(t, ways[tt.first](s, email))
				err := ways[tt.second](s, email)
				if got := fault.From(err).Code; err == nil && tt.want != none || err != nil && got != tt.want {
					t.Errorf("%s: got %v, want %q", email, err, tt.want)
				}
			}
		})
	}
}

func TestRecoverOff(t *testing.T) {
	off := settings()
	off.Email = false
	s := newService(t, off)
	refused(t, s.Recover(t.Context(), asking(address), visit), 400, "email_provider_disabled", "Email logins are disabled")
	refused(t, s.Resend(t.Context(), asking(address), visit), 400, "email_provider_disabled", "Email logins are disabled")
	refused(t, s.SendCode(t.Context(), coded(address), visit), 422, "email_provider_disabled", "Email logins are disabled")
}

// TestPurposes brings a token for each purpose: one that was sent for another does not serve, and is not used up.
func TestPurposes(t *testing.T) {
	recovering := []string{"recovery", "magiclink", "email"}
	for _, tt := range []struct {
		name   string
		send   func(*service, int) (email string, err error)
		serves []string
	}{
		{"a confirmation", func(s *service, n int) (string, error) {
			r := request()
			r.Email = fmt.Sprintf("user%d@example.org", n)
			_, err := s.SignUp(t.Context(), r, visit)
			return r.Email, err
		}, []string{"signup", "invite", "email"}},
		{"a recovery", func(s *service, _ int) (string, error) {
			return address, s.Recover(t.Context(), asking(address), visit)
		}, recovering},
		{"a magic link", func(s *service, _ int) (string, error) {
			return address, s.SendCode(t.Context(), coded(address), visit)
		}, recovering},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, settings())
			for n, serving := range tt.serves {
				s.Pass(time.Minute)
				email, err := tt.send(s, n)
				ok(t, err)
				got := s.sent(t)
				for _, purpose := range []string{"signup", "invite", "recovery", "magiclink", "email"} {
					if slices.Contains(tt.serves, purpose) {
						continue
					}
					_, err := s.Verify(t.Context(), flow.Verification{Purpose: purpose, Email: email, Code: got.Token}, visit)
					refused(t, err, 403, "otp_expired", codeExpired)
					_, err = s.Verify(t.Context(), flow.Verification{Purpose: purpose, Hash: got.TokenHash}, visit)
					refused(t, err, 403, "otp_expired", linkExpired)
				}
				if _, err := s.Verify(t.Context(), flow.Verification{Purpose: serving, Email: email, Code: got.Token}, visit); err != nil {
					t.Errorf("as %s it does not serve: %v", serving, err)
				}
			}
		})
	}
}

// TestRecoveryRefused brings a recovery's code and link that are too old, or whose user is banned.
func TestRecoveryRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql        string
		wait             time.Duration
		code, text, link string
	}{
		{"too late", "", time.Hour + time.Second, "otp_expired", codeExpired, linkExpired},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, 0, "user_banned", "User is banned", "User is banned"},
		{"deleted softly", `update auth.users set deleted_at = '2026-11-20'`, 0, "user_banned", "User is banned", "User is banned"},
	} {
		for _, purpose := range []string{"recovery", "magiclink", "email"} {
			t.Run(tt.name+" "+purpose, func(t *testing.T) {
				s := newService(t, settings())
				ok(t, s.Recover(t.Context(), asking(address), visit))
				got := s.sent(t)
				if tt.sql != "" {
					s.Exec(tt.sql)
				}
				s.Pass(tt.wait)
				_, err := s.Verify(t.Context(), flow.Verification{Purpose: purpose, Email: address, Code: got.Token}, visit)
				refused(t, err, 403, tt.code, tt.text)
				_, err = s.Verify(t.Context(), flow.Verification{Purpose: purpose, Hash: got.TokenHash}, visit)
				refused(t, err, 403, tt.code, tt.link)
				if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
					t.Errorf("%s sessions were made", n)
				}
			})
		}
	}
}

// TestNewTokenReplacesOld asks for two mails: the first one's code is worth nothing then.
func TestNewTokenReplacesOld(t *testing.T) {
	s := newService(t, settings())
	ok(t, s.Recover(t.Context(), asking(address), visit))
	first := s.sent(t)
	s.Pass(time.Minute)
	ok(t, s.SendCode(t.Context(), coded(address), visit))
	second := s.sent(t)
	_, err := s.Verify(t.Context(), flow.Verification{Purpose: "email", Hash: first.TokenHash}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
	_, err = s.Verify(t.Context(), flow.Verification{Purpose: "email", Hash: second.TokenHash}, visit)
	ok(t, err)
}

// TestTokensGoTogether redeems one of two tokens that were sent to an address: the other one is worth nothing then.
func TestTokensGoTogether(t *testing.T) {
	s, confirmation := signedUp(t)
	s.Pass(time.Minute)
	ok(t, s.Recover(t.Context(), asking(bob), visit))
	signed, err := s.Verify(t.Context(), flow.Verification{Purpose: "recovery", Hash: s.sent(t).TokenHash}, visit)
	if err != nil || signed.User.EmailConfirmedAt == nil {
		t.Fatalf("got %+v, %v", signed.User, err)
	}
	_, err = s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: confirmation.TokenHash}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
	if n := s.Value(`select count(*) from auth.one_time_tokens`); n != "0" {
		t.Errorf("%s tokens are left", n)
	}
	if log := s.Value(`select string_agg(payload ->> 'action', ' ' order by created_at) from auth.audit_log_entries`); log != "user_confirmation_requested user_recovery_requested user_signedup" {
		t.Errorf("the audit log has %s", log)
	}
}

// TestLinks shows where links lead.
func TestLinks(t *testing.T) {
	for _, tt := range []struct {
		name, path, external, want string
	}{
		{"by default", "", "", "https://api.example.org/auth/v1/verify"},
		{"a path", "/confirm", "", "https://api.example.org/auth/v1/confirm"},
		{"a path that repeats the service's", "/auth/v1/verify", "", "https://api.example.org/auth/v1/verify"},
		{"another host", "", "https://eu.example.org/auth/v1", "https://eu.example.org/auth/v1/verify"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := settings()
			if tt.path != "" {
				at.MailPaths = map[mail.Kind]string{mail.Recovery: tt.path}
			}
			s := newService(t, at)
			ok(t, s.Recover(t.Context(), asking(address), flow.Visit{External: tt.external}))
			if got, _, _ := strings.Cut(s.sent(t).ConfirmationURL, "?"); got != tt.want {
				t.Errorf("the link leads to %s, want %s", got, tt.want)
			}
		})
	}
}
