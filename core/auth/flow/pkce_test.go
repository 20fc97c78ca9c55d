package flow_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
)

const verifier = "a-verifier-that-is-long-enough-for-the-rules-of-RFC-7636"

// challenged is the challenge of verifier.
func challenged() flow.Challenge {
	sum := sha256.Sum256([]byte(verifier))
	return flow.Challenge{Text: base64.RawURLEncoding.EncodeToString(sum[:]), Method: "S256"}
}

// begin asks for a mail in one of the ways that a flow of PKCE begins.
func begin(t *testing.T, s *service, way string) {
	t.Helper()
	r := asking(address)
	r.Challenge = challenged()
	switch way {
	case "signup":
		asked := request()
		asked.Challenge = challenged()
		_, err := s.SignUp(t.Context(), asked, visit)
		ok(t, err)
	case "recovery":
		ok(t, s.Recover(t.Context(), r, visit))
	case "magiclink":
		ok(t, s.SendCode(t.Context(), flow.CodeRequest{MailRequest: r}, visit))
	case "resend":
		_, err := s.SignUp(t.Context(), request(), visit)
		ok(t, err)
		s.Pass(time.Minute)
		r.Email = bob
		ok(t, s.Resend(t.Context(), r, visit))
	}
}

// follow follows the link of the letter that was sent last, and gives the code.
func follow(t *testing.T, s *service, purpose string) string {
	t.Helper()
	came, err := s.Follow(t.Context(), flow.Verification{Purpose: purpose, Hash: s.sent(t).TokenHash}, visit)
	if err != nil || came.Code == "" || came.Signed.AccessToken != "" {
		t.Fatalf("got %+v, %v", came, err)
	}
	return came.Code
}

func TestExchangeCode(t *testing.T) {
	for _, tt := range []struct{ way, purpose, method string }{
		{"signup", "signup", "email/signup"},
		{"recovery", "recovery", "recovery"},
		{"magiclink", "magiclink", "magiclink"},
		{"resend", "signup", "email/signup"},
		{"magiclink", "email", "magiclink"},
	} {
		t.Run(tt.way+" as "+tt.purpose, func(t *testing.T) {
			s := newService(t, settings())
			begin(t, s, tt.way)
			if hash := s.Value(`select token_hash from auth.one_time_tokens`); hash != s.sent(t).TokenHash || !strings.HasPrefix(hash, "pkce_") || len(hash) != 61 {
				t.Errorf("the token is %s, in the mail %s", hash, s.sent(t).TokenHash)
			}
			if got := s.Value(`select f.authentication_method || ' ' || f.code_challenge_method || ' ' || (f.created_at at time zone 'utc' = t.created_at)
				from auth.flow_state as f join auth.one_time_tokens as t on t.user_id = f.user_id`); got != tt.method+" s256 true" {
				t.Errorf("the state is %s", got)
			}
			before := s.statements.n.Load()
			code := follow(t, s, tt.purpose)
			if n := s.statements.n.Load() - before; n > 2 {
				t.Errorf("to follow takes %d statements", n)
			}
			if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
				t.Errorf("%s sessions were made by following", n)
			}
			before = s.statements.n.Load()
			signed, err := s.ExchangeCode(t.Context(), code, verifier, visit)
			if err != nil {
				t.Fatal(err)
			}
			if n := s.statements.n.Load() - before; n > 2 {
				t.Errorf("to exchange takes %d statements", n)
			}
			if signed.User.EmailConfirmedAt == nil || len(signed.Session.Methods) != 1 || signed.Session.Methods[0].Name != tt.method || !strings.Contains(string(signed.User.Identities[0].Data), "email") {
				t.Errorf("got %+v", signed)
			}
			_, err = s.ExchangeCode(t.Context(), code, verifier, visit)
			refused(t, err, 404, "flow_state_not_found", "invalid flow state, no valid flow state found")
			if n := s.Value(`select count(*) from auth.flow_state`); n != "0" {
				t.Errorf("%s states are left", n)
			}
		})
	}
}

func TestExchangeCodeRefused(t *testing.T) {
	s := newService(t, settings())
	begin(t, s, "recovery")
	code := follow(t, s, "recovery")
	for _, tt := range []struct {
		name, code, verifier string
		status               int
		error, message       string
	}{
		{"no code", "", verifier, 400, "validation_failed", "invalid request: both auth code and code verifier should be non-empty"},
		{"no verifier", code, "", 400, "validation_failed", "invalid request: both auth code and code verifier should be non-empty"},
		{"another code", ada, verifier, 404, "flow_state_not_found", "invalid flow state, no valid flow state found"},
		{"another verifier", code, verifier + "x", 400, "bad_code_verifier", "code challenge does not match previously saved code verifier"},
		{"the challenge", code, challenged().Text, 400, "bad_code_verifier", "code challenge does not match previously saved code verifier"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.ExchangeCode(t.Context(), tt.code, tt.verifier, visit)
			refused(t, err, tt.status, tt.error, tt.message)
		})
	}
	s.Pass(5 * time.Minute)
	s.Exec(`update auth.users set banned_until = '2030-01-01'`)
	_, err := s.ExchangeCode(t.Context(), code, verifier, visit)
	refused(t, err, 400, "user_banned", "User is banned")
	s.Exec(`update auth.users set banned_until = null`)
	s.Pass(time.Microsecond)
	_, err = s.ExchangeCode(t.Context(), code, verifier, visit)
	refused(t, err, 422, "flow_state_expired", "invalid flow state, flow state has expired")
	if n := s.Value(`select count(*) from auth.sessions`); n != "0" {
		t.Errorf("%s sessions were made", n)
	}
}

// TestFollowLate follows a link long after it was sent: the time of the code begins then.
func TestFollowLate(t *testing.T) {
	s := newService(t, settings())
	begin(t, s, "recovery")
	s.Pass(time.Hour)
	code := follow(t, s, "recovery")
	s.Pass(5 * time.Minute)
	_, err := s.ExchangeCode(t.Context(), code, verifier, visit)
	ok(t, err)
}

// TestPKCEManyAtOnce follows one link and exchanges one code twenty times: one code, one session.
func TestPKCEManyAtOnce(t *testing.T) {
	s := newService(t, settings())
	begin(t, s, "recovery")
	hash := s.sent(t).TokenHash
	var code atomic.Value
	var followed, exchanged atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if came, err := s.Follow(t.Context(), flow.Verification{Purpose: "recovery", Hash: hash}, visit); err == nil {
				followed.Add(1)
				code.Store(came.Code)
			}
		})
	}
	all.Wait()
	if followed.Load() != 1 {
		t.Fatalf("%d have followed the link", followed.Load())
	}
	for range 20 {
		all.Go(func() {
			if _, err := s.ExchangeCode(t.Context(), code.Load().(string), verifier, visit); err == nil {
				exchanged.Add(1)
			}
		})
	}
	all.Wait()
	if n := s.Value(`select count(*) from auth.sessions`); exchanged.Load() != 1 || n != "1" {
		t.Errorf("%d have exchanged the code, and there are %s sessions", exchanged.Load(), n)
	}
}

// TestPKCELink shows what the link of a flow is good for besides.
func TestPKCELink(t *testing.T) {
	t.Run("its code can be typed in", func(t *testing.T) {
		s := newService(t, settings())
		begin(t, s, "magiclink")
		_, err := s.Verify(t.Context(), flow.Verification{Purpose: "email", Email: address, Code: s.sent(t).Token}, visit)
		ok(t, err)
	})
	t.Run("without its mark it gives no session", func(t *testing.T) {
		s := newService(t, settings())
		begin(t, s, "recovery")
		_, err := s.Follow(t.Context(), flow.Verification{Purpose: "recovery", Hash: strings.TrimPrefix(s.sent(t).TokenHash, "pkce_")}, visit)
		refused(t, err, 403, "otp_expired", linkExpired)
	})
	t.Run("without a flow that waits it is not used up", func(t *testing.T) {
		s := newService(t, settings())
		begin(t, s, "recovery")
		v := flow.Verification{Purpose: "recovery", Hash: s.sent(t).TokenHash}
		s.Exec(`delete from auth.flow_state`)
		_, err := s.Follow(t.Context(), v, visit)
		refused(t, err, 400, "flow_state_not_found", "No associated flow state found. No valid flow state found for user.")
		if n := s.Value(`select count(*) from auth.one_time_tokens`); n != "1" {
			t.Errorf("%s tokens are left", n)
		}
	})
	t.Run("a link of the implicit flow gives a session", func(t *testing.T) {
		s := newService(t, settings())
		ok(t, s.Recover(t.Context(), asking(address), visit))
		came, err := s.Follow(t.Context(), flow.Verification{Purpose: "recovery", Hash: s.sent(t).TokenHash}, visit)
		if err != nil || came.Code != "" || came.Signed.User.ID != ada {
			t.Errorf("got %+v, %v", came, err)
		}
	})
	for name, hash := range map[string]string{"NUL": "a\x00", "no UTF-8": "a\xff", "none": "pkce_"} {
		t.Run(name, func(t *testing.T) {
			_, err := newService(t, settings()).Follow(t.Context(), flow.Verification{Purpose: "recovery", Hash: hash}, visit)
			refused(t, err, 403, "otp_expired", linkExpired)
		})
	}
}

// TestExchangeCodeOfAProvider ends a flow that has been at a provider.
func TestExchangeCodeOfAProvider(t *testing.T) {
	s := newService(t, settings())
	at := s.Now().UTC().Format(time.RFC3339Nano)
	s.Exec(`insert into auth.flow_state (id, user_id, auth_code, auth_code_issued_at, code_challenge, code_challenge_method, provider_type,
		authentication_method, provider_access_token, provider_refresh_token, created_at, updated_at)
		values ('` + ada + `', '` + ada + `', 'a code', '` + at + `', '` + verifier + `', 'plain', 'google',
		'oauth', 'an access token', 'a refresh token', '` + at + `', '` + at + `')`)
	signed, err := s.ExchangeCode(t.Context(), "a code", verifier, visit)
	if err != nil || signed.ProviderToken != "an access token" || signed.ProviderRefreshToken != "a refresh token" || signed.Session.Methods[0].Name != "oauth" {
		t.Errorf("got %+v, %v", signed, err)
	}
	if got := s.Value(`select payload -> 'traits' ->> 'provider_type' from auth.audit_log_entries`); got != "google" {
		t.Errorf("the audit log names %s", got)
	}
}

// TestChallenges are refused before anything is asked of the database, in every flow that takes one.
func TestChallenges(t *testing.T) {
	const half = "PKCE flow requires code_challenge_method and code_challenge"
	const length = "code challenge has to be between 43 and 128 characters"
	const characters = "code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes"
	long := func(n int) string { return strings.Repeat("a", n) }
	tests := []struct {
		name, text, method, message string
		strict                      bool
	}{
		{"no method", long(43), "", half, false},
		{"no challenge", "", "s256", half, false},
		{"too short", long(42), "s256", length, false},
		{"too long", long(129), "s256", length, false},
		{"a character", long(43) + "+", "s256", characters, false},
		{"a line feed", long(43) + "\n", "s256", characters, false},
		{"an unknown method", long(43), "md5", `unsupported code_challenge method "md5"`, false},
		{"plain, where that is refused", long(43), "plain", `unsupported code_challenge method "plain"`, true},
		{"the shortest", long(43), "plain", "", false},
		{"the longest", long(128), "PLAIN", "", false},
		{"every character", "azAZ09._~-" + long(40), "S256", "", true},
	}
	s := newService(t, settings())
	for n, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := settings()
			at.PKCE.RefusePlain = tt.strict
			s.with(t, at)
			email := string(rune('a'+n)) + "@example.org"
			r, up := asking(email), request()
			r.Challenge = flow.Challenge{Text: tt.text, Method: tt.method}
			up.Email, up.Challenge = "up-"+email, r.Challenge
			before := s.statements.n.Load()
			_, err := s.SignUp(t.Context(), up, visit)
			errs := map[string]error{
				"sign-up": err, "recover": s.Recover(t.Context(), r, visit), "resend": nil,
			}
			if tt.message != "" {
				errs["resend"], errs["code"] = s.Resend(t.Context(), r, visit), s.SendCode(t.Context(), flow.CodeRequest{MailRequest: r}, visit)
			}
			for name, err := range errs {
				if tt.message == "" {
					ok(t, err)
					continue
				}
				t.Run(name, func(t *testing.T) { refused(t, err, 400, "validation_failed", tt.message) })
			}
			if tt.message != "" && s.statements.n.Load() != before {
				t.Error("the database was asked")
			}
		})
	}
}
