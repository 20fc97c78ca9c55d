package cognito_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/cognito"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/awstest"
)

// said is a pool that gives one answer to everything, and keeps what it was asked last.
type said struct {
	status       int
	answer       string
	target, body string
}

func (s *said) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.target, s.body = r.Header.Get("X-Amz-Target"), string(body)
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.answer)
}

func (s *said) pool(t *testing.T) *cognito.Pool {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	awstest.Point(t, server.URL)
	return &cognito.Pool{Client: new(awsapi.Client), ID: "eu-central-1_x", ClientID: "client"}
}

// TestFaults has a pool refuse what the emulator does not.
func TestFaults(t *testing.T) {
	signIn := func(ctx context.Context, p *cognito.Pool) error {
		_, _, err := p.SignIn(ctx, address, plain, "")
		return err
	}
	signUp := func(ctx context.Context, p *cognito.Pool) error { _, err := p.SignUp(ctx, address, plain); return err }
	confirm := func(ctx context.Context, p *cognito.Pool) error { return p.ConfirmCode(ctx, address, "1") }
	resend := func(ctx context.Context, p *cognito.Pool) error { return p.ResendCode(ctx, address) }
	set := func(ctx context.Context, p *cognito.Pool) error { return p.SetPassword(ctx, "id", plain) }
	email := func(ctx context.Context, p *cognito.Pool) error { return p.SetEmail(ctx, "id", address, true) }
	tests := []struct {
		name      string
		do        func(context.Context, *cognito.Pool) error
		exception string
		status    int
		code      string // "" for none; "-" for an error that is no fault
	}{
		{"not confirmed", signIn, "UserNotConfirmedException", 400, "email_not_confirmed"},
		{"a password that was reset", signIn, "PasswordResetRequiredException", 400, "invalid_credentials"},
		{"nobody", signIn, "UserNotFoundException", 400, "invalid_credentials"},
		{"too many sign-ins", signIn, "LimitExceededException", 429, "over_request_rate_limit"},
		{"too many requests", signIn, "TooManyRequestsException", 429, "over_request_rate_limit"},
		{"a client without the flow", signIn, "InvalidParameterException", 0, "-"},
		{"no right", signIn, "AccessDeniedException", 0, "-"},
		{"no such pool", signUp, "ResourceNotFoundException", 0, "-"},
		{"an address that is none", signUp, "InvalidParameterException", 400, "validation_failed"},
		{"a trigger that refuses", signUp, "UserLambdaValidationException", 400, "validation_failed"},
		{"a wrong code", confirm, "CodeMismatchException", 403, "otp_expired"},
		{"an old code", confirm, "ExpiredCodeException", 403, "otp_expired"},
		{"confirmed before", confirm, "NotAuthorizedException", 403, "otp_expired"},
		{"too many codes", confirm, "TooManyFailedAttemptsException", 429, "over_request_rate_limit"},
		{"no code to send", resend, "InvalidParameterException", 0, ""},
		{"nobody to send one to", resend, "UserNotFoundException", 0, ""},
		{"too many mails", resend, "LimitExceededException", 429, "over_request_rate_limit"},
		{"a password of before", set, "PasswordHistoryPolicyViolationException", 422, "same_password"},
		{"somebody else's address", email, "AliasExistsException", 422, "email_exists"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &said{status: 400, answer: fmt.Sprintf(`{"__type":%q,"message":"words"}`, tt.exception)}
			err := tt.do(t.Context(), s.pool(t))
			f, ok := errors.AsType[*fault.Error](err)
			switch {
			case tt.code == "" && err == nil, tt.code == "-" && err != nil && !ok:
			case !ok || f.Code != tt.code || f.Status() != tt.status:
				t.Errorf("got %v, want %q with status %d", err, tt.code, tt.status)
			}
		})
	}
}

func TestWeakPassword(t *testing.T) {
	s := &said{status: 400, answer: `{"__type":"InvalidPasswordException","message":"Password did not conform with policy: too short"}`}
	err := s.pool(t).SetPassword(t.Context(), "id", "x")
	f, ok := errors.AsType[*fault.Error](err)
	want := password.Weak{Reasons: []password.Reason{"length", "characters"}}
	if !ok || cmp.Diff(want, f.Details) != "" || !strings.HasSuffix(f.Message, "too short") {
		t.Errorf("got %v", err)
	}
}

func TestChallenge(t *testing.T) {
	s := &said{status: 200, answer: `{"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"s"}`}
	_, _, err := s.pool(t).SignIn(t.Context(), address, plain, "192.0.2.7")
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != "mfa_verification_rejected" || !strings.Contains(f.Message, "SOFTWARE_TOKEN_MFA") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(s.body, `"ContextData":{"IpAddress":"192.0.2.7"`) || !strings.HasSuffix(s.target, ".AdminInitiateAuth") {
		t.Errorf("%s was asked %s", s.target, s.body)
	}
}

func TestUnreachable(t *testing.T) {
	awstest.Point(t, "http://127.0.0.1:1")
	_, _, err := (&cognito.Pool{Client: new(awsapi.Client)}).SignIn(t.Context(), address, plain, "")
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Status() != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
}

// TestSecretHash compares with a hash that was made elsewhere: printf 'ada@example.orgclient' | openssl dgst -sha256 -hmac secret
// -binary | base64.
func TestSecretHash(t *testing.T) {
	s := &said{status: 200, answer: `{}`}
	p := s.pool(t)
	p.Secret = "secret"
	if err := p.ResendCode(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.body, `"SecretHash":"sBU6y0LUhJfllotdoakRGyOT4o4h0ijj8ifFD/tI26c="`) {
		t.Errorf("the pool was asked %s", s.body)
	}
}
