package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// application is one that is asked, and answers as its functions do.
type application struct {
	before, after func(store.User) error
	claims        func(access.Claims, string) (json.RawMessage, error)
	tried         func(valid bool) flow.Verdict
}

func (a application) BeforeUserCreated(_ context.Context, u store.User, _ flow.Visit) error {
	return a.before(u)
}

func (a application) AfterUserCreated(_ context.Context, u store.User, _ flow.Visit) error {
	return a.after(u)
}

func (a application) Claims(_ context.Context, c access.Claims, method string) (json.RawMessage, error) {
	return a.claims(c, method)
}

func (a application) PasswordTried(_ context.Context, _ string, valid bool) (flow.Verdict, error) {
	return a.tried(valid), nil
}

func (a application) FactorTried(_ context.Context, t flow.FactorTry) (flow.Verdict, error) {
	return a.tried(t.Valid), nil
}

// silent is an application that lets everything pass.
func silent() *application {
	nothing := func(store.User) error { return nil }
	return &application{
		before: nothing, after: nothing,
		claims: func(access.Claims, string) (json.RawMessage, error) { return nil, nil },
		tried:  func(bool) flow.Verdict { return flow.Verdict{} },
	}
}

func TestHooks(t *testing.T) {
	app := silent()
	hooked := settings()
	hooked.Autoconfirm, hooked.Hooks = true, app
	s := newService(t, hooked)
	count := func() string { return s.Value(`select count(*) from auth.users`) }
	up := func(email string) (flow.Registered, error) {
		return s.SignUp(t.Context(), flow.SignUp{Email: email, Password: plain}, visit)
	}

	t.Run("a user is refused before they are written", func(t *testing.T) {
		refusal := errors.New("not you")
		app.before = func(u store.User) error {
			if u.Email != "eve@example.org" || u.EncryptedPassword == "" {
				t.Errorf("asked about %+v", u)
			}
			return refusal
		}
		defer func() { *app = *silent() }()
		before := count()
		if _, err := up("eve@example.org"); !errors.Is(err, refusal) || count() != before {
			t.Errorf("%v, and there are %s users", err, count())
		}
	})
	t.Run("a user is told of when they are written", func(t *testing.T) {
		told := ""
		app.after = func(u store.User) error { told += u.Email; return nil }
		defer func() { *app = *silent() }()
		if _, err := up("bob@example.org"); err != nil || told != "bob@example.org" {
			t.Errorf("told of %q, %v", told, err)
		}
	})
	t.Run("claims are those of the hook", func(t *testing.T) {
		methods := ""
		app.claims = func(c access.Claims, method string) (json.RawMessage, error) {
			methods += method + " "
			all, err := json.Marshal(c)
			if err != nil {
				return nil, err
			}
			var claims map[string]any
			err = json.Unmarshal(all, &claims)
			claims["role"] = "editor"
			changed, err2 := json.Marshal(claims)
			return changed, errors.Join(err, err2)
		}
		defer func() { *app = *silent() }()
		signed := s.refresh(t, s.signIn(t).RefreshToken)
		c, err := s.Recognise(t.Context(), signed.AccessToken)
		if err != nil || c.Claims.Role != "editor" || methods != "password token_refresh " {
			t.Errorf("the role is %q, the methods %q, %v", c.Claims.Role, methods, err)
		}
		app.claims = func(access.Claims, string) (json.RawMessage, error) { return json.RawMessage(`{"role":"editor"}`), nil }
		if _, err := s.SignInWithPassword(t.Context(), address, plain, visit); err == nil {
			t.Error("claims without a subject are signed")
		}
	})
	t.Run("a try is rejected", func(t *testing.T) {
		before := s.signIn(t)
		app.tried = func(valid bool) flow.Verdict { return flow.Verdict{Reject: valid, Logout: true} }
		defer func() { *app = *silent() }()
		_, err := s.SignInWithPassword(t.Context(), address, "wrong", visit)
		refused(t, err, 400, "invalid_credentials", "Invalid login credentials")
		_, err = s.SignInWithPassword(t.Context(), address, plain, visit)
		refused(t, err, 400, "invalid_credentials", "Further password verification attempts will be rejected.")
		_, err = s.Recognise(t.Context(), before.AccessToken)
		refused(t, err, 403, "session_not_found", "Session from session_id claim in JWT does not exist")
	})
}
