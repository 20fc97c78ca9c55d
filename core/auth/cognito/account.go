package cognito

import (
	"context"
	"errors"

	"github.com/pergola-dev/pergola/core/fault"
)

// SignUp makes an account for an address, to which the pool sends a code, and gives its id. The fault of an address that has one
// is user_already_exists.
func (p *Pool) SignUp(ctx context.Context, email, password string) (id string, err error) {
	in := p.public(email)
	in.Password, in.UserAttributes = password, []attribute{{"email", email}}
	var out struct{ UserSub string }
	err = p.call(ctx, "SignUp", in, &out)
	return out.UserSub, err
}

// Create makes an account for an address without telling anybody, and gives its id. Without a password nobody can sign in by one,
// and if there is an account that one is given: it is changed in nothing. With a password the fault is user_already_exists.
func (p *Pool) Create(ctx context.Context, email, password string, verified bool) (id string, err error) {
	in := input{
		UserPoolId: p.ID, Username: email, TemporaryPassword: password, MessageAction: "SUPPRESS", UserAttributes: addressOf(email, verified),
	}
	var out struct {
		User struct{ Attributes []attribute }
	}
	err = p.call(ctx, "AdminCreateUser", in, &out)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == codeTaken && password == "" {
		return p.find(ctx, email)
	}
	if err != nil {
		return "", err
	}
	id = subOf(out.User.Attributes)
	if password == "" {
		return id, nil
	}
	if err := p.SetPassword(ctx, id, password); err != nil {
		_ = p.Delete(ctx, id) // an account that only half of it was made of would be in the way of the next attempt
		return "", err
	}
	return id, nil
}

// find gives the id of an account.
func (p *Pool) find(ctx context.Context, email string) (id string, err error) {
	var out struct{ UserAttributes []attribute }
	err = p.call(ctx, "AdminGetUser", input{UserPoolId: p.ID, Username: email}, &out)
	return subOf(out.UserAttributes), err
}

func subOf(all []attribute) string {
	for _, a := range all {
		if a.Name == "sub" {
			return a.Value
		}
	}
	return ""
}

// ConfirmCode confirms an address by the code of SignUp or ResendCode. The fault of a wrong one is otp_expired.
func (p *Pool) ConfirmCode(ctx context.Context, email, code string) error {
	in := p.public(email)
	in.ConfirmationCode = code
	return p.call(ctx, "ConfirmSignUp", in, nil)
}

// ResendCode sends another code to an address that waits for one. Any other gets none, and that is not told.
func (p *Pool) ResendCode(ctx context.Context, email string) error {
	return p.call(ctx, "ResendConfirmationCode", p.public(email), nil)
}

// Confirm notes that the address of a user has been confirmed elsewhere.
func (p *Pool) Confirm(ctx context.Context, id string) error {
	err := p.admin(ctx, "AdminUpdateUserAttributes", input{Username: id, UserAttributes: []attribute{{"email_verified", "true"}}})
	if err != nil {
		return err
	}
	return p.admin(ctx, "AdminConfirmSignUp", input{Username: id})
}

// SetPassword gives a user another password. One who has no account in the pool cannot have one.
func (p *Pool) SetPassword(ctx context.Context, id, password string) error {
	return p.call(ctx, "AdminSetUserPassword", input{UserPoolId: p.ID, Username: id, Password: password, Permanent: true}, nil)
}

// SetEmail gives a user another address. The fault of one that is somebody else's is email_exists.
func (p *Pool) SetEmail(ctx context.Context, id, email string, verified bool) error {
	return p.admin(ctx, "AdminUpdateUserAttributes", input{Username: id, UserAttributes: addressOf(email, verified)})
}

// SetEnabled lets a user in again, or lets them in no more.
func (p *Pool) SetEnabled(ctx context.Context, id string, enabled bool) error {
	if enabled {
		return p.admin(ctx, "AdminEnableUser", input{Username: id})
	}
	return p.admin(ctx, "AdminDisableUser", input{Username: id})
}

// Delete deletes a user's account, if there is one.
func (p *Pool) Delete(ctx context.Context, id string) error {
	return p.admin(ctx, "AdminDeleteUser", input{Username: id})
}

// SignOut ends what the pool itself has given to a user: sessions of other applications.
func (p *Pool) SignOut(ctx context.Context, id string) error {
	return p.admin(ctx, "AdminUserGlobalSignOut", input{Username: id})
}
