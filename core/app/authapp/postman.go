package authapp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// postman makes messages of letters and hands them to a sender, as many as the limit allows.
type postman struct {
	templates *mail.Templates
	sender    mail.Sender
}

// Send makes and sends all letters.
func (p postman) Send(ctx context.Context, _ store.User, letters ...flow.Letter) error {
	for _, l := range letters {
		m, err := p.templates.Render(l.Kind, l.Variables)
		if err != nil {
			return err
		}
		m.To = l.SendingTo
		if err := p.sender.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// authorized keeps letters from addresses that are not on a list (GOTRUE_EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES).
type authorized struct {
	flow.Post
	addresses []string
}

// Send sends the letters if all of them go to addresses on the list.
func (a authorized) Send(ctx context.Context, u store.User, letters ...flow.Letter) error {
	for _, l := range letters {
		if !slices.ContainsFunc(a.addresses, func(known string) bool { return strings.EqualFold(known, l.SendingTo) }) {
			return fault.New(fault.Invalid, "email_address_not_authorized",
				fmt.Sprintf("Email address %q cannot be used as it is not authorized", l.SendingTo))
		}
	}
	return a.Post.Send(ctx, u, letters...)
}

// counted bounds the letters that go out, of all instances together (GOTRUE_RATE_LIMIT_EMAIL_SENT). Letters that were not to
// go out anyway do not count.
type counted struct {
	flow.Post
	store *store.Store
	limit flow.Limit
	clock func() time.Time
}

// Send sends the letters if the window has room for all.
func (c counted) Send(ctx context.Context, u store.User, letters ...flow.Letter) error {
	for range letters {
		used, err := c.store.Use(ctx, store.Count{Bucket: "letters", At: c.clock(), Window: c.limit.Window})
		if err != nil {
			return err
		}
		if used > c.limit.Most {
			return fault.New(fault.TooManyRequests, "over_email_send_rate_limit", "email rate limit exceeded")
		}
	}
	return c.Post.Send(ctx, u, letters...)
}
