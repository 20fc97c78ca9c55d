package hooks

import (
	"context"

	"github.com/pergola-dev/pergola/core/auth/flow"
)

// passwordTry and factorTry are the payloads about tries (GoTrue, hooks/v0hooks: PasswordVerificationAttemptInput,
// MFAVerificationAttemptInput).
type passwordTry struct {
	User  string `json:"user_id"`
	Valid bool   `json:"valid"`
}

type factorTry struct {
	User   string `json:"user_id"`
	Factor string `json:"factor_id"`
	Type   string `json:"factor_type"`
	Valid  bool   `json:"valid"`
}

// verdict is the answer to both. Any other decision than "reject" lets the try pass.
type verdict struct {
	Decision string `json:"decision"`
	Message  string `json:"message"`
	Logout   bool   `json:"should_logout_user"`
}

// PasswordTried tells of a try to sign in with a password.
func (s Set) PasswordTried(ctx context.Context, user string, valid bool) (flow.Verdict, error) {
	return judge(ctx, s.Password, passwordTry{user, valid})
}

// FactorTried tells of a code for a second factor.
func (s Set) FactorTried(ctx context.Context, t flow.FactorTry) (flow.Verdict, error) {
	return judge(ctx, s.Factor, factorTry{t.User, t.Factor, t.Type, t.Valid})
}

func judge(ctx context.Context, hook Caller, payload any) (flow.Verdict, error) {
	if hook == nil {
		return flow.Verdict{}, nil
	}
	var said verdict
	if err := hook.Call(ctx, payload, &said); err != nil {
		return flow.Verdict{}, err
	}
	return flow.Verdict{Reject: said.Decision == "reject", Message: said.Message, Logout: said.Logout}, nil
}
