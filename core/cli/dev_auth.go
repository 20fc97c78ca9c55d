package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/schema"
	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
)

// devSite is where the application of a developer is, unless the settings say it: where those who make pages serve them.
const devSite = "http://localhost:3000"

// devAPI is what a run of `pergola dev` serves.
type devAPI struct {
	*app.App
	users *devAuth // nil without Auth
}

// devAuth is the Auth service of a run of `pergola dev`; nil where the database has no tables for it.
type devAuth struct {
	*authapp.Auth
	inbox *mail.Inbox
}

// newAuth makes the Auth service, whose mail goes to the inbox, also where the settings name a server: those that were copied
// from production must not send mail to people from a developer's machine. A hook that sends mail is called: it is the
// application's own, which is what is being developed.
func (d *devRun) newAuth(ctx context.Context, address string, db *devDatabase) (*devAuth, error) {
	if !db.users {
		return nil, nil
	}
	cfg := d.config
	cfg.Auth = d.authDefaults(address)
	cfg.Auth.Database.URL = config.Secret(db.owner)
	inbox := mail.NewInbox(time.Now)
	a, err := authapp.New(ctx, cfg, authapp.Options{Log: d.log, AWS: awsapi.Anywhere, Sender: inbox, Version: d.io.Version})
	if err != nil {
		return nil, err
	}
	return &devAuth{a, inbox}, nil
}

// authDefaults are the settings of Auth, with what suits a developer where they say nothing: addresses are believed, and there
// is no limit to mails that nobody gets, neither in their number nor in their frequency.
func (d *devRun) authDefaults(address string) config.Auth {
	c := d.config.Auth
	if c.SiteURL == "" {
		c.SiteURL = devSite
	}
	if c.ExternalURL == "" {
		c.ExternalURL = address + "/auth/v1"
	}
	if !d.gave("GOTRUE_MAILER_AUTOCONFIRM") {
		c.Mailer.Autoconfirm = !c.Mailer.AllowUnconfirmed
	}
	if !d.gave("GOTRUE_RATE_LIMIT_EMAIL_SENT") {
		c.RateLimits.EmailSent = config.Rate{}
	}
	if !d.gave("GOTRUE_SMTP_MAX_FREQUENCY") {
		c.Mailer.Every = 0
	}
	if !d.gave("GOTRUE_RATE_LIMIT_SMS_SENT") {
		c.RateLimits.SMSSent = config.Rate{}
	}
	if !d.gave("GOTRUE_SMS_MAX_FREQUENCY") {
		c.SMS.Every = 0
	}
	return c
}

// gave says whether a setting was given.
func (d *devRun) gave(name string) bool {
	_, ok := d.config.Origins[name]
	return ok
}

// makeUsers makes the tables of the Auth service, as the role of the connection.
func makeUsers(ctx context.Context, conn *pg.Conn, db *devDatabase) error {
	db.users = true
	return schema.Apply(ctx, conn)
}

// findUsers looks whether a database that must not change has the tables.
func (d *devRun) findUsers(ctx context.Context, conn *pg.Conn, db *devDatabase) {
	err := schema.Ready(ctx, conn)
	switch {
	case err == nil:
		db.users = true
	case errors.Is(err, schema.ErrBehind):
		d.notice("There is no Auth API: the database lacks its tables, which \"--setup\" adds.")
	default:
		d.notice("There is no Auth API: " + err.Error() + ".")
	}
}

// handler serves the API, and the inbox beside it.
func (a *devAuth) handler(api http.Handler) http.Handler {
	if a == nil {
		return api
	}
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("/inbox", private(a.inbox))
	mux.Handle("/inbox.json", private(a.inbox))
	return mux
}

func (a *devAuth) close() {
	if a != nil {
		withTimeout(a.Close)
	}
}

// private serves a page to this machine alone. It asks for the name that the page was called by, too: a page of the network
// can have its own name lead here. Nothing allows another origin to read the answer.
func private(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
			http.Error(w, "The inbox is for this machine alone: ask for it at localhost.", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// isLoopback reports whether a host, with or without a port, is this machine.
func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = strings.Trim(hostPort, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
