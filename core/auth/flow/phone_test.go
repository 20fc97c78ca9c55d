package flow_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
)

const phone = "4915112345678"

// texts keeps what was sent.
type texts struct {
	mu   sync.Mutex
	sent []flow.Text
	err  error
}

func (x *texts) SendText(_ context.Context, _ store.User, t flow.Text) (string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sent = append(x.sent, t)
	return fmt.Sprintf("message %d", len(x.sent)), x.err
}

func (x *texts) last(t *testing.T) flow.Text {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.sent) == 0 {
		t.Fatal("no message was sent")
	}
	return x.sent[len(x.sent)-1]
}

// phoned is a service where numbers sign up; change changes its settings.
func phoned(t *testing.T, change ...func(*flow.Settings)) (*service, *texts) {
	t.Helper()
	at, box := settings(), &texts{}
	at.Phone = flow.PhoneSettings{On: true, CodeLength: 8, CodeLifetime: 5 * time.Minute, Every: time.Minute, Texter: box}
	for _, c := range change {
		c(&at)
	}
	return newService(t, at), box
}

func phoneRequest() flow.PhoneSignUp {
	return flow.PhoneSignUp{Phone: phone, Password: plain, Data: []byte(`{"name":"Bob","phone_verified":true}`), Channel: "whatsapp"}
}

func believed(s *flow.Settings) { s.Phone.Autoconfirm = true }

func TestSignUpByPhone(t *testing.T) {
	s, box := phoned(t)
	made, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	if err != nil {
		t.Fatal(err)
	}
	if u := made.User; made.Signed != nil || *u.Phone != phone || u.PhoneConfirmedAt != nil || u.ConfirmationSent == nil || u.Identities[0].Provider != "phone" {
		t.Errorf("got %+v", u)
	}
	if got := box.last(t); got.To != phone || len(got.Code) != 8 || got.Channel != "whatsapp" {
		t.Errorf("sent was %+v", got)
	}
	_, err = s.SignInByPhone(t.Context(), phone, plain, visit)
	refused(t, err, 400, "phone_not_confirmed", "Phone not confirmed")
	signed, err := s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit)
	if err != nil || signed.User.PhoneConfirmedAt == nil || signed.Session.Methods[0].Name != "otp" {
		t.Fatalf("got %+v, %v", signed, err)
	}
	caller, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil || caller.Claims.Phone != phone {
		t.Errorf("the claims are %+v, %v", caller.Claims, err)
	}
	if got := s.Value(`select (u.raw_user_meta_data ->> 'phone_verified') || ' ' || (i.identity_data ->> 'phone_verified') || ' ' || (i.identity_data ->> 'phone')
		from auth.users u join auth.identities i on i.user_id = u.id where u.phone = '` + phone + `'`); got != "true true "+phone {
		t.Errorf("the metadata are %s", got)
	}
	_, err = s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit) // twice
	refused(t, err, 403, "otp_expired", codeExpired)
	_, err = s.SignInByPhone(t.Context(), phone, "x", visit)
	refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
	if _, err := s.SignInByPhone(t.Context(), phone, plain, visit); err != nil {
		t.Error(err)
	}
	if got := s.Value(`select string_agg(payload ->> 'action', ' ' order by created_at, id) from auth.audit_log_entries where payload ->> 'action' like 'user%'`); got != "user_confirmation_requested user_signedup" && got != "user_signedup user_confirmation_requested" {
		t.Errorf("the audit log has %s", got)
	}
}

func TestSignUpByPhoneBelieved(t *testing.T) {
	s, box := phoned(t, believed)
	made, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	if err != nil || made.Signed == nil || made.User.PhoneConfirmedAt == nil || len(box.sent) != 0 {
		t.Fatalf("got %+v, %v", made, err)
	}
	_, err = s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	refused(t, err, 422, "user_already_exists", "User already registered")
}

// TestSignUpByPhoneOfSomebodyElse shows that an answer does not tell whether a number is known.
func TestSignUpByPhoneOfSomebodyElse(t *testing.T) {
	s, box := phoned(t)
	s.Exec(`update auth.users set phone = '` + phone + `', phone_confirmed_at = now()`)
	made, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	if err != nil || made.User.ID == ada || made.User.Email != "" || len(made.User.Identities) != 0 || made.User.PhoneConfirmedAt != nil || made.Signed != nil {
		t.Errorf("got %+v, %v", made, err)
	}
	if n := s.Value(`select count(*) from auth.audit_log_entries where payload ->> 'action' = 'user_repeated_signup'`); n != "1" || len(box.sent) != 0 {
		t.Errorf("%s lines, %d messages", n, len(box.sent))
	}
	unknown := phoneRequest()
	unknown.Phone = "4915187654321"
	for _, r := range []flow.PhoneSignUp{unknown, unknown, phoneRequest()} { // the second of each waits
		_, err = s.SignUpByPhone(t.Context(), r, visit)
		if r.Phone == unknown.Phone && err == nil {
			continue
		}
		refused(t, err, 429, "over_sms_send_rate_limit", "For security purposes, you can only request this after 60 seconds.")
	}
}

func TestSignUpByPhoneRefused(t *testing.T) {
	for _, tt := range []struct {
		name          string
		set           func(*flow.Settings)
		change        func(*flow.PhoneSignUp)
		status        int
		code, message string
	}{
		{"no sign-ups", func(s *flow.Settings) { s.SignUp = false }, nil, 422, "signup_disabled", "Signups not allowed for this instance"},
		{"without numbers", func(s *flow.Settings) { s.Phone.On = false }, nil, 400, "phone_provider_disabled", "Phone signups are disabled"},
		{"no password", nil, func(r *flow.PhoneSignUp) { r.Password = "" }, 400, "validation_failed", "Signup requires a valid password"},
		{"a short password", nil, func(r *flow.PhoneSignUp) { r.Password = "12345" }, 422, "weak_password", "Password should be at least 6 characters."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := phoneRequest()
			if tt.change != nil {
				tt.change(&r)
			}
			var set []func(*flow.Settings)
			if tt.set != nil {
				set = append(set, tt.set)
			}
			s, box := phoned(t, set...)
			_, err := s.SignUpByPhone(t.Context(), r, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select count(*) from auth.users`); n != "1" || len(box.sent) != 0 {
				t.Errorf("there are %s users, %d messages", n, len(box.sent))
			}
		})
	}
	s, box := phoned(t)
	box.err = errors.New("the network is away")
	_, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	refused(t, err, 422, "sms_send_failed", "Error sending confirmation OTP to provider")
}

// TestTestCode signs up by a number for which no message goes out, until the time is over.
func TestTestCode(t *testing.T) {
	s, box := phoned(t, func(s *flow.Settings) {
		s.Phone.TestCodes, s.Phone.TestUntil = map[string]string{phone: "123456"}, time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC)
	})
	r := flow.TextRequest{PhoneSignUp: phoneRequest(), CreateUser: true}
	id, err := s.SendText(t.Context(), r, visit)
	if id != "test-otp" || err != nil || len(box.sent) != 0 {
		t.Fatalf("got %q, %v, %d messages", id, err, len(box.sent))
	}
	if _, err := s.VerifyPhone(t.Context(), phone, "123456", visit); err != nil {
		t.Fatal(err)
	}
	s.Pass(time.Hour)
	if id, err := s.SendText(t.Context(), r, visit); id != "message 1" || err != nil || box.last(t).Code == "123456" {
		t.Errorf("afterwards: %q, %v", id, err)
	}
}

func TestSendText(t *testing.T) {
	s, box := phoned(t)
	r := flow.TextRequest{PhoneSignUp: flow.PhoneSignUp{Phone: phone, Channel: "sms"}}
	_, err := s.SendText(t.Context(), r, visit)
	refused(t, err, 422, "otp_disabled", "Signups not allowed for otp")
	s.Pass(time.Minute)
	r.CreateUser = true
	for n := range 2 { // who has no account yet, and who has one
		before := s.statements.n.Load()
		id, err := s.SendText(t.Context(), r, visit)
		if err != nil || id != fmt.Sprintf("message %d", n+1) || s.statements.n.Load()-before > 2 {
			t.Fatalf("got %q, %v after %d statements", id, err, s.statements.n.Load()-before)
		}
		_, err = s.SendText(t.Context(), r, visit)
		refused(t, err, 429, "over_sms_send_rate_limit", "For security purposes, you can only request this after 60 seconds.")
		if _, err := s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit); err != nil {
			t.Fatal(err)
		}
		s.Pass(time.Minute)
	}
	if _, err := s.SignInByPhone(t.Context(), phone, "", visit); err == nil {
		t.Error("a user without a password signs in with none")
	}
}

// TestResendText sends another message to who waits for one, and tells nobody else.
func TestResendText(t *testing.T) {
	s, box := phoned(t)
	if _, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit); err != nil {
		t.Fatal(err)
	}
	first := box.last(t).Code
	s.Pass(time.Minute)
	id, err := s.ResendText(t.Context(), phone, visit)
	if err != nil || id != "message 2" {
		t.Fatalf("got %q, %v", id, err)
	}
	_, err = s.VerifyPhone(t.Context(), phone, first, visit)
	refused(t, err, 403, "otp_expired", codeExpired)
	if _, err := s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit); err != nil {
		t.Fatal(err)
	}
	s.Pass(time.Minute)
	for _, number := range []string{phone, "4915187654321"} {
		if id, err := s.ResendText(t.Context(), number, visit); id != "" || err != nil || len(box.sent) != 2 {
			t.Errorf("%s: got %q, %v", number, id, err)
		}
	}
}

func TestVerifyPhoneRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql  string
		wait       time.Duration
		phone      string
		code, text string
	}{
		{"too late", "", 5*time.Minute + time.Second, phone, "otp_expired", codeExpired},
		{"an unknown number", "", 0, "4915187654321", "otp_expired", codeExpired},
		{"another number since", `update auth.users set phone = '4915187654321' where phone is not null`, 0, phone, "otp_expired", codeExpired},
		{"banned", `update auth.users set banned_until = '2030-01-01'`, 0, phone, "user_banned", "User is banned"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, box := phoned(t)
			if _, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit); err != nil {
				t.Fatal(err)
			}
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			_, err := s.VerifyPhone(t.Context(), tt.phone, box.last(t).Code, visit)
			refused(t, err, 403, tt.code, tt.text)
		})
	}
}

// TestPhoneCodeShowsNoAddress has a user with an unconfirmed address make the hash of the code that came by phone: it confirms the
// number alone.
func TestPhoneCodeShowsNoAddress(t *testing.T) {
	s, box := phoned(t)
	if _, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit); err != nil {
		t.Fatal(err)
	}
	s.Exec(`update auth.users set email = 'victim@example.org' where phone is not null`)
	sum := sha256.Sum224([]byte(phone + box.last(t).Code))
	_, err := s.Verify(t.Context(), flow.Verification{Purpose: "signup", Hash: hex.EncodeToString(sum[:])}, visit)
	refused(t, err, 403, "otp_expired", linkExpired)
}

// TestVerifyPhoneManyAtOnce brings one code twenty times: one session.
func TestVerifyPhoneManyAtOnce(t *testing.T) {
	s, box := phoned(t)
	if _, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit); err == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if n := s.Value(`select count(*) from auth.sessions`); won.Load() != 1 || n != "1" {
		t.Errorf("%d have signed in, and there are %s sessions", won.Load(), n)
	}
}

// TestGuessingByPhone tries codes: after ten wrong ones the right one is worth nothing.
func TestGuessingByPhone(t *testing.T) {
	s, box := phoned(t)
	if _, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		_, err := s.VerifyPhone(t.Context(), phone, fmt.Sprintf("x%07d", n), flow.Visit{IP: fmt.Sprintf("192.0.2.%d", n)})
		refused(t, err, 403, "otp_expired", codeExpired)
	}
	_, err := s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit)
	refused(t, err, 403, "otp_expired", codeExpired)
}

// callerOf is Ada, who has an address.
func callerOf(t *testing.T, s *service) flow.Caller {
	t.Helper()
	c, err := s.Recognise(t.Context(), s.signIn(t).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPhoneChange(t *testing.T) {
	s, box := phoned(t)
	ask := flow.UserUpdate{Phone: phone, Channel: "sms"}
	user, err := s.UpdateUser(t.Context(), callerOf(t, s), ask, visit)
	if err != nil || user.Phone != nil || user.PhoneChange != phone || user.PhoneChangeSent == nil || box.last(t).To != phone {
		t.Fatalf("got %+v, %v", user, err)
	}
	_, err = s.UpdateUser(t.Context(), callerOf(t, s), ask, visit)
	refused(t, err, 429, "over_sms_send_rate_limit", "For security purposes, you can only request this after 60 seconds.")
	s.Pass(time.Minute)
	first := box.last(t).Code
	if id, err := s.ResendPhoneChange(t.Context(), "", address, visit); id != "message 2" || err != nil {
		t.Fatalf("got %q, %v", id, err)
	}
	_, err = s.VerifyPhoneChange(t.Context(), phone, first, visit)
	refused(t, err, 403, "otp_expired", codeExpired)
	_, err = s.VerifyPhone(t.Context(), phone, box.last(t).Code, visit) // for another purpose
	refused(t, err, 403, "otp_expired", codeExpired)
	signed, err := s.VerifyPhoneChange(t.Context(), phone, box.last(t).Code, visit)
	if err != nil || *signed.User.Phone != phone || signed.User.PhoneConfirmedAt == nil || signed.User.PhoneChange != "" || len(signed.User.Identities) != 2 {
		t.Fatalf("got %+v, %v", signed.User, err)
	}
	if got := s.Value(`select raw_app_meta_data ->> 'providers' from auth.users`); got != `["email", "phone"]` {
		t.Errorf("the providers are %s", got)
	}
	_, err = s.VerifyPhoneChange(t.Context(), phone, box.last(t).Code, visit)
	refused(t, err, 403, "otp_expired", codeExpired)
	if _, err := s.SignInByPhone(t.Context(), phone, plain, visit); err != nil {
		t.Error(err)
	}
}

// TestPhoneChangeTaken asks for somebody's number, and for one that becomes somebody's.
func TestPhoneChangeTaken(t *testing.T) {
	s, box := phoned(t)
	if _, err := s.UpdateUser(t.Context(), callerOf(t, s), flow.UserUpdate{Phone: phone}, visit); err != nil {
		t.Fatal(err)
	}
	code := box.last(t).Code
	s.Exec(`insert into auth.users (id, aud, phone, is_sso_user) values (gen_random_uuid(), 'authenticated', '` + phone + `', false)`)
	_, err := s.VerifyPhoneChange(t.Context(), phone, code, visit)
	refused(t, err, 422, "phone_exists", "A user with this phone number has already been registered")
	s.Pass(time.Minute)
	_, err = s.UpdateUser(t.Context(), callerOf(t, s), flow.UserUpdate{Phone: phone}, visit)
	refused(t, err, 422, "phone_exists", "A user with this phone number has already been registered")
}

func TestPhoneChangeBelieved(t *testing.T) {
	s, box := phoned(t, believed)
	user, err := s.UpdateUser(t.Context(), callerOf(t, s), flow.UserUpdate{Phone: phone}, visit)
	if err != nil || *user.Phone != phone || user.PhoneConfirmedAt == nil || len(user.Identities) != 2 || len(box.sent) != 0 {
		t.Errorf("got %+v, %v", user, err)
	}
}

// TestReauthenticateByPhone has somebody without an address show who they are once more.
func TestReauthenticateByPhone(t *testing.T) {
	s, box := phoned(t, believed, func(s *flow.Settings) { s.Update.Reauthenticate, s.Lifetime = true, 100*time.Hour })
	made, err := s.SignUpByPhone(t.Context(), phoneRequest(), visit)
	if err != nil {
		t.Fatal(err)
	}
	s.Pass(25 * time.Hour)
	caller, err := s.Recognise(t.Context(), made.Signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Reauthenticate(t.Context(), caller, visit); err != nil {
		t.Fatal(err)
	}
	next := "another password"
	_, err = s.UpdateUser(t.Context(), caller, flow.UserUpdate{Password: &next, Nonce: "x"}, visit)
	refused(t, err, 422, "reauthentication_not_valid", "Nonce has expired or is invalid")
	if _, err := s.UpdateUser(t.Context(), caller, flow.UserUpdate{Password: &next, Nonce: box.last(t).Code}, visit); err != nil {
		t.Error(err)
	}
}
