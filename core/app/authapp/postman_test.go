package authapp

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/authtest"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// outbox keeps what is sent.
type outbox struct{ sent []mail.Message }

func (o *outbox) Send(_ context.Context, m mail.Message) error {
	o.sent = append(o.sent, m)
	return nil
}

func letter(to string) flow.Letter {
	return flow.Letter{Kind: mail.Recovery, Variables: mail.Variables{SendingTo: to, Email: to, Token: "123456", ConfirmationURL: "https://api.example.org/verify"}}
}

func newPostman(t *testing.T) (postman, *outbox) {
	t.Helper()
	templates, err := mail.ParseTemplates(nil)
	if err != nil {
		t.Fatal(err)
	}
	box := &outbox{}
	return postman{templates, box}, box
}

func TestPostman(t *testing.T) {
	p, box := newPostman(t)
	if err := p.Send(t.Context(), store.User{}, letter("a@example.org"), letter("b@example.org")); err != nil {
		t.Fatal(err)
	}
	if len(box.sent) != 2 || box.sent[0].To != "a@example.org" || box.sent[1].To != "b@example.org" || box.sent[0].Code != "123456" {
		t.Errorf("sent %+v", box.sent)
	}
}

func TestAuthorized(t *testing.T) {
	p, box := newPostman(t)
	a := authorized{p, []string{"Ada@example.org"}}
	if err := a.Send(t.Context(), store.User{}, letter("ada@example.org")); err != nil {
		t.Error(err)
	}
	err := a.Send(t.Context(), store.User{}, letter("ada@example.org"), letter("b@example.org"))
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "email_address_not_authorized" || f.Status() != 400 {
		t.Errorf("a stranger's address: %v", err)
	}
	if len(box.sent) != 1 {
		t.Errorf("%d messages went out, want 1", len(box.sent))
	}
}

// TestCounted has two instances send from one window.
func TestCounted(t *testing.T) {
	_, db := authtest.New(t)
	p, box := newPostman(t)
	now := time.Now()
	instance := func() counted {
		return counted{p, store.New(db), flow.Limit{Most: 3, Window: time.Hour}, func() time.Time { return now }}
	}
	here, there := instance(), instance()
	if err := errors.Join(here.Send(t.Context(), store.User{}, letter("a@example.org")), there.Send(t.Context(), store.User{}, letter("a@example.org"))); err != nil {
		t.Fatal(err)
	}
	err := here.Send(t.Context(), store.User{}, letter("a@example.org"), letter("b@example.org"))
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "over_email_send_rate_limit" || f.Status() != 429 {
		t.Errorf("the fourth: %v", err)
	}
	if len(box.sent) != 2 {
		t.Errorf("%d messages went out, want 2: letters that belong together go together", len(box.sent))
	}
	now = now.Add(time.Hour)
	if err := there.Send(t.Context(), store.User{}, letter("a@example.org")); err != nil {
		t.Errorf("in the next window: %v", err)
	}
}
