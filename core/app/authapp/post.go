package authapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/hooks"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/ses"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
)

// errNoMail is the error of a service that has to send mail and cannot.
var errNoMail = errors.New("nothing sends mail: set GOTRUE_SMTP_HOST, PERGOLA_SES_FROM or GOTRUE_HOOK_SEND_EMAIL_ENABLED; " +
	"with GOTRUE_MAILER_AUTOCONFIRM=true addresses are believed without a mail")

// newPost makes what sends letters: the application's hook where there is one, else our own templates and a sender.
func (a *Auth) newPost(ctx context.Context) (flow.Post, error) {
	c := a.config.Auth
	hook, err := a.hook("SEND_EMAIL", c.Hooks.SendEmail)
	if err != nil {
		return nil, err
	}
	if hook != nil {
		return a.authorize(hooks.Mail{Hook: hook, External: c.ExternalURL}), nil
	}
	templates, err := a.templates(ctx)
	if err != nil {
		return nil, err
	}
	sender, err := a.sender()
	if err != nil {
		return nil, err
	}
	return a.authorize(postman{templates, sender}), nil
}

func (a *Auth) authorize(p flow.Post) flow.Post {
	if addresses := a.config.Auth.SignUp.Addresses; len(addresses) > 0 {
		return authorized{p, addresses}
	}
	return p
}

// limited bounds what goes out, where there is a limit.
func (p parts) limited(s *store.Store, clock func() time.Time) flow.Post {
	if p.config.Auth.RateLimits.EmailSent == (config.Rate{}) {
		return p.post
	}
	return counted{p.post, s, limit(p.config.Auth.RateLimits.EmailSent), clock}
}

// sender is who delivers mail. A service that believes every address can do without; whoever asks for a mail all the same is
// told that there is none.
func (a *Auth) sender() (mail.Sender, error) {
	c := a.config.Auth
	switch {
	case a.options.Sender != nil:
		return a.options.Sender, nil
	case c.SMTP.Host != "":
		return mail.SMTP{
			Host: c.SMTP.Host, Port: c.SMTP.Port, User: c.SMTP.User, Password: string(c.SMTP.Password), From: c.SMTP.From,
			Name: c.SMTP.Name, Headers: c.SMTP.Headers,
		}, nil
	case c.SES.From != "":
		return ses.Sender{
			Client: &awsapi.Client{Region: c.SES.Region, Endpoint: c.SES.Endpoint, Connect: a.options.AWS}, From: c.SES.From, Name: c.SMTP.Name, Headers: c.SMTP.Headers,
		}, nil
	case c.Mailer.Autoconfirm || !c.SignUp.Email:
		return nobody{}, nil
	}
	return nil, errNoMail
}

// nobody delivers nothing, and says so.
type nobody struct{}

// Send fails.
func (nobody) Send(context.Context, mail.Message) error { return errNoMail }

// templates reads those of the settings.
func (a *Auth) templates(ctx context.Context) (*mail.Templates, error) {
	c := a.config.Auth
	sources := mail.Sources{SiteURL: c.SiteURL, Fetch: (&awsapi.Client{Connect: a.options.AWS}).Fetch}
	own := map[mail.Kind]mail.Texts{}
	for _, k := range mail.Kinds() {
		text := c.Mailer.Text(string(k))
		body := text.Template
		if body != "" {
			var err error
			if body, err = sources.Read(ctx, body); err != nil {
				return nil, fmt.Errorf("GOTRUE_MAILER_TEMPLATES_%s: %w", k, err)
			}
		}
		own[k] = mail.Texts{Subject: text.Subject, Body: body}
	}
	return mail.ParseTemplates(own)
}
