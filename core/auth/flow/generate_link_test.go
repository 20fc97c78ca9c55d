package flow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// codeOf is the code of a fault; "" for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func bothSides() flow.Settings {
	at := settings()
	at.Update.BothAddresses = true
	return at
}

func (s *service) link(t *testing.T, r flow.LinkRequest) flow.Link {
	t.Helper()
	var made flow.Link
	var err error
	r.RedirectTo = "https://example.org/in?a=b"
	if n := s.asked(func() { made, err = s.GenerateLink(t.Context(), key, r, visit) }); n > 3 || err != nil {
		t.Fatalf("it takes %d statements, and gives %v", n, err)
	}
	return made
}

// TestGenerateLink makes links for a user whom there is and for one whom there is not, and follows them.
func TestGenerateLink(t *testing.T) {
	data := json.RawMessage(`{"name":"Bob"}`)
	for _, tt := range []struct {
		name    string
		request flow.LinkRequest
		purpose string
		action  string
	}{
		{"sign-up", flow.LinkRequest{Purpose: "signup", Email: bob, Password: plain, Data: data}, "signup", "user_confirmation_requested"},
		{"invitation", flow.LinkRequest{Purpose: "invite", Email: bob, Data: data}, "invite", "user_invited"},
		{"magic link of nobody", flow.LinkRequest{Purpose: "magiclink", Email: bob, Data: data}, "signup", "user_confirmation_requested"},
		{"magic link", flow.LinkRequest{Purpose: "magiclink", Email: address}, "magiclink", "user_recovery_requested"},
		{"recovery", flow.LinkRequest{Purpose: "recovery", Email: address}, "recovery", "user_recovery_requested"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, settings())
			made := s.link(t, tt.request)
			link, err := url.Parse(made.URL)
			if q := link.Query(); err != nil || !strings.HasPrefix(made.URL, "https://api.example.org/auth/v1/verify?") || q.Get("token") != made.Hash ||
				q.Get("type") != tt.purpose || q.Get("redirect_to") != "https://example.org/in?a=b" || made.Purpose != tt.purpose {
				t.Errorf("the link is %+v", made)
			}
			if len(s.post.sent) != 0 {
				t.Errorf("sent was %+v", s.post.sent)
			}
			if got := s.Value(`select string_agg(payload ->> 'action', ' ') from auth.audit_log_entries`); got != tt.action {
				t.Errorf("the audit log has %s", got)
			}
			if made.User.Email == bob && (string(made.User.UserMetadata) != `{"name": "Bob"}` || made.User.ConfirmationSent == nil || (made.User.InvitedAt != nil) != (tt.purpose == "invite")) {
				t.Errorf("the user is %+v", made.User)
			}
			for _, v := range []flow.Verification{{Purpose: tt.purpose, Hash: made.Hash}, {Purpose: tt.purpose, Email: tt.request.Email, Code: made.Code}} {
				tt.request.Purpose = tt.purpose
				again := s.link(t, tt.request)
				if v.Hash != "" {
					_, err := s.Verify(t.Context(), v, visit)
					refused(t, err, 403, "otp_expired", linkExpired) // a new link takes the place of the last
					v.Hash = again.Hash
				} else {
					v.Code = again.Code
				}
				signed, err := s.Verify(t.Context(), v, visit)
				if err != nil || signed.User.Email != tt.request.Email || signed.User.EmailConfirmedAt == nil {
					t.Errorf("with %+v: got %+v, %v", v, signed.User, err)
				}
				s.Exec(`update auth.users set email_confirmed_at = null where email = '` + bob + `'`)
			}
			if tt.request.Password != "" {
				s.Exec(`update auth.users set email_confirmed_at = now()`)
				if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestGenerateLinkRefused(t *testing.T) {
	const exists, unknown = "A user with this email address has already been registered", "User with this email not found"
	for _, tt := range []struct {
		name          string
		request       flow.LinkRequest
		both          bool
		status        int
		code, message string
	}{
		{"no type", flow.LinkRequest{Email: address}, true, 400, "validation_failed", "Invalid email action link type requested: "},
		{"an unknown type", flow.LinkRequest{Email: address, Purpose: "sms"}, true, 400, "validation_failed", "Invalid email action link type requested: sms"},
		{"a sign-up of somebody", flow.LinkRequest{Email: address, Purpose: "signup", Password: plain}, true, 422, "email_exists", exists},
		{"a sign-up without a password", flow.LinkRequest{Email: bob, Purpose: "signup"}, true, 400, "validation_failed", "Signup requires a valid password"},
		{"a sign-up with a short one", flow.LinkRequest{Email: bob, Purpose: "signup", Password: "12345"}, true, 422, "weak_password", "Password should be at least 6 characters."},
		{"an invitation of somebody", flow.LinkRequest{Email: address, Purpose: "invite"}, true, 422, "email_exists", exists},
		{"a recovery of nobody", flow.LinkRequest{Email: bob, Purpose: "recovery"}, true, 404, "user_not_found", unknown},
		{"another address of nobody", flow.LinkRequest{Email: bob, NewEmail: "new@example.org", Purpose: "email_change_new"}, true, 404, "user_not_found", unknown},
		{"the other side of nobody", flow.LinkRequest{Email: bob, NewEmail: "new@example.org", Purpose: "email_change_current"}, true, 404, "user_not_found", unknown},
		{"the same address", flow.LinkRequest{Email: address, NewEmail: address, Purpose: "email_change_new"}, true, 422, "email_exists", exists},
		{"an address that is taken", flow.LinkRequest{Email: address, NewEmail: "taken@example.org", Purpose: "email_change_current"}, true, 422, "email_exists", exists},
		{"a side that has no say", flow.LinkRequest{Email: address, NewEmail: "new@example.org", Purpose: "email_change_current"}, false, 400, "validation_failed", "Enable secure email change to generate link for current email"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := settings()
			at.Update.BothAddresses = tt.both
			s := newService(t, at)
			s.made(t, flow.AdminUser{Email: "taken@example.org"})
			_, err := s.GenerateLink(t.Context(), key, tt.request, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select (select count(*) from auth.users) || ' ' || (select count(*) from auth.one_time_tokens)`); n != "2 0" {
				t.Errorf("there are %s users and tokens", n)
			}
		})
	}
}

// TestGenerateLinkToChange changes an address by the links of both sides, in either order.
func TestGenerateLinkToChange(t *testing.T) {
	for name, order := range map[string][]string{
		"the new one first": {"email_change_new", "email_change_current"}, "the old one first": {"email_change_current", "email_change_new"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, bothSides())
			var links []flow.Link
			for _, purpose := range order {
				links = append(links, s.link(t, flow.LinkRequest{Purpose: purpose, Email: address, NewEmail: "new@example.org"}))
			}
			for n, made := range links {
				link, err := url.Parse(made.URL)
				if err != nil || link.Query().Get("type") != "email_change" || made.Purpose != order[n] || made.User.EmailChange != "new@example.org" {
					t.Errorf("the link is %+v", made)
				}
				changed, err := s.VerifyEmailChange(t.Context(), flow.Verification{Purpose: "email_change", Hash: made.Hash}, visit)
				if err != nil || changed.Waiting != (n == 0) {
					t.Fatalf("link %d: got %+v, %v", n, changed, err)
				}
			}
			if got := s.Value(`select email from auth.users`); got != "new@example.org" {
				t.Errorf("the address is %s", got)
			}
		})
	}
}

func TestInvite(t *testing.T) {
	s := newService(t, settings())
	invite := func() (store.User, error) {
		return s.Invite(t.Context(), key, flow.LinkRequest{Email: bob, Data: json.RawMessage(`{"team":"a"}`), RedirectTo: "https://example.org/in"}, visit)
	}
	var first store.User
	var err error
	if n := s.asked(func() { first, err = invite() }); n > 2 || err != nil {
		t.Fatalf("it takes %d statements, and gives %v", n, err)
	}
	if first.InvitedAt == nil || first.ConfirmationSent == nil || first.EmailConfirmedAt != nil || first.EncryptedPassword != "" || string(first.UserMetadata) != `{"team": "a"}` || len(first.Identities) != 1 {
		t.Errorf("got %+v", first)
	}
	s.Pass(time.Second) // an administrator may send one after the other
	again, err := invite()
	if err != nil || again.ID != first.ID || !again.InvitedAt.After(*first.InvitedAt) {
		t.Fatalf("got %+v, %v", again, err)
	}
	if len(s.post.sent) != 2 || s.post.sent[0].TokenHash == s.post.sent[1].TokenHash {
		t.Fatalf("sent was %+v", s.post.sent)
	}
	letter := s.post.sent[1]
	link, err := url.Parse(letter.ConfirmationURL)
	if err != nil || letter.Kind != mail.Invite || letter.SendingTo != bob || link.Query().Get("type") != "invite" || link.Query().Get("redirect_to") != "https://example.org/in" || letter.Data["team"] != "a" {
		t.Errorf("sent was %+v", letter)
	}
	_, err = s.Verify(t.Context(), flow.Verification{Purpose: "invite", Hash: s.post.sent[0].TokenHash}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
	if signed, err := s.Verify(t.Context(), flow.Verification{Purpose: "invite", Email: bob, Code: letter.Token}, visit); err != nil || signed.User.ID != first.ID {
		t.Errorf("got %+v, %v", signed.User, err)
	}
	_, err = invite()
	refused(t, err, 422, "email_exists", "A user with this email address has already been registered")
	if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_invited' and payload ->> 'log_type' = 'team'`); n != "2" || len(s.post.sent) != 2 {
		t.Errorf("the audit log has %s lines, and %d mails were sent", n, len(s.post.sent))
	}
}

// TestInviteManyAtOnce has twenty invite one address: one user, a mail for each invitation that was written, and the last
// mail's link is worth something. One that lost too many races in a row is not written.
func TestInviteManyAtOnce(t *testing.T) {
	s := newService(t, settings())
	var all sync.WaitGroup
	var written atomic.Int64
	for range 20 {
		all.Go(func() {
			_, err := s.Invite(t.Context(), key, flow.LinkRequest{Email: bob}, visit)
			switch codeOf(err) {
			case "":
				written.Add(1)
			case "40001":
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.Value(`select (select count(*) from auth.users where email = '` + bob + `') || ' ' || (select count(*) from auth.one_time_tokens)`); n != "1 1" {
		t.Errorf("there are %s users and tokens", n)
	}
	hash, good := s.Value(`select token_hash from auth.one_time_tokens`), 0
	for _, l := range s.post.sent {
		if l.TokenHash == hash {
			good++
		}
	}
	lines := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_invited'`)
	if sent := fmt.Sprint(len(s.post.sent)); good != 1 || sent != lines || sent != fmt.Sprint(written.Load()) {
		t.Errorf("%d were invited, of %s mails %d are worth something, and the audit log has %s lines", written.Load(), sent, good, lines)
	}
}

func TestInviteWithoutMail(t *testing.T) {
	s := newService(t, settings())
	s.post.err = errors.New("the mail server is away")
	_, err := s.Invite(t.Context(), key, flow.LinkRequest{Email: bob}, visit)
	refused(t, err, 500, "unexpected_failure", "Error sending invite email")
}
