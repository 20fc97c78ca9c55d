package authapp

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"text/template"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/hooks"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
)

// The names at /settings of who sends text messages.
const (
	textsByHook  = "hook"
	textsToInbox = "inbox"
)

// texts are what sends text messages: the application's hook where there is one, else the inbox of a developer.
func (a *Auth) texts() (flow.Texter, error) {
	c := a.config.Auth
	hook, err := a.hook("SEND_SMS", c.Hooks.SendSMS)
	if err != nil {
		return nil, err
	}
	t, err := parseText(c.SMS.Template)
	switch {
	case err != nil:
		return nil, err
	case hook != nil:
		return hooks.Texts{Hook: hook}, nil
	case a.options.Sender != nil:
		return shown{t, a.options.Sender}, nil
	}
	return silent{}, nil
}

// textsBy is the name of what texts gives; "" for none.
func (a *Auth) textsBy() string {
	switch {
	case !a.config.Auth.SignUp.Phone:
		return ""
	case a.config.Auth.Hooks.SendSMS.Enabled:
		return textsByHook
	case a.options.Sender != nil:
		return textsToInbox
	}
	return ""
}

// errNoTexts is the error of a service that has to send a text message and cannot: its settings say that numbers are believed, or
// those of tests alone are used.
var errNoTexts = errors.New("nothing sends text messages: set GOTRUE_HOOK_SEND_SMS_ENABLED")

// silent sends nothing, and says so.
type silent struct{}

// SendText fails.
func (silent) SendText(context.Context, store.User, flow.Text) (string, error) { return "", errNoTexts }

// shown shows the messages where mails are shown that nobody gets.
type shown struct {
	template *template.Template
	sender   mail.Sender
}

// textSubject is the subject of what shows a message, which has none.
const textSubject = "Text message"

// SendText shows a message as a mail to the number.
func (s shown) SendText(ctx context.Context, _ store.User, t flow.Text) (id string, err error) {
	said, err := writeText(s.template, t.Code)
	if err != nil {
		return "", err
	}
	return "", s.sender.Send(ctx, mail.Message{
		To: t.To, Subject: textSubject, Text: said, HTML: "<p>" + html.EscapeString(said) + "</p>", Code: t.Code,
	})
}

// defaultText is GoTrue's.
const defaultText = "Your code is {{ .Code }}"

// parseText reads the template of messages, and tries it. Its one variable is Code.
func parseText(own string) (*template.Template, error) {
	if own == "" {
		own = defaultText
	}
	t, err := template.New("text").Parse(own)
	if err == nil {
		_, err = writeText(t, "123456")
	}
	if err != nil {
		return nil, fmt.Errorf("GOTRUE_SMS_TEMPLATE: %w", err)
	}
	return t, nil
}

func writeText(t *template.Template, code string) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, struct{ Code string }{code}); err != nil {
		return "", fmt.Errorf("writing a text message: %w", err)
	}
	return b.String(), nil
}

// limitedTexts bounds the messages that go out, where there is a limit.
func (p parts) limitedTexts(s *store.Store, clock func() time.Time) flow.Texter {
	if p.config.Auth.RateLimits.SMSSent == (config.Rate{}) {
		return p.settings.Phone.Texter
	}
	return countedTexts{p.settings.Phone.Texter, s, limit(p.config.Auth.RateLimits.SMSSent), clock}
}

// countedTexts bounds the messages of all instances together (GOTRUE_RATE_LIMIT_SMS_SENT).
type countedTexts struct {
	flow.Texter
	store *store.Store
	limit flow.Limit
	clock func() time.Time
}

// SendText sends a message if the window has room.
func (c countedTexts) SendText(ctx context.Context, u store.User, t flow.Text) (id string, err error) {
	used, err := c.store.Use(ctx, store.Count{Bucket: "texts", At: c.clock(), Window: c.limit.Window})
	switch {
	case err != nil:
		return "", err
	case used > c.limit.Most:
		return "", fault.New(fault.TooManyRequests, "over_sms_send_rate_limit", "SMS rate limit exceeded")
	}
	return c.Texter.SendText(ctx, u, t)
}
