package oauth

import (
	"errors"
	"fmt"

	"github.com/pergola-dev/pergola/core/fault"
)

// The codes of a Refusal beside those of RFC 6749, as GoTrue writes them.
const (
	invalidRequest = "invalid request"
	invalidNonce   = "invalid nonce"
)

// Refusal is an error in the form of OAuth (RFC 6749, 4.1.2.1 and 5.2): of an ID token that does not hold, or in the words of
// a provider that sends a person back without a code.
type Refusal struct {
	Code        string
	Description string
	Cause       error // for the log; never sent
}

// Error gives the code, the description and the cause.
func (r *Refusal) Error() string {
	return errors.Join(errors.New(r.Code+": "+r.Description), r.Cause).Error()
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// badToken is an ID token that is not genuine. Why is for the log.
func badToken(cause error) *Refusal {
	return &Refusal{Code: invalidRequest, Description: "Bad ID token", Cause: cause}
}

// noProvider is a provider that nobody has set up. GoTrue tells those that it knows from others.
func noProvider(name string) *fault.Error {
	reason := "Provider " + name + " could not be found"
	if name == Google || name == GitHub || name == Apple || name == Azure {
		reason = "provider is not enabled"
	}
	return fault.New(fault.Invalid, "validation_failed", "Unsupported provider: "+reason)
}

// unsupported is a provider that was set up when the person left for it, and is no more.
func unsupported(cause error) *fault.Error {
	return fault.New(fault.Invalid, "oauth_provider_not_supported", fault.From(cause).Message).WithCause(cause)
}

func notEnabled(issuer string) *fault.Error {
	return fault.New(fault.Invalid, "provider_disabled", fmt.Sprintf("Provider (issuer %q) is not enabled", issuer))
}

func notAllowed(name string) *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", fmt.Sprintf("Custom OIDC provider %q not allowed", name))
}

func otherIssuer() *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", "Provided issuer does not match ID token issuer")
}

// unreachable is a provider that does not tell where it is, which passes.
func unreachable(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "unexpected_failure", "The provider cannot be reached: try again").WithCause(cause)
}

// notExchanged has not the code in its text, as GoTrue's has.
func notExchanged(cause error) *fault.Error {
	return fault.New(fault.Internal, "unexpected_failure", "Unable to exchange external code").WithCause(cause)
}

func noProfile(cause error) *fault.Error {
	return fault.New(fault.Internal, "unexpected_failure", "Error getting user profile from external provider").WithCause(cause)
}
