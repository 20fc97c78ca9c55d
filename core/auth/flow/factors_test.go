package flow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/totp"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/stmt"
)

const eve = "99999999-9999-4999-8999-999999999999"

// withFactors are settings that allow second factors.
func withFactors() flow.Settings {
	s := settings()
	s.Factors = flow.FactorSettings{Enrol: true, Verify: true, Most: 3, Verified: 3, Stale: 5 * time.Minute, Challenge: 5 * time.Minute}
	return s
}

func (s *service) caller(t *testing.T, signed flow.Signed) flow.Caller {
	t.Helper()
	c, err := s.Recognise(t.Context(), signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// app is a user's app with the secret of a factor.
type app struct {
	factor string
	secret totp.Secret
}

// code is the one that the app shows some steps from now.
func (a app) code(s *service, steps int) string {
	return a.secret.Code(totp.StepAt(s.Now()) + totp.Step(steps))
}

// wrong is a code that the app does not show.
func (a app) wrong(s *service) string {
	for n := 0; ; n++ {
		if _, ok := a.secret.Match(fmt.Sprintf("%06d", n), s.Now()); !ok {
			return fmt.Sprintf("%06d", n)
		}
	}
}

func (s *service) enrol(t *testing.T, signed flow.Signed, name string) app {
	t.Helper()
	enrolled, err := s.EnrolFactor(t.Context(), s.caller(t, signed), flow.Enrolment{Type: "totp", Name: name}, visit)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := totp.ParseSecret(enrolled.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return app{enrolled.Factor.ID, secret}
}

func (s *service) challenge(t *testing.T, signed flow.Signed, a app) string {
	t.Helper()
	c, err := s.ChallengeFactor(t.Context(), s.caller(t, signed), a.factor, visit)
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// try challenges the factor and brings a code.
func (s *service) try(t *testing.T, signed flow.Signed, a app, code string) (flow.Signed, error) {
	t.Helper()
	challenge := s.challenge(t, signed, a)
	return s.VerifyFactor(t.Context(), s.caller(t, signed), flow.FactorCode{Factor: a.factor, Challenge: challenge, Code: code}, visit)
}

// raise verifies the factor with the code of now.
func (s *service) raise(t *testing.T, signed flow.Signed, a app) flow.Signed {
	t.Helper()
	raised, err := s.try(t, signed, a, a.code(s, 0))
	if err != nil {
		t.Fatal(err)
	}
	return raised
}

// protected gives a user with a verified factor, the session that has used it, and one that has not.
func protected(t *testing.T) (s *service, a app, high, low flow.Signed) {
	t.Helper()
	s = newService(t, withFactors())
	signed := s.signIn(t)
	a = s.enrol(t, signed, "phone")
	high = s.raise(t, signed, a)
	s.Pass(time.Minute)
	return s, a, high, s.signIn(t)
}

func TestFactor(t *testing.T) {
	s := newService(t, withFactors())
	signed, other := s.signIn(t), s.signIn(t)
	c := s.caller(t, signed)
	enrolled, err := s.EnrolFactor(t.Context(), c, flow.Enrolment{Type: "totp", Name: "my phone"}, visit)
	if err != nil {
		t.Fatal(err)
	}
	if want := "otpauth://totp/example.org:" + address + "?algorithm=SHA1&digits=6&issuer=example.org&period=30&secret=" + enrolled.Secret; enrolled.URI != want ||
		!strings.HasPrefix(enrolled.Picture, "<svg ") || len(enrolled.Secret) != 32 || enrolled.Factor.Status != "unverified" {
		t.Errorf("enrolled is %+v", enrolled)
	}
	if got := s.Value(`select secret from auth.mfa_factors`); got != enrolled.Secret {
		t.Errorf("the column has %q", got)
	}
	secret, _ := totp.ParseSecret(enrolled.Secret)
	phone := app{enrolled.Factor.ID, secret}
	s.Pass(time.Minute)
	challenge, err := s.ChallengeFactor(t.Context(), s.caller(t, signed), phone.factor, visit)
	if err != nil || challenge.Type != "totp" || !challenge.ExpiresAt.Equal(s.Now().Truncate(time.Microsecond).Add(5*time.Minute)) {
		t.Fatalf("got %+v, %v", challenge, err)
	}
	before := s.statements.n.Load()
	raised, err := s.VerifyFactor(t.Context(), s.caller(t, signed), flow.FactorCode{Factor: phone.factor, Challenge: challenge.ID, Code: phone.code(s, 0)}, visit)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.statements.n.Load() - before; n > 3 { // a fourth counts the address, where it is known
		t.Errorf("it takes %d statements, 3 at most", n)
	}
	c = s.caller(t, raised)
	if c.Claims.AAL != "aal2" || len(c.Claims.Methods) != 2 || c.Claims.Methods[0].Method != "totp" || c.Claims.Methods[0].Timestamp != s.Now().Unix() ||
		c.Claims.Methods[1].Method != "password" || c.Claims.SessionID != signed.Session.ID || raised.Session.Counter != 2 {
		t.Errorf("the claims are %+v, the session %+v", c.Claims, raised.Session)
	}
	if factors := raised.User.Factors; len(factors) != 1 || factors[0].Status != "verified" || factors[0].LastChallengedAt == nil {
		t.Errorf("the factors are %+v", factors)
	}
	_, err = s.Recognise(t.Context(), other.AccessToken)
	refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
	next := s.refresh(t, raised.RefreshToken)
	if c := s.caller(t, next); c.Claims.AAL != "aal2" || len(c.Claims.Methods) != 2 {
		t.Errorf("after a refresh the claims are %+v", c.Claims)
	}
	if got := s.Value(`select string_agg(payload ->> 'action', ' ' order by created_at, id) from auth.audit_log_entries where payload ->> 'log_type' = 'factor'`); got != "factor_in_progress challenge_created verification_attempted" &&
		got != "factor_in_progress verification_attempted challenge_created" {
		t.Errorf("the audit log has %s", got)
	}
	if removed, err := s.RemoveFactor(t.Context(), c, phone.factor, visit); err != nil || removed.ID != phone.factor {
		t.Errorf("removing it: %+v, %v", removed, err)
	}
	if c := s.caller(t, s.refresh(t, next.RefreshToken)); c.Claims.AAL != "aal1" || len(c.Claims.Methods) != 1 || len(c.User.Factors) != 0 {
		t.Errorf("without it the claims are %+v", c.Claims)
	}
}

func TestEnrolRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql     string
		how           flow.Enrolment
		set           func(*flow.Settings)
		status        int
		code, message string
	}{
		{"anonymous", `update auth.users set is_anonymous = true`, flow.Enrolment{Type: "totp"}, nil, 403, "no_authorization", "Anonymous user not allowed to perform these actions"},
		{"no type", "", flow.Enrolment{}, nil, 400, "validation_failed", "factor_type needs to be totp, phone, or webauthn"},
		{"phone", "", flow.Enrolment{Type: "phone"}, nil, 422, "mfa_phone_enroll_not_enabled", "MFA enroll is disabled for Phone"},
		{"webauthn", "", flow.Enrolment{Type: "webauthn"}, nil, 422, "mfa_webauthn_enroll_not_enabled", "MFA enroll is disabled for WebAuthn"},
		{"switched off", "", flow.Enrolment{Type: "totp"}, func(s *flow.Settings) { s.Factors.Enrol = false }, 422, "mfa_totp_enroll_not_enabled", "MFA enroll is disabled for TOTP"},
		{"a name that is there", "", flow.Enrolment{Type: "totp", Name: "one"}, nil, 422, "mfa_factor_name_conflict", `A factor with the friendly name "one" for this user already exists`},
		{"too many", "", flow.Enrolment{Type: "totp", Name: "x"}, func(s *flow.Settings) { s.Factors.Most = 1 }, 422, "too_many_enrolled_mfa_factors", "Maximum number of verified factors reached, unenroll to continue"},
		{"too many that are verified", `update auth.mfa_factors set status = 'verified'; update auth.sessions set aal = 'aal2'`, flow.Enrolment{Type: "totp", Name: "x"}, func(s *flow.Settings) { s.Factors.Verified = 1 }, 422, "too_many_enrolled_mfa_factors", "Maximum number of verified factors reached, unenroll to continue"},
		{"a long name", "", flow.Enrolment{Type: "totp", Name: strings.Repeat("x", 1001)}, nil, 400, "validation_failed", "friendly_name must not be longer than 1000 bytes"},
		{"a long issuer", "", flow.Enrolment{Type: "totp", Issuer: strings.Repeat("x", 2000)}, nil, 400, "validation_failed", "issuer is too long for a QR code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, withFactors())
			signed := s.signIn(t)
			s.enrol(t, signed, "one")
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			with := withFactors()
			if tt.set != nil {
				tt.set(&with)
			}
			s.with(t, with)
			_, err := s.EnrolFactor(t.Context(), s.caller(t, signed), tt.how, visit)
			refused(t, err, tt.status, tt.code, tt.message)
			if n := s.Value(`select count(*) from auth.mfa_factors`); n != "1" {
				t.Errorf("there are %s factors", n)
			}
		})
	}
}

// TestEnrolAgain: a factor that was never used is in the way for five minutes.
func TestEnrolAgain(t *testing.T) {
	s := newService(t, withFactors())
	signed := s.signIn(t)
	s.enrol(t, signed, "")
	s.Pass(5 * time.Minute)
	_, err := s.EnrolFactor(t.Context(), s.caller(t, signed), flow.Enrolment{Type: "totp"}, visit)
	refused(t, err, 422, "mfa_factor_name_conflict", `A factor with the friendly name "" for this user already exists`)
	s.Pass(time.Second)
	s.enrol(t, signed, "")
	if n := s.Value(`select count(*) from auth.mfa_factors`); n != "1" {
		t.Errorf("there are %s factors", n)
	}
}

// TestAAL1OfProtectedUser is attack 38 for factors: the password alone neither adds nor removes one, nor verifies one that was
// added before there was a verified one.
func TestAAL1OfProtectedUser(t *testing.T) {
	s, a, high, low := protected(t)
	_, err := s.EnrolFactor(t.Context(), s.caller(t, low), flow.Enrolment{Type: "totp", Name: "mine"}, visit)
	refused(t, err, 403, "insufficient_aal", "AAL2 required to enroll a new factor")
	_, err = s.RemoveFactor(t.Context(), s.caller(t, low), a.factor, visit)
	refused(t, err, 422, "insufficient_aal", "AAL2 required to unenroll verified factor")

	intruder := s.enrol(t, high, "mine")
	_, err = s.try(t, low, intruder, intruder.code(s, 0))
	refused(t, err, 403, "insufficient_aal", "AAL2 required to enroll a new factor")
	if n := s.Value(`select count(*) from auth.mfa_factors where status = 'verified'`); n != "1" {
		t.Errorf("%s factors are verified", n)
	}
	if _, err := s.try(t, high, intruder, intruder.code(s, 0)); err != nil {
		t.Errorf("a second factor, by a session that has used the first: %v", err)
	}
}

// TestOldRefreshTokenAfterVerify is attack 38 for tokens: no refresh token that the level aal1 was enough for gives one of the
// level aal2, not even within the reuse interval, and not the one that was the current.
func TestOldRefreshTokenAfterVerify(t *testing.T) {
	s := newService(t, withFactors())
	first := s.signIn(t)
	second := s.refresh(t, first.RefreshToken)
	a := s.enrol(t, second, "")
	raised := s.raise(t, second, a)
	for _, old := range []flow.Signed{first, second} {
		_, err := s.Refresh(t.Context(), old.RefreshToken, visit)
		refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	}
	next := s.refresh(t, raised.RefreshToken) // which refreshes now: the reuse interval begins
	for _, old := range []flow.Signed{first, second} {
		_, err := s.Refresh(t.Context(), old.RefreshToken, visit)
		refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	}
	if again := s.refresh(t, raised.RefreshToken); again.RefreshToken != next.RefreshToken {
		t.Error("the answer that got lost is not given again")
	}
}

// TestOldMovedTokenAfterVerify is the same for a session that GoTrue made, whose tokens are rows.
func TestOldMovedTokenAfterVerify(t *testing.T) {
	s := moved(t)
	s.with(t, withFactors())
	signed := s.refresh(t, "cccccccccccc")
	a := s.enrol(t, signed, "")
	raised := s.raise(t, signed, a)
	for _, old := range []string{"aaaaaaaaaaaa", "cccccccccccc", signed.RefreshToken} {
		_, err := s.Refresh(t.Context(), old, visit)
		refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
	}
	if next := s.refresh(t, raised.RefreshToken); s.caller(t, next).Claims.AAL != "aal2" {
		t.Error("the session has lost its level")
	}
}

// interrupted does something before the first statement that has a text in it.
type interrupted struct {
	store.Runner
	text string
	do   func()
	done bool
}

// Run runs a statement.
func (i *interrupted) Run(ctx context.Context, s stmt.Statement) (stmt.Result, error) {
	if !i.done && strings.Contains(s.SQL, i.text) {
		i.done = true
		i.do()
	}
	return i.Runner.Run(ctx, s)
}

// TestVerifyWithinRefresh verifies a factor while a refresh, which has read the session, has not written yet.
func TestVerifyWithinRefresh(t *testing.T) {
	for _, tt := range []struct {
		name    string
		service func(*testing.T) (*service, flow.Signed)
		write   string
	}{
		{"a token that counts", func(t *testing.T) (*service, flow.Signed) {
			s := newService(t, withFactors())
			return s, s.signIn(t)
		}, "set refresh_token_counter = s.refresh_token_counter + 1"},
		{"a token that is a row", func(t *testing.T) (*service, flow.Signed) {
			s := moved(t)
			s.with(t, withFactors())
			return s, s.refresh(t, "cccccccccccc")
		}, "update auth.refresh_tokens"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, signed := tt.service(t)
			a := s.enrol(t, signed, "")
			s.statements.Runner = &interrupted{Runner: s.statements.Runner, text: tt.write, do: func() { s.raise(t, signed, a) }}
			_, err := s.Refresh(t.Context(), signed.RefreshToken, visit)
			refused(t, err, 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
			if got := s.Value(`select aal::text || ' ' || refresh_token_counter from auth.sessions`); got != "aal2 2" {
				t.Errorf("the session is %s", got)
			}
		})
	}
}

// member makes another user.
func (s *service) member(t *testing.T, id, email string) flow.Signed {
	t.Helper()
	hash, err := password.Hash(plain)
	if err != nil {
		t.Fatal(err)
	}
	at := s.Now().Add(-time.Hour).Truncate(time.Microsecond)
	if _, err := store.New(s.statements).CreateUser(t.Context(), store.NewUser{User: store.User{
		ID: id, Aud: "authenticated", Role: "authenticated", Email: email, EncryptedPassword: hash, EmailConfirmedAt: &at, CreatedAt: at, UpdatedAt: at,
	}}); err != nil {
		t.Fatal(err)
	}
	signed, err := s.SignInWithPassword(t.Context(), email, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestFactorOfAnother is attack 39: what belongs to somebody else is not there.
func TestFactorOfAnother(t *testing.T) {
	s, a, high, _ := protected(t)
	other := s.member(t, eve, "eve@example.org")
	mine := s.enrol(t, other, "mine")
	_, err := s.ChallengeFactor(t.Context(), s.caller(t, other), a.factor, visit)
	refused(t, err, 404, "mfa_factor_not_found", "Factor not found")
	_, err = s.RemoveFactor(t.Context(), s.caller(t, other), a.factor, visit)
	refused(t, err, 404, "mfa_factor_not_found", "Factor not found")
	theirs, own := s.challenge(t, high, a), s.challenge(t, other, mine)
	for _, tt := range []struct {
		name, factor, challenge, code string
		status                        int
		message                       string
	}{
		{"their factor", a.factor, theirs, a.code(s, 0), 404, "Factor not found"},
		{"their challenge", mine.factor, theirs, mine.code(s, 0), 422, "MFA factor with the provided challenge ID not found"},
		{"their factor, and a challenge of one's own", a.factor, own, mine.code(s, 0), 404, "Factor not found"},
		{"no challenge", mine.factor, "", mine.code(s, 0), 422, "MFA factor with the provided challenge ID not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.VerifyFactor(t.Context(), s.caller(t, other), flow.FactorCode{Factor: tt.factor, Challenge: tt.challenge, Code: tt.code}, visit)
			refused(t, err, tt.status, "mfa_factor_not_found", tt.message)
		})
	}
	_, err = s.ChallengeFactor(t.Context(), s.caller(t, other), "x", visit)
	refused(t, err, 404, "validation_failed", "factor_id must be an UUID")
}

func TestVerifyFactorRefused(t *testing.T) {
	for _, tt := range []struct {
		name, sql     string
		visit         flow.Visit
		wait          time.Duration
		code          string // "" for the right one
		set           func(*flow.Settings)
		status        int
		fault, answer string
	}{
		{"another address", "", flow.Visit{IP: "192.0.2.8"}, 0, "", nil, 422, "mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch."},
		{"met before", `update auth.mfa_challenges set verified_at = now()`, visit, 0, "", nil, 422, "mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch."},
		{"expired", "", visit, 5*time.Minute + time.Millisecond, "", nil, 422, "mfa_challenge_expired", "MFA challenge 55555555-5555-4555-8555-555555555555 has expired, verify against another challenge or create a new challenge."},
		{"a code of two steps ago", "", visit, time.Minute, "old", nil, 422, "mfa_verification_failed", "Invalid TOTP code entered"},
		{"no code", "", visit, 0, "none", nil, 400, "validation_failed", "Code needs to be non-empty"},
		{"switched off", "", visit, 0, "", func(s *flow.Settings) { s.Factors.Verify = false }, 422, "mfa_totp_verify_not_enabled", "MFA verification is disabled for TOTP"},
		{"a phone", `update auth.mfa_factors set factor_type = 'phone'`, visit, 0, "", nil, 422, "mfa_phone_verify_not_enabled", "MFA verification is disabled for Phone"},
		{"a key", `update auth.mfa_factors set factor_type = 'webauthn'`, visit, 0, "", nil, 422, "mfa_webauthn_verify_not_enabled", "MFA verification is disabled for WebAuthn"},
		{"anonymous", `update auth.users set is_anonymous = true`, visit, 0, "", nil, 403, "no_authorization", "Anonymous user not allowed to perform these actions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, withFactors())
			signed := s.signIn(t)
			a := s.enrol(t, signed, "")
			s.challenge(t, signed, a)
			s.Exec(`update auth.mfa_challenges set id = '55555555-5555-4555-8555-555555555555'`)
			if tt.sql != "" {
				s.Exec(tt.sql)
			}
			s.Pass(tt.wait)
			with := withFactors()
			if tt.set != nil {
				tt.set(&with)
			}
			s.with(t, with)
			code := map[string]string{"": a.code(s, 0), "none": "", "old": a.code(s, -2)}[tt.code]
			_, err := s.VerifyFactor(t.Context(), s.caller(t, signed), flow.FactorCode{Factor: a.factor, Challenge: "55555555-5555-4555-8555-555555555555", Code: code}, tt.visit)
			refused(t, err, tt.status, tt.fault, tt.answer)
			if got := s.Value(`select string_agg(aal::text, ' ') from auth.sessions`); got != "aal1" {
				t.Errorf("the level is %s", got)
			}
		})
	}
}

// TestCodeTwice is attack 39's replay: a code that somebody saw serves once, with whatever challenge and in whatever session,
// for as long as a clock may show it.
func TestCodeTwice(t *testing.T) {
	s := newService(t, withFactors())
	signed := s.signIn(t)
	a := s.enrol(t, signed, "")
	seen := a.code(s, 1) // by a clock that is ahead: it is in time for the longest
	high, err := s.try(t, signed, a, seen)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Pass(15 * time.Second)
		_, err := s.try(t, s.signIn(t), a, seen)
		refused(t, err, 422, "mfa_verification_failed", "Invalid TOTP code entered")
		_, err = s.try(t, high, a, a.code(s, -1))
		refused(t, err, 422, "mfa_verification_failed", "Invalid TOTP code entered")
		s.Exec(`update auth_internal.factor_guards set failures = 0`)
	}
	s.Pass(time.Minute)
	if _, err := s.try(t, high, a, a.code(s, 0)); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

// TestCodeAtOnce brings one code four times at the same moment, each with a challenge of its own: twice in the session that has
// used the factor before, and in two others.
func TestCodeAtOnce(t *testing.T) {
	s, a, high, _ := protected(t)
	code := a.code(s, 0)
	callers, challenges := make([]flow.Caller, 4), make([]string, 4)
	for n := range callers {
		signed := high
		if n%2 == 1 {
			signed = s.signIn(t)
		}
		callers[n], challenges[n] = s.caller(t, signed), s.challenge(t, signed, a)
	}
	won := make([]bool, len(callers))
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			_, err := s.VerifyFactor(t.Context(), callers[n], flow.FactorCode{Factor: a.factor, Challenge: challenges[n], Code: code}, visit)
			if won[n] = err == nil; !won[n] {
				refused(t, err, 422, "mfa_verification_failed", "Invalid TOTP code entered")
			}
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(won, func(w bool) bool { return !w })); n != 1 {
		t.Errorf("%d have won", n)
	}
}

// TestCodeWithinCode brings a code while it is being used, with another challenge.
func TestCodeWithinCode(t *testing.T) {
	s, a, high, _ := protected(t)
	s.statements.Runner = &interrupted{Runner: s.statements.Runner, text: "set verified_at = ", do: func() { s.raise(t, high, a) }}
	_, err := s.try(t, high, a, a.code(s, 0))
	refused(t, err, 422, "mfa_verification_failed", "Invalid TOTP code entered")
	if got := s.Value(`select refresh_token_counter from auth.sessions where aal = 'aal2'`); got != "4" {
		t.Errorf("the counter is %s", got)
	}
}

// TestGuessingAtAFactor is attack 40: wrong codes lock the factor, for all sessions and addresses, and ever longer.
func TestGuessingAtAFactor(t *testing.T) {
	s, a, _, low := protected(t)
	const wrong = "Invalid TOTP code entered"
	challenge, c := s.challenge(t, low, a), s.caller(t, low)
	guess := func(code string, v flow.Visit) error {
		_, err := s.VerifyFactor(t.Context(), c, flow.FactorCode{Factor: a.factor, Challenge: challenge, Code: code}, v)
		return err
	}
	for range 5 {
		refused(t, guess(a.wrong(s), visit), 422, "mfa_verification_failed", wrong)
	}
	locked := guess(a.code(s, 0), visit)
	refused(t, locked, 429, "over_request_rate_limit", "Too many wrong codes were entered for this factor: try again later")
	if header := fault.From(locked).Header; len(header) != 1 || header[0] != (fault.Header{Name: "Retry-After", Value: "30"}) {
		t.Errorf("its header is %v", header)
	}
	again := s.signIn(t)
	_, err := s.VerifyFactor(t.Context(), s.caller(t, again), flow.FactorCode{Factor: a.factor, Challenge: s.challenge(t, again, a), Code: a.code(s, 0)}, visit)
	refused(t, err, 429, "over_request_rate_limit", "Too many wrong codes were entered for this factor: try again later")
	s.Pass(30 * time.Second)
	refused(t, guess(a.wrong(s), visit), 422, "mfa_verification_failed", wrong)
	s.Pass(59 * time.Second)
	refused(t, guess(a.code(s, 0), visit), 429, "over_request_rate_limit", "Too many wrong codes were entered for this factor: try again later")
	s.Pass(time.Second)
	if err := guess(a.code(s, 0), visit); err != nil {
		t.Errorf("the right code, when the lock is over: %v", err)
	}
	if got := s.Value(`select failures || coalesce(locked_until::text, '') from auth_internal.factor_guards`); got != "0" {
		t.Errorf("what was counted is %s", got)
	}
}

// TestGuessingAtAFactorAtOnce has forty guesses on the way before the first is answered: no more than five are looked at.
func TestGuessingAtAFactorAtOnce(t *testing.T) {
	s, a, _, low := protected(t)
	challenge, c := s.challenge(t, low, a), s.caller(t, low)
	wrong := a.wrong(s)
	looked := make([]bool, 40)
	var all sync.WaitGroup
	for n := range looked {
		all.Go(func() {
			_, err := s.VerifyFactor(t.Context(), c, flow.FactorCode{Factor: a.factor, Challenge: challenge, Code: wrong}, visit)
			looked[n] = fault.From(err).Code == "mfa_verification_failed"
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(looked, func(l bool) bool { return !l })); n != 5 {
		t.Errorf("%d guesses were looked at, want 5", n)
	}
}

// TestFactorOfAMovedProject uses a secret as GoTrue has stored it, and one that it has encrypted, which is not read.
func TestFactorOfAMovedProject(t *testing.T) {
	s := newService(t, withFactors())
	signed := s.signIn(t)
	a := s.enrol(t, signed, "")
	s.Exec(`update auth.mfa_factors set status = 'verified', secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', friendly_name = null, phone = null`)
	a.secret, _ = totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	raised := s.raise(t, signed, a)
	s.Pass(time.Minute)
	s.Exec(`update auth.mfa_factors set secret = '{"key_id":"a","alg":"aes-gcm-hkdf","data":"x","nonce":"y"}'`)
	_, err := s.try(t, raised, a, "000000")
	if fault.From(err).Status() != 500 || strings.Contains(fmt.Sprint(err), "aes") {
		t.Errorf("got %v", err)
	}
}
