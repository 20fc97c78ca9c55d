package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/hooks"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// asked is an application that keeps what it is asked, and answers with text or err.
type asked struct {
	payload map[string]any
	text    string
	err     error
}

func (a *asked) Call(_ context.Context, payload, answer any) error {
	encoded, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(encoded, &a.payload); err != nil {
		return err
	}
	if a.text != "" {
		return errors.Join(json.Unmarshal([]byte(a.text), answer), a.err)
	}
	return a.err
}

var (
	at  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ada = store.User{ID: "11111111-1111-4111-8111-111111111111", Email: "ada@example.org", CreatedAt: at, UpdatedAt: at}
)

func TestUserCreated(t *testing.T) {
	refusal := errors.New(http.StatusText(http.StatusTeapot))
	before, after := &asked{err: refusal}, &asked{}
	set := hooks.Set{Before: before, After: after, Clock: func() time.Time { return at }}
	visit := flow.Visit{IP: "192.0.2.7"}
	if err := set.BeforeUserCreated(t.Context(), ada, visit); !errors.Is(err, refusal) {
		t.Errorf("the error of the hook is lost: %v", err)
	}
	if err := set.AfterUserCreated(t.Context(), ada, visit); err != nil {
		t.Error(err)
	}
	for name, hook := range map[string]*asked{"before-user-created": before, "after-user-created": after} {
		about, _ := hook.payload["metadata"].(map[string]any)
		if about["name"] != name || about["ip_address"] != visit.IP || about["time"] != "2026-11-20T12:00:00Z" || about["uuid"] == "" {
			t.Errorf("%s: metadata are %v", name, about)
		}
		if user, _ := hook.payload["user"].(map[string]any); user["email"] != ada.Email {
			t.Errorf("%s: the user is %v", name, user)
		}
	}
}

func TestNoHook(t *testing.T) {
	set := hooks.Set{}
	if err := errors.Join(set.BeforeUserCreated(t.Context(), ada, flow.Visit{}), set.AfterUserCreated(t.Context(), ada, flow.Visit{})); err != nil {
		t.Error(err)
	}
	if claims, err := set.Claims(t.Context(), access.Claims{}, ""); claims != nil || err != nil {
		t.Errorf("without a hook: %s, %v", claims, err)
	}
}

func TestClaims(t *testing.T) {
	hook := &asked{text: `{"claims":{"sub":"x","plan":"pro"}}`}
	claims, err := hooks.Set{Token: hook}.Claims(t.Context(), access.Claims{Subject: ada.ID, Role: "authenticated"}, "token_refresh")
	if err != nil || string(claims) != `{"sub":"x","plan":"pro"}` {
		t.Errorf("%s, %v", claims, err)
	}
	if hook.payload["user_id"] != ada.ID || hook.payload["authentication_method"] != "token_refresh" {
		t.Errorf("asked with %v", hook.payload)
	}
	if _, err := (hooks.Set{Token: &asked{text: `{}`}}).Claims(t.Context(), access.Claims{}, ""); err == nil {
		t.Error("an answer without claims is none")
	}
}

func TestTries(t *testing.T) {
	password, factor := &asked{text: `{"decision":"reject","message":"wait","should_logout_user":true}`}, &asked{text: `{"decision":"continue"}`}
	set := hooks.Set{Password: password, Factor: factor}
	said, err := set.PasswordTried(t.Context(), ada.ID, false)
	if want := (flow.Verdict{Reject: true, Message: "wait", Logout: true}); said != want || err != nil {
		t.Errorf("of the password: %+v, %v", said, err)
	}
	if diff := cmp.Diff(map[string]any{"user_id": ada.ID, "valid": false}, password.payload); diff != "" {
		t.Error(diff)
	}
	said, err = set.FactorTried(t.Context(), flow.FactorTry{Factor: "f", Type: "totp", User: ada.ID, Valid: true})
	if said != (flow.Verdict{}) || err != nil {
		t.Errorf("of the factor: %+v, %v", said, err)
	}
	if diff := cmp.Diff(map[string]any{"user_id": ada.ID, "factor_id": "f", "factor_type": "totp", "valid": true}, factor.payload); diff != "" {
		t.Error(diff)
	}
	if said, err := (hooks.Set{}).PasswordTried(t.Context(), ada.ID, true); said != (flow.Verdict{}) || err != nil {
		t.Errorf("without a hook: %+v, %v", said, err)
	}
}

func TestMail(t *testing.T) {
	letter := func(k mail.Kind, to, code string) flow.Letter {
		return flow.Letter{Kind: k, Variables: mail.Variables{
			Email: ada.Email, NewEmail: "b@example.org", SendingTo: to, Token: code, TokenHash: "hash of " + code, RedirectTo: "https://example.org/",
		}}
	}
	one := map[string]any{
		"token": "1", "token_hash": "hash of 1", "redirect_to": "https://example.org/", "email_action_type": "signup",
		"site_url": "https://api.example.org/auth/v1", "token_new": "", "token_hash_new": "",
	}
	change := map[string]any{
		"token": "1", "token_hash": "hash of 2", "redirect_to": "https://example.org/", "email_action_type": "email_change",
		"site_url": "https://api.example.org/auth/v1", "token_new": "2", "token_hash_new": "hash of 1",
	}
	tests := []struct {
		name string
		sent []flow.Letter
		want map[string]any
	}{
		{"one letter", []flow.Letter{letter(mail.Confirmation, ada.Email, "1")}, one},
		{"a change", []flow.Letter{letter(mail.EmailChange, ada.Email, "1"), letter(mail.EmailChange, "b@example.org", "2")}, change},
		{"a change, the other way round", []flow.Letter{letter(mail.EmailChange, "b@example.org", "2"), letter(mail.EmailChange, ada.Email, "1")}, change},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hook := &asked{}
			if err := (hooks.Mail{Hook: hook, External: "https://api.example.org/auth/v1/"}).Send(t.Context(), ada, tt.sent...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, hook.payload["email_data"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestActions(t *testing.T) {
	want := map[mail.Kind]string{
		mail.Confirmation: "signup", mail.Invite: "invite", mail.Recovery: "recovery", mail.MagicLink: "magiclink",
		mail.EmailChange: "email_change", mail.Reauthentication: "reauthentication",
	}
	for _, k := range mail.Kinds() {
		hook := &asked{}
		if err := (hooks.Mail{Hook: hook}).Send(t.Context(), ada, flow.Letter{Kind: k}); err != nil {
			t.Fatal(err)
		}
		if got, _ := hook.payload["email_data"].(map[string]any); got["email_action_type"] != want[k] {
			t.Errorf("%s is %v, want %q", k, got["email_action_type"], want[k])
		}
	}
}

func TestTexts(t *testing.T) {
	hook := &asked{}
	if _, err := (hooks.Texts{Hook: hook}).SendText(t.Context(), ada, flow.Text{To: "4915112345678", Code: "123456", Channel: "sms"}); err != nil {
		t.Fatal(err)
	}
	user, _ := hook.payload["user"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"otp": "123456", "phone": "4915112345678"}, hook.payload["sms"]); diff != "" || user["id"] != ada.ID {
		t.Errorf("%s, the user is %v", diff, user)
	}
	refusal := errors.New(http.StatusText(http.StatusTeapot))
	if _, err := (hooks.Texts{Hook: &asked{err: refusal}}).SendText(t.Context(), ada, flow.Text{}); !errors.Is(err, refusal) {
		t.Errorf("the error of the hook is lost: %v", err)
	}
}
