package authapp

import (
	"errors"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/internal/authtest"
)

func TestShown(t *testing.T) {
	own, err := parseText("<{{ .Code }}> is your code")
	if err != nil {
		t.Fatal(err)
	}
	box := &outbox{}
	if _, err := (shown{own, box}).SendText(t.Context(), store.User{}, flow.Text{To: "4915112345678", Code: "123456"}); err != nil {
		t.Fatal(err)
	}
	got := box.sent[0]
	if got.To != "4915112345678" || got.Subject != "Text message" || got.Text != "<123456> is your code" || got.HTML != "<p>&lt;123456&gt; is your code</p>" || got.Code != "123456" {
		t.Errorf("shown is %+v", got)
	}
	for _, broken := range []string{"{{ .Code", "{{ .Name }}"} {
		if _, err := parseText(broken); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}

// TestCountedTexts has two instances send from one window.
func TestCountedTexts(t *testing.T) {
	_, db := authtest.New(t)
	usual, err := parseText("")
	if err != nil {
		t.Fatal(err)
	}
	box, now := &outbox{}, time.Now()
	instance := func() countedTexts {
		return countedTexts{shown{usual, box}, store.New(db), flow.Limit{Most: 2, Window: time.Hour}, func() time.Time { return now }}
	}
	send := func() error {
		_, err := instance().SendText(t.Context(), store.User{}, flow.Text{To: "4915112345678", Code: "1"})
		return err
	}
	if err := errors.Join(send(), send()); err != nil {
		t.Fatal(err)
	}
	err = send()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "over_sms_send_rate_limit" || f.Status() != 429 || len(box.sent) != 2 {
		t.Errorf("the third: %v, %d went out", err, len(box.sent))
	}
}
