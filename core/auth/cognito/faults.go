package cognito

import (
	"errors"
	"fmt"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/fault"
)

// Exceptions of Cognito that mean one thing or another by the operation.
const (
	userNotFound  = "UserNotFoundException"
	notAuthorized = "NotAuthorizedException"
	badParameter  = "InvalidParameterException"
)

// codeTaken is the code of a sign-up with an address that has an account.
const codeTaken = "user_already_exists"

// faultOf is the fault that a client is told for what came of an operation. What is a mistake in the settings or the rights stays
// an error of ours.
func faultOf(operation string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*awsapi.Error](err)
	if !ok {
		return unreachable(err)
	}
	if f, ok := ofOperation(operation, e); ok {
		return f
	}
	if f := ofException(e); f != nil {
		return f.WithCause(err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// ofOperation is what exceptions mean to some operations; ok is false for the others. A nil fault is success.
func ofOperation(operation string, e *awsapi.Error) (f error, ok bool) {
	unknown := e.Code == userNotFound || e.Code == notAuthorized
	switch {
	case operation == "AdminInitiateAuth" && unknown:
		return invalidCredentials(), true
	case operation == "ConfirmSignUp" && (unknown || e.Code == badParameter):
		return codeExpired(), true
	case operation == "ResendConfirmationCode" && (unknown || e.Code == badParameter): // there is nothing to confirm
		return nil, true
	case operation == "AdminConfirmSignUp" && e.Code == notAuthorized: // it is confirmed, or was never to be
		return nil, true
	case operation == "AdminSetUserPassword" && e.Code == userNotFound:
		return noAccount(), true
	case (operation == "SignUp" || operation == "AdminCreateUser" || operation == "AdminSetUserPassword") && e.Code == badParameter:
		return refused(e.Message), true
	}
	return nil, false
}

// ofException is what an exception means to every operation; nil for one that is no business of the client's.
func ofException(e *awsapi.Error) *fault.Error {
	switch e.Code {
	case "UsernameExistsException":
		return fault.New(fault.Unprocessable, codeTaken, "User already registered")
	case "AliasExistsException":
		return fault.New(fault.Unprocessable, "email_exists", "A user with this email address has already been registered")
	case "InvalidPasswordException":
		return weak(e.Message)
	case "PasswordHistoryPolicyViolationException":
		return fault.New(fault.Unprocessable, "same_password", "New password should be different from the old password.")
	case "UserNotConfirmedException":
		return fault.New(fault.Invalid, "email_not_confirmed", "Email not confirmed")
	case "PasswordResetRequiredException":
		return passwordRunOut()
	case "CodeMismatchException", "ExpiredCodeException":
		return codeExpired()
	case "TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException", "ThrottlingException":
		return fault.New(fault.TooManyRequests, "over_request_rate_limit", "Request rate limit reached")
	case "UserLambdaValidationException":
		return refused(e.Message)
	}
	return nil
}

// invalidCredentials is the one answer to an unknown user, a wrong password and a disabled user.
func invalidCredentials() *fault.Error {
	return fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials")
}

// passwordRunOut is a password that was given for one use, or that an administrator has taken back.
func passwordRunOut() *fault.Error {
	return fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials: a new password has to be set by way of password recovery")
}

func codeExpired() *fault.Error {
	return fault.New(fault.Forbidden, "otp_expired", "Token has expired or is invalid")
}

// weak is a password that breaks the rules of the pool. Which of them is said in its own words, and nowhere else.
func weak(words string) *fault.Error {
	return fault.New(fault.Unprocessable, "weak_password", words).
		WithDetails(password.Weak{Reasons: []password.Reason{password.TooShort, password.MissingCharacters}})
}

// refused is what the pool, or a function that it asks, does not take; words say why.
func refused(words string) *fault.Error { return fault.New(fault.Invalid, "validation_failed", words) }

// noAccount is a user who came by another provider.
func noAccount() *fault.Error {
	return fault.New(fault.Unprocessable, "user_sso_managed", "This user has no account in the user pool, so that no password can be set")
}

// challenged is a sign-in for which the pool asks for more. Second factors are ours here.
func challenged(name string) *fault.Error {
	return fault.New(fault.Unprocessable, "mfa_verification_rejected",
		"The user pool asks for a second step ("+name+"), which cannot be taken here: switch MFA off in the pool, and enrol factors with this service")
}

// unreachable is no fault of the credentials: supabase-js tries again after this status.
func unreachable(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "unexpected_failure", "The user pool cannot be reached: try again").WithCause(cause)
}
