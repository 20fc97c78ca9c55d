package flow_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
)

const bob = "bob@example.org"

func request() flow.SignUp {
	return flow.SignUp{
		Email: " Bob@Example.org", Password: plain, Data: json.RawMessage(`{"name":"Bob","role":"service_role","sub":"x","email_verified":true}`),
		RedirectTo: "https://example.org/welcome?a=b",
	}
}

func TestSignUp(t *testing.T) {
	s := newService(t, settings())
	before := s.statements.n.Load()
	made, err := s.SignUp(t.Context(), request(), visit)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.statements.n.Load() - before; n > 6 {
		t.Errorf("a sign-up takes %d statements, 6 at most", n)
	}
	u := made.User
	if made.Signed != nil || u.Email != bob || u.EmailConfirmedAt != nil || u.ConfirmationSent == nil || u.Role != "authenticated" || len(u.Identities) != 1 {
		t.Errorf("got %+v", made)
	}
	var said map[string]any
	want := map[string]any{"name": "Bob", "role": "service_role", "sub": u.ID, "email": bob, "email_verified": false, "phone_verified": false}
	if err := json.Unmarshal(u.UserMetadata, &said); err != nil || !cmp.Equal(want, said) {
		t.Errorf("the metadata is %s", u.UserMetadata)
	}
	if string(u.AppMetadata) != `{"provider": "email", "providers": ["email"]}` && string(u.AppMetadata) != `{"provider":"email","providers":["email"]}` {
		t.Errorf("the application's metadata is %s", u.AppMetadata)
	}
	sent := s.post.sent
	if len(sent) != 1 || sent[0].Kind != mail.Confirmation || sent[0].SendingTo != bob || !regexp.MustCompile(`^[0-9]{6}$`).MatchString(sent[0].Token) {
		t.Fatalf("sent was %+v", sent)
	}
	link, err := url.Parse(sent[0].ConfirmationURL)
	hash := s.Value(`select token_hash from auth.one_time_tokens where token_type = 'confirmation_token' and relates_to = '` + bob + `'`)
	if err != nil || !strings.HasPrefix(link.String(), "https://api.example.org/auth/v1/verify?") || link.Query().Get("token") != hash ||
		link.Query().Get("type") != "signup" || link.Query().Get("redirect_to") != "https://example.org/welcome?a=b" || len(hash) != 56 || sent[0].TokenHash != hash {
		t.Errorf("the link is %s, the hash %s", link, hash)
	}
	if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err == nil {
		t.Error("an address that nobody has confirmed signs in")
	}
	if got := s.Value(`select string_agg(payload ->> 'action', ' ') from auth.audit_log_entries`); got != "user_confirmation_requested" {
		t.Errorf("the audit log has %s", got)
	}
}

func TestSignUpWithoutMail(t *testing.T) {
	at := settings()
	at.Autoconfirm = true
	s := newService(t, at)
	made, err := s.SignUp(t.Context(), request(), visit)
	if err != nil || made.Signed == nil || made.User.EmailConfirmedAt == nil || len(s.post.sent) != 0 {
		t.Fatalf("got %+v, %v, and sent %d mails", made, err, len(s.post.sent))
	}
	if caller, err := s.Recognise(t.Context(), made.Signed.AccessToken); err != nil || caller.User.Email != bob {
		t.Errorf("got %+v, %v", caller, err)
	}
	if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err != nil {
		t.Error(err)
	}
	_, err = s.SignUp(t.Context(), request(), visit)
	refused(t, err, 422, "user_already_exists", "User already registered")
}

// TestSignUpOfSomebodyElse shows that an answer does not tell whether an address is known.
func TestSignUpOfSomebodyElse(t *testing.T) {
	s := newService(t, settings())
	r := request()
	r.Email = address
	known, err := s.SignUp(t.Context(), r, visit)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := s.SignUp(t.Context(), request(), visit)
	if err != nil {
		t.Fatal(err)
	}
	if known.User.ID == ada || known.User.ID == unknown.User.ID || len(known.User.Identities) != 0 || known.Signed != nil {
		t.Errorf("got %+v", known)
	}
	plainly := func(u store.User) store.User {
		u.ID, u.Email, u.UserMetadata, u.EncryptedPassword, u.Identities, u.AppMetadata, u.Factors = "", "", nil, "", nil, nil, nil
		return u
	}
	if diff := cmp.Diff(plainly(unknown.User), plainly(known.User)); diff != "" {
		t.Errorf("the answers differ (-unknown +known):\n%s", diff)
	}
	if len(s.post.sent) != 1 || s.post.sent[0].SendingTo != bob {
		t.Errorf("sent was %+v", s.post.sent)
	}
	if n := s.Value(`select count(*) from auth.users`); n != "2" {
		t.Errorf("there are %s users", n)
	}
	if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_repeated_signup'`); n != "1" {
		t.Errorf("the audit log has %s lines about it", n)
	}
	if _, err := s.SignInWithPassword(t.Context(), address, plain, visit); err != nil {
		t.Errorf("the owner of the address cannot sign in any more: %v", err)
	}
}

// TestSignUpAgain asks for another mail, which is the same request: the first token is worth nothing then, and the first
// password stays.
func TestSignUpAgain(t *testing.T) {
	s := newService(t, settings())
	first, err := s.SignUp(t.Context(), request(), visit)
	if err != nil {
		t.Fatal(err)
	}
	r := request()
	r.Password = "another password"
	s.Pass(20 * time.Second)
	_, err = s.SignUp(t.Context(), r, visit)
	refused(t, err, 429, "over_email_send_rate_limit", "For security purposes, you can only request this after 40 seconds.")
	s.Pass(40 * time.Second)
	again, err := s.SignUp(t.Context(), r, visit)
	if err != nil || again.User.ID != first.User.ID {
		t.Fatalf("got %+v, %v", again.User, err)
	}
	if len(s.post.sent) != 2 || s.post.sent[0].TokenHash == s.post.sent[1].TokenHash {
		t.Fatalf("sent was %+v", s.post.sent)
	}
	if hash := s.Value(`select token_hash from auth.one_time_tokens`); hash != s.post.sent[1].TokenHash {
		t.Errorf("the token is %s", hash)
	}
	if ok, _ := password.Verify(s.Value(`select encrypted_password from auth.users where email = '`+bob+`'`), plain); !ok {
		t.Error("the password is another one")
	}
}

// TestSignUpManyAtOnce has twenty sign up with one address: one user, and one mail.
func TestSignUpManyAtOnce(t *testing.T) {
	s := newService(t, settings())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = s.SignUp(t.Context(), request(), visit) })
	}
	all.Wait()
	if n := s.Value(`select count(*) from auth.users where email = '` + bob + `'`); n != "1" {
		t.Errorf("there are %s users", n)
	}
	if len(s.post.sent) != 1 {
		t.Errorf("%d mails were sent", len(s.post.sent))
	}
}

func TestSignUpRefused(t *testing.T) {
	for _, tt := range []struct {
		name          string
		set           func(*flow.Settings)
		change        func(*flow.SignUp)
		status        int
		code, message string
	}{
		{"switched off", func(s *flow.Settings) { s.SignUp = false }, nil, 422, "signup_disabled", "Signups not allowed for this instance"},
		{"without addresses", func(s *flow.Settings) { s.Email = false }, nil, 400, "email_provider_disabled", "Email signups are disabled"},
		{"no password", nil, func(r *flow.SignUp) { r.Password = "" }, 400, "validation_failed", "Signup requires a valid password"},
		{"a short password", nil, func(r *flow.SignUp) { r.Password = "12345" }, 422, "weak_password", "Password should be at least 6 characters."},
		{"a long password", nil, func(r *flow.SignUp) { r.Password = strings.Repeat("x", 73) }, 400, "validation_failed", "Password cannot be longer than 72 characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, r := settings(), request()
			if tt.set != nil {
				tt.set(&at)
			}
			if tt.change != nil {
				tt.change(&r)
			}
			s := newService(t, at)
			before := s.statements.n.Load()
			_, err := s.SignUp(t.Context(), r, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if s.statements.n.Load() != before {
				t.Error("the database was asked")
			}
		})
	}
	t.Run("the mail does not go out", func(t *testing.T) {
		s := newService(t, settings())
		s.post.err = errors.New("the mail server is away")
		_, err := s.SignUp(t.Context(), request(), visit)
		refused(t, err, 500, "unexpected_failure", "Error sending confirmation email")
	})
}
