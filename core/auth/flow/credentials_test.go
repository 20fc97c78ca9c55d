package flow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// account is one of a pool's.
type account struct {
	id, email, password           string
	confirmed, verified, disabled bool
}

// pool is a user pool that keeps the rules of Cognito's, and notes what it was asked for. Its code is always the same.
type pool struct {
	accounts []*account
	asked    []string
	down     error  // what SetPassword, SetEmail and SetEnabled end in
	during   func() // what happens while a password is being checked
}

const poolCode = "424242"

func (p *pool) note(what string, about ...any) {
	p.asked = append(p.asked, strings.TrimSpace(what+" "+fmt.Sprintln(about...)))
}

func (p *pool) by(is func(*account) bool) *account {
	if n := slices.IndexFunc(p.accounts, is); n >= 0 {
		return p.accounts[n]
	}
	return nil
}

func (p *pool) byEmail(email string) *account {
	return p.by(func(a *account) bool { return a.email == email })
}
func (p *pool) byID(id string) *account { return p.by(func(a *account) bool { return a.id == id }) }

func (p *pool) add(a account) string {
	a.id = fmt.Sprintf("cccccccc-0000-4000-8000-%012d", len(p.accounts)+1)
	p.accounts = append(p.accounts, &a)
	return a.id
}

func (p *pool) SignUp(_ context.Context, email, password string) (string, error) {
	p.note("sign up", email)
	if p.byEmail(email) != nil {
		return "", fault.New(fault.Unprocessable, "user_already_exists", "User already registered")
	}
	return p.add(account{email: email, password: password}), nil
}

func (p *pool) Create(_ context.Context, email, password string, verified bool) (string, error) {
	p.note("create", email, verified)
	switch a := p.byEmail(email); {
	case a != nil && password == "":
		return a.id, nil
	case a != nil:
		return "", fault.New(fault.Unprocessable, "user_already_exists", "User already registered")
	}
	return p.add(account{email: email, password: password, confirmed: true, verified: verified}), nil
}

func (p *pool) SignIn(_ context.Context, email, password, _ string) (string, bool, error) {
	p.note("sign in", email)
	if p.during != nil {
		p.during()
	}
	a := p.byEmail(email)
	switch {
	case a == nil || a.password != password || a.disabled || password == "":
		return "", false, fault.New(fault.Invalid, "invalid_credentials", "Invalid login credentials")
	case !a.confirmed:
		return "", false, fault.New(fault.Invalid, "email_not_confirmed", "Email not confirmed")
	}
	return a.id, a.verified, nil
}

func (p *pool) ConfirmCode(_ context.Context, email, code string) error {
	p.note("confirm by code", email)
	a := p.byEmail(email)
	if a == nil || a.confirmed || code != poolCode {
		return fault.New(fault.Forbidden, "otp_expired", "Token has expired or is invalid")
	}
	a.confirmed, a.verified = true, true
	return nil
}

func (p *pool) ResendCode(_ context.Context, email string) error {
	p.note("resend", email)
	return nil
}

func (p *pool) Confirm(_ context.Context, id string) error {
	p.note("confirm", p.byID(id).email)
	p.byID(id).confirmed, p.byID(id).verified = true, true
	return nil
}

func (p *pool) SetPassword(_ context.Context, id, password string) error {
	a := p.byID(id)
	if a == nil {
		return fault.New(fault.Unprocessable, "user_sso_managed", "no account")
	}
	p.note("password", a.email)
	if p.down == nil {
		a.password, a.confirmed = password, true
	}
	return p.down
}

func (p *pool) SetEmail(_ context.Context, id, email string, verified bool) error {
	p.note("email", email, verified)
	if a := p.byID(id); a != nil && p.down == nil {
		a.email, a.verified = email, verified
	}
	return p.down
}

func (p *pool) SetEnabled(_ context.Context, id string, enabled bool) error {
	p.note("enabled", enabled)
	if a := p.byID(id); a != nil && p.down == nil {
		a.disabled = !enabled
	}
	return p.down
}

func (p *pool) Delete(_ context.Context, id string) error {
	p.note("delete")
	p.accounts = slices.DeleteFunc(p.accounts, func(a *account) bool { return a.id == id })
	return nil
}

func (p *pool) SignOut(_ context.Context, _ string) error {
	p.note("sign out")
	return nil
}

// pooled is the flows over a pool, whose database has one user that the pool does not know.
func pooled(t *testing.T, change func(*flow.Settings)) (*service, *pool) {
	t.Helper()
	p, set := &pool{}, settings()
	set.Credentials = p
	if change != nil {
		change(&set)
	}
	return newService(t, set), p
}

// calls fails the test unless the pool was asked these things since the last time.
func (p *pool) calls(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, p.asked); diff != "" {
		t.Errorf("the pool was asked (-want +got):\n%s", diff)
	}
	p.asked = nil
}

func faulty(t *testing.T, what string, err error, code string) {
	t.Helper()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

func TestPoolSignUp(t *testing.T) {
	s, p := pooled(t, nil)
	ctx := t.Context()
	made, err := s.SignUp(ctx, flow.SignUp{Email: "Bob@example.org", Password: plain}, visit)
	if err != nil || made.Signed != nil || made.User.ID != p.accounts[0].id {
		t.Fatalf("a sign-up gave %+v, %v", made, err)
	}
	p.calls(t, "sign up "+bob)
	if len(s.post.sent) != 0 {
		t.Errorf("beside the pool's mail there are %v", s.post.sent)
	}
	if kept := s.Value(`select encrypted_password from auth.users where email = '` + bob + `'`); !strings.HasPrefix(kept, "$elsewhere$") {
		t.Errorf("of the password %q is kept", kept)
	}
	_, err = s.SignInWithPassword(ctx, bob, plain, visit)
	faulty(t, "a sign-in before the code", err, "email_not_confirmed")
	s.Pass(2 * time.Minute)
	if _, err = s.SignUp(ctx, flow.SignUp{Email: bob, Password: "another one"}, visit); err != nil {
		t.Errorf("the same sign-up again: %v", err)
	}
	s.Pass(2 * time.Minute)
	if err := s.Resend(ctx, flow.MailRequest{Email: bob}, visit); err != nil {
		t.Error(err)
	}
	p.calls(t, "sign in "+bob, "resend "+bob, "resend "+bob)
	for _, purpose := range []string{"signup", "email", "recovery"} {
		_, err := s.Verify(ctx, flow.Verification{Purpose: purpose, Email: bob, Code: "111111"}, visit)
		faulty(t, "a wrong code", err, "otp_expired")
	}
	s.statements.n.Store(0)
	signed, err := s.Verify(ctx, flow.Verification{Purpose: "email", Email: bob, Code: poolCode}, visit)
	if err != nil || signed.User.ID != made.User.ID || signed.User.EmailConfirmedAt == nil {
		t.Fatalf("the pool's code gave %+v, %v", signed, err)
	}
	if n := s.statements.n.Load(); n > 4 {
		t.Errorf("it took %d statements", n)
	}
	_, err = s.Verify(ctx, flow.Verification{Purpose: "email", Email: bob, Code: poolCode}, visit)
	faulty(t, "the code again", err, "otp_expired")
	p.calls(t, "confirm by code "+bob, "confirm by code "+bob, "confirm by code "+bob, "confirm "+bob)
	s.statements.n.Store(0)
	if _, err := s.SignInWithPassword(ctx, bob, plain, visit); err != nil || s.statements.n.Load() > 4 {
		t.Errorf("a sign-in: %v, after %d statements", err, s.statements.n.Load())
	}
	_, err = s.SignInWithPassword(ctx, bob, "another one", visit)
	faulty(t, "the password of the second sign-up", err, "invalid_credentials")
}

// TestPoolRepeatedSignUp tells nobody whose address it is, whether the user is one here or in the pool alone.
func TestPoolRepeatedSignUp(t *testing.T) {
	s, p := pooled(t, nil)
	p.add(account{email: bob, password: plain, confirmed: true, verified: true})
	for _, email := range []string{address, bob} {
		made, err := s.SignUp(t.Context(), flow.SignUp{Email: email, Password: plain}, visit)
		if err != nil || made.Signed != nil || len(made.User.Identities) != 0 || made.User.ID == ada || p.byID(made.User.ID) != nil {
			t.Errorf("%s: got %+v, %v", email, made, err)
		}
	}
	if n := s.Value(`select count(*) from auth.users`); n != "1" {
		t.Errorf("there are %s users", n)
	}
	set := settings()
	set.Credentials, set.Autoconfirm = p, true
	s.with(t, set)
	for _, email := range []string{address, bob} {
		_, err := s.SignUp(t.Context(), flow.SignUp{Email: email, Password: plain}, visit)
		faulty(t, email, err, "user_already_exists")
	}
}

func TestPoolSignUpAtOnce(t *testing.T) {
	s, p := pooled(t, func(set *flow.Settings) { set.Autoconfirm = true })
	s.statements.n.Store(0)
	made, err := s.SignUp(t.Context(), flow.SignUp{Email: bob, Password: plain}, visit)
	if err != nil || made.Signed == nil || made.User.ID != p.accounts[0].id || s.statements.n.Load() > 6 {
		t.Fatalf("a sign-up gave %+v, %v, after %d statements", made, err, s.statements.n.Load())
	}
	p.calls(t, "create "+bob+" true")
}

// refusing is a hook that lets nobody in.
type refusing struct{ flow.Hooks }

func (refusing) BeforeUserCreated(context.Context, store.User, flow.Visit) error {
	return fault.New(fault.Forbidden, "unexpected_failure", "no")
}

// TestPoolTakesBack leaves no account behind whose user was refused.
func TestPoolTakesBack(t *testing.T) {
	s, p := pooled(t, func(set *flow.Settings) { set.Hooks = refusing{} })
	if _, err := s.SignUp(t.Context(), flow.SignUp{Email: bob, Password: plain}, visit); err == nil || len(p.accounts) != 0 {
		t.Errorf("got %v, and %d accounts are left", err, len(p.accounts))
	}
	secret := plain
	if _, err := s.AdminCreateUser(t.Context(), flow.Admin{}, flow.AdminUser{Email: bob, Password: &secret}, visit); err == nil || len(p.accounts) != 0 {
		t.Errorf("an administrator: got %v, and %d accounts are left", err, len(p.accounts))
	}
}

// TestPoolSignIn makes the user of an account that another application has opened, once.
func TestPoolSignIn(t *testing.T) {
	s, p := pooled(t, nil)
	id := p.add(account{email: bob, password: plain, confirmed: true, verified: true})
	for range 2 {
		s.statements.n.Store(0)
		signed, err := s.SignInWithPassword(t.Context(), " BOB@example.org", plain, visit)
		if err != nil || signed.User.ID != id || signed.User.Email != bob || s.statements.n.Load() > 4 {
			t.Fatalf("got %+v, %v, after %d statements", signed, err, s.statements.n.Load())
		}
		if string(signed.User.AppMetadata) == "" || len(signed.User.Identities) != 1 || signed.User.Identities[0].Provider != "email" {
			t.Errorf("the user is %+v", signed.User)
		}
	}
	for what, password := range map[string]string{"a wrong password": "wrong", "none": ""} {
		_, err := s.SignInWithPassword(t.Context(), bob, password, visit)
		faulty(t, what, err, "invalid_credentials")
	}
	_, err := s.SignInWithPassword(t.Context(), "nobody@example.org", plain, visit)
	faulty(t, "nobody", err, "invalid_credentials")
	_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
	faulty(t, "a hash in the table, which is not asked", err, "invalid_credentials")
	p.add(account{email: address, password: plain, confirmed: true, verified: true})
	_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
	faulty(t, "somebody with the address of another user", err, "email_exists")
	p.add(account{email: "carol@example.org", password: plain, confirmed: true})
	_, err = s.SignInWithPassword(t.Context(), "carol@example.org", plain, visit)
	faulty(t, "an address that nobody has verified", err, "email_not_confirmed")
}

// TestPoolConfirmedElsewhere believes the pool that an address was confirmed by way of another application, if it says so.
func TestPoolConfirmedElsewhere(t *testing.T) {
	s, p := pooled(t, nil)
	if _, err := s.SignUp(t.Context(), flow.SignUp{Email: bob, Password: plain}, visit); err != nil {
		t.Fatal(err)
	}
	p.byEmail(bob).confirmed = true
	_, err := s.SignInWithPassword(t.Context(), bob, plain, visit)
	faulty(t, "an administrator has let them in, and nobody has verified the address", err, "email_not_confirmed")
	p.byEmail(bob).verified = true
	s.statements.n.Store(0)
	signed, err := s.SignInWithPassword(t.Context(), bob, plain, visit)
	if err != nil || signed.User.EmailConfirmedAt == nil || s.statements.n.Load() > 4 {
		t.Errorf("got %+v, %v, after %d statements", signed.User, err, s.statements.n.Load())
	}
}

// member is a user in both.
func member(t *testing.T, s *service, p *pool) flow.Signed {
	t.Helper()
	p.add(account{email: bob, password: plain, confirmed: true, verified: true})
	signed, err := s.SignInWithPassword(t.Context(), bob, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	p.asked = nil
	return signed
}

func TestPoolBan(t *testing.T) {
	s, p := pooled(t, nil)
	ctx, user := t.Context(), member(t, s, p).User
	hour, none := time.Hour, time.Duration(0)
	if _, err := s.AdminUpdateUser(ctx, flow.Admin{}, user.ID, flow.AdminUser{Ban: &hour}, visit); err != nil {
		t.Fatal(err)
	}
	_, err := s.SignInWithPassword(ctx, bob, plain, visit)
	faulty(t, "a banned user", err, "invalid_credentials")
	s.Pass(2 * time.Hour)
	if _, err := s.SignInWithPassword(ctx, bob, plain, visit); err != nil {
		t.Errorf("after the ban: %v", err)
	}
	p.calls(t, "enabled false", "sign in "+bob, "sign in "+bob, "enabled true", "sign in "+bob)
	if _, err := s.AdminUpdateUser(ctx, flow.Admin{}, user.ID, flow.AdminUser{Ban: &none}, visit); err != nil {
		t.Fatal(err)
	}
	p.calls(t, "enabled true")
}

func TestPoolPassword(t *testing.T) {
	s, p := pooled(t, func(set *flow.Settings) { set.Update.CurrentPassword = true })
	ctx := t.Context()
	signed := member(t, s, p)
	other, err := s.SignInWithPassword(ctx, bob, plain, visit)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := s.Recognise(ctx, signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	next := "another horse"
	_, err = s.UpdateUser(ctx, caller, flow.UserUpdate{Password: &next}, visit)
	faulty(t, "without the current one", err, "current_password_required")
	_, err = s.UpdateUser(ctx, caller, flow.UserUpdate{Password: &next, CurrentPassword: "wrong"}, visit)
	faulty(t, "with a wrong one", err, "current_password_invalid")
	before := s.Value(`select encrypted_password from auth.users where email = '` + bob + `'`)
	if _, err = s.UpdateUser(ctx, caller, flow.UserUpdate{Password: &next, CurrentPassword: plain}, visit); err != nil {
		t.Fatal(err)
	}
	if after := s.Value(`select encrypted_password from auth.users where email = '` + bob + `'`); after == before {
		t.Error("a session that began with the old password at this moment would stay")
	}
	if _, err := s.Recognise(ctx, other.AccessToken); err == nil {
		t.Error("the other session has outlived the password")
	}
	if _, err := s.SignInWithPassword(ctx, bob, next, visit); err != nil {
		t.Error(err)
	}
	p.down = fault.New(fault.Unprocessable, "weak_password", "weak")
	_, err = s.AdminUpdateUser(ctx, flow.Admin{}, caller.User.ID, flow.AdminUser{Password: &next}, visit)
	faulty(t, "a password that the pool refuses", err, "weak_password")
	if _, err := s.Recognise(ctx, signed.AccessToken); err != nil {
		t.Errorf("a password that was refused has ended the sessions: %v", err)
	}
	_, err = s.AdminUpdateUser(ctx, flow.Admin{}, ada, flow.AdminUser{Password: &next}, visit)
	faulty(t, "of a user without an account", err, "user_sso_managed")
}

// TestPoolPasswordMeanwhile lets nobody in by a password that has become another while it was being checked.
func TestPoolPasswordMeanwhile(t *testing.T) {
	s, p := pooled(t, nil)
	user, next := member(t, s, p).User, "another horse"
	p.during = func() {
		p.during = nil
		if _, err := s.AdminUpdateUser(t.Context(), flow.Admin{}, user.ID, flow.AdminUser{Password: &next}, visit); err != nil {
			t.Error(err)
		}
		p.byEmail(bob).password = plain // the pool has checked before
	}
	_, err := s.SignInWithPassword(t.Context(), bob, plain, visit)
	faulty(t, "the old password", err, "invalid_credentials")
}

// TestPoolRecovery has the mail be ours: who has got it sets a password.
func TestPoolRecovery(t *testing.T) {
	s, p := pooled(t, nil)
	ctx := t.Context()
	if _, err := s.SignUp(ctx, flow.SignUp{Email: bob, Password: plain}, visit); err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(ctx, flow.MailRequest{Email: bob}, visit); err != nil || len(s.post.sent) != 1 {
		t.Fatalf("%v, and %d mails", err, len(s.post.sent))
	}
	p.asked = nil
	signed, err := s.Verify(ctx, flow.Verification{Purpose: "recovery", Email: bob, Code: s.post.sent[0].Token}, visit)
	if err != nil {
		t.Fatal(err)
	}
	p.calls(t, "confirm "+bob)
	caller, err := s.Recognise(ctx, signed.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	next := "another horse"
	if _, err := s.UpdateUser(ctx, caller, flow.UserUpdate{Password: &next}, visit); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignInWithPassword(ctx, bob, next, visit); err != nil {
		t.Error(err)
	}
}

// TestPoolCode signs in somebody new by a mail of ours, without a password.
func TestPoolCode(t *testing.T) {
	s, p := pooled(t, nil)
	ctx := t.Context()
	if err := s.SendCode(ctx, flow.CodeRequest{MailRequest: flow.MailRequest{Email: bob}, CreateUser: true}, visit); err != nil || len(s.post.sent) != 1 {
		t.Fatalf("%v, and %d mails", err, len(s.post.sent))
	}
	signed, err := s.Verify(ctx, flow.Verification{Purpose: "email", Email: bob, Code: s.post.sent[0].Token}, visit)
	if err != nil || signed.User.ID != p.accounts[0].id {
		t.Fatalf("got %+v, %v", signed.User, err)
	}
	p.calls(t, "create "+bob+" false", "confirm "+bob)
}

func TestPoolEmailChange(t *testing.T) {
	s, p := pooled(t, nil)
	ctx := t.Context()
	caller, err := s.Recognise(ctx, member(t, s, p).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateUser(ctx, caller, flow.UserUpdate{Email: "bob2@example.org"}, visit); err != nil || len(s.post.sent) != 1 {
		t.Fatalf("%v, and %d mails", err, len(s.post.sent))
	}
	p.calls(t)
	if _, err := s.VerifyEmailChange(ctx, flow.Verification{Purpose: "email_change", Email: "bob2@example.org", Code: s.post.sent[0].Token}, visit); err != nil {
		t.Fatal(err)
	}
	p.calls(t, "email bob2@example.org true")
	if _, err := s.SignInWithPassword(ctx, "bob2@example.org", plain, visit); err != nil {
		t.Error(err)
	}
}

func TestPoolAdministration(t *testing.T) {
	s, p := pooled(t, nil)
	ctx, secret := t.Context(), plain
	made, err := s.AdminCreateUser(ctx, flow.Admin{}, flow.AdminUser{Email: bob, Password: &secret, EmailConfirm: true}, visit)
	if err != nil || made.ID != p.accounts[0].id {
		t.Fatalf("got %+v, %v", made, err)
	}
	if _, err := s.SignInWithPassword(ctx, bob, plain, visit); err != nil {
		t.Error(err)
	}
	for what, n := range map[string]flow.AdminUser{
		"an id":       {ID: "33333333-3333-4333-8333-333333333333", Email: "x@example.org"},
		"a hash":      {PasswordHash: "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", Email: "x@example.org"},
		"a number":    {Phone: "491701234567", Password: &secret},
		"a short one": {Email: "x@example.org", PasswordHash: "x"},
	} {
		_, err := s.AdminCreateUser(ctx, flow.Admin{}, n, visit)
		faulty(t, what, err, "validation_failed")
	}
	_, err = s.AdminCreateUser(ctx, flow.Admin{}, flow.AdminUser{Email: bob, Password: &secret}, visit)
	faulty(t, "the same address again", err, "email_exists")
	_, err = s.AdminUpdateUser(ctx, flow.Admin{}, made.ID, flow.AdminUser{Email: address}, visit)
	faulty(t, "somebody else's address", err, "email_exists")
	p.asked = nil
	if _, err := s.AdminUpdateUser(ctx, flow.Admin{}, made.ID, flow.AdminUser{Email: "bob3@example.org"}, visit); err != nil {
		t.Error(err)
	}
	if _, err := s.Invite(ctx, flow.Admin{}, flow.LinkRequest{Email: "carol@example.org"}, visit); err != nil || p.byEmail("carol@example.org") == nil {
		t.Errorf("an invitation: %v", err)
	}
	p.calls(t, "email bob3@example.org true", "create carol@example.org false")
	if err := s.AdminDeleteUser(ctx, flow.Admin{}, made.ID, false, visit); err != nil || p.byID(made.ID) != nil {
		t.Errorf("a deletion: %v", err)
	}
	p.calls(t, "enabled false", "delete")
}

// TestPoolDeletionThatFails leaves both, the user and the account, or neither.
func TestPoolDeletionThatFails(t *testing.T) {
	s, p := pooled(t, nil)
	user := member(t, s, p).User
	s.Exec(`create table public.notes (owner uuid references auth.users); insert into public.notes values ('` + user.ID + `')`)
	if err := s.AdminDeleteUser(t.Context(), flow.Admin{}, user.ID, false, visit); err == nil {
		t.Fatal("a user was deleted whom a row refers to")
	}
	p.calls(t, "enabled false", "enabled true")
	if _, err := s.SignInWithPassword(t.Context(), bob, plain, visit); err != nil {
		t.Error(err)
	}
}

func TestPoolSignOut(t *testing.T) {
	s, p := pooled(t, nil)
	caller, err := s.Recognise(t.Context(), member(t, s, p).AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOut(t.Context(), caller, store.Local, visit); err != nil {
		t.Error(err)
	}
	p.calls(t)
	if err := s.SignOut(t.Context(), caller, store.Global, visit); err != nil {
		t.Error(err)
	}
	p.calls(t, "sign out")
}
