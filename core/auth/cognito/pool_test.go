package cognito_test

import (
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/cognito"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/awstest"
)

const (
	address  = "ada@example.org"
	plain    = "Correct-h0rse"
	wrong    = "Wrong-h0rse"
	stranger = "nobody@example.org"
)

// newPool is a pool of moto's.
func newPool(t *testing.T) (*cognito.Pool, awstest.Pool) {
	t.Helper()
	awstest.New(t)
	p := awstest.NewPool(t)
	return &cognito.Pool{Client: new(awsapi.Client), ID: p.ID, ClientID: p.ClientID, Secret: p.Secret}, p
}

// is fails the test unless err is the fault of a code; "" for none.
func is(t *testing.T, what string, err error, code string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if err == nil && code != "" || err != nil && (!ok || f.Code != code) {
		t.Errorf("%s: got %v, want %q", what, err, code)
	}
}

// known is what the pool knows of a user.
type known struct {
	UserStatus     string
	Enabled        bool
	UserAttributes []struct{ Name, Value string }
}

func (k known) attribute(name string) string {
	for _, a := range k.UserAttributes {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

func user(t *testing.T, p awstest.Pool, id string) (k known) {
	t.Helper()
	awstest.Cognito(t, "AdminGetUser", map[string]string{"UserPoolId": p.ID, "Username": id}, &k)
	return k
}

func TestSignUpAndIn(t *testing.T) {
	pool, p := newPool(t)
	ctx := t.Context()
	id, err := pool.SignUp(ctx, address, plain)
	is(t, "a sign-up", err, "")
	_, err = pool.SignUp(ctx, address, plain)
	is(t, "another with the same address", err, "user_already_exists")
	_, err = pool.SignUp(ctx, stranger, "short")
	is(t, "a password that the pool refuses", err, "weak_password")
	if k := user(t, p, id); k.UserStatus != "UNCONFIRMED" || k.attribute("email") != address || k.attribute("email_verified") == "true" {
		t.Errorf("after the sign-up the pool knows %+v", k)
	}
	is(t, "the confirmation", pool.Confirm(ctx, id), "")
	if k := user(t, p, id); k.UserStatus != "CONFIRMED" || k.attribute("email_verified") != "true" {
		t.Errorf("after the confirmation the pool knows %+v", k)
	}
	for _, ip := range []string{"", "192.0.2.7"} {
		if got, verified, err := pool.SignIn(ctx, address, plain, ip); err != nil || got != id || !verified {
			t.Errorf("a sign-in gave %s, %v, %v, want %s", got, verified, err, id)
		}
	}
	_, _, err = pool.SignIn(ctx, address, wrong, "")
	is(t, "a wrong password", err, "invalid_credentials")
	_, _, err = pool.SignIn(ctx, stranger, plain, "")
	is(t, "an unknown user", err, "invalid_credentials")
}

func TestConfirmByCode(t *testing.T) {
	pool, p := newPool(t)
	id, err := pool.SignUp(t.Context(), address, plain)
	is(t, "a sign-up", err, "")
	is(t, "the code", pool.ConfirmCode(t.Context(), address, "123456"), "") // moto takes any
	if k := user(t, p, id); k.UserStatus != "CONFIRMED" {
		t.Errorf("the pool knows %+v", k)
	}
	is(t, "the code of nobody", pool.ConfirmCode(t.Context(), stranger, "123456"), "otp_expired")
}

func TestAdministration(t *testing.T) {
	pool, p := newPool(t)
	ctx := t.Context()
	id, err := pool.Create(ctx, address, plain, true)
	is(t, "a new account", err, "")
	_, err = pool.Create(ctx, address, plain, true)
	is(t, "another with the same address", err, "user_already_exists")
	if k := user(t, p, id); k.UserStatus != "CONFIRMED" || k.attribute("email_verified") != "true" || k.attribute("sub") != id {
		t.Errorf("the pool knows %+v of %s", k, id)
	}
	is(t, "another password", pool.SetPassword(ctx, id, plain+"2"), "")
	_, _, err = pool.SignIn(ctx, address, plain, "")
	is(t, "the old password", err, "invalid_credentials")
	is(t, "a short password", pool.SetPassword(ctx, id, "short"), "weak_password")
	is(t, "another address", pool.SetEmail(ctx, id, "ada2@example.org", true), "")
	_, _, err = pool.SignIn(ctx, "ada2@example.org", plain+"2", "")
	is(t, "a sign-in with the other address", err, "")
	is(t, "a ban", pool.SetEnabled(ctx, id, false), "")
	_, _, err = pool.SignIn(ctx, "ada2@example.org", plain+"2", "")
	is(t, "a sign-in while banned", err, "invalid_credentials")
	is(t, "the end of the ban", pool.SetEnabled(ctx, id, true), "")
	_, _, err = pool.SignIn(ctx, "ada2@example.org", plain+"2", "")
	is(t, "a sign-in after the ban", err, "")
	is(t, "the sign-out", pool.SignOut(ctx, id), "")
	is(t, "the deletion", pool.Delete(ctx, id), "")
	_, _, err = pool.SignIn(ctx, "ada2@example.org", plain+"2", "")
	is(t, "a sign-in of nobody", err, "invalid_credentials")
}

// TestNoAccount is about a user who came by another provider: only a password needs an account.
func TestNoAccount(t *testing.T) {
	pool, _ := newPool(t)
	ctx, id := t.Context(), "11111111-1111-4111-8111-111111111111"
	for what, err := range map[string]error{
		"confirming": pool.Confirm(ctx, id), "an address": pool.SetEmail(ctx, id, address, true), "a ban": pool.SetEnabled(ctx, id, false),
		"the end of it": pool.SetEnabled(ctx, id, true), "a sign-out": pool.SignOut(ctx, id), "a deletion": pool.Delete(ctx, id),
	} {
		is(t, what, err, "")
	}
	is(t, "a password", pool.SetPassword(ctx, id, plain), "user_sso_managed")
}

// TestWithoutPassword makes an account that nobody can sign in to before a password is set.
func TestWithoutPassword(t *testing.T) {
	pool, p := newPool(t)
	id, err := pool.Create(t.Context(), address, "", false)
	is(t, "a new account", err, "")
	if k := user(t, p, id); k.UserStatus != "FORCE_CHANGE_PASSWORD" || k.attribute("email_verified") != "false" {
		t.Errorf("the pool knows %+v", k)
	}
	again, err := pool.Create(t.Context(), address, "", true)
	if is(t, "the same address once more", err, ""); again != id {
		t.Errorf("the same address gave %s, want %s", again, id)
	}
	is(t, "a password", pool.SetPassword(t.Context(), id, plain), "")
	got, verified, err := pool.SignIn(t.Context(), address, plain, "")
	if is(t, "a sign-in", err, ""); got != id || verified {
		t.Errorf("a sign-in gave %s, %v", got, verified)
	}
}

// TestTemporaryPassword knows a password that an administrator has given by other means.
func TestTemporaryPassword(t *testing.T) {
	pool, p := newPool(t)
	awstest.Cognito(t, "AdminCreateUser", map[string]any{"UserPoolId": p.ID, "Username": address, "TemporaryPassword": plain}, nil)
	_, _, err := pool.SignIn(t.Context(), address, plain, "")
	is(t, "a password for one use", err, "invalid_credentials")
}
