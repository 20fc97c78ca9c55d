package config

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkAuth reports what no setting of Auth shows by itself.
func (l *loader) checkAuth() {
	l.checkMail()
	l.checkProviders()
	l.checkHooks()
	l.checkCognito()
}

// need notes a setting that is missing, unless something is said about it already.
func (l *loader) need(missing bool, setting, problem string) {
	said := func(f Fault) bool { return f.Setting == setting }
	if missing && !slices.ContainsFunc(l.faults, said) {
		l.fault(setting, "%s", problem)
	}
}

func (l *loader) checkMail() {
	a := l.config.Auth
	l.need(a.Mailer.Autoconfirm && a.Mailer.AllowUnconfirmed, "GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS",
		"with GOTRUE_MAILER_AUTOCONFIRM every address counts as confirmed: give one of them")
	l.need(a.SMTP.Host != "" && a.SES.From != "", "PERGOLA_SES_FROM", "GOTRUE_SMTP_HOST sends the mail already: give one of them")
	l.need(a.SMTP.Host != "" && a.SMTP.From == "", "GOTRUE_SMTP_ADMIN_EMAIL", "it is needed with GOTRUE_SMTP_HOST: the address that mail comes from")
	l.need(a.SMTP.User != "" && a.SMTP.Password == "", "GOTRUE_SMTP_PASS", "it is needed with GOTRUE_SMTP_USER")
}

func (l *loader) checkProviders() {
	for _, p := range l.config.Auth.External.Enabled() {
		name := externalPrefix + strings.ToUpper(p.Name)
		l.need(len(p.ClientIDs) == 0, name+"_CLIENT_ID", "it is needed, since "+name+"_ENABLED is set")
		l.need(p.Secret == "", name+"_SECRET", "it is needed, since "+name+"_ENABLED is set")
	}
}

func (l *loader) checkHooks() {
	for _, h := range hooks {
		name, hook := "GOTRUE_HOOK_"+h.word, h.hook(&l.config)
		if !hook.Enabled {
			continue
		}
		l.need(hook.Secrets == "", name+"_SECRETS", `it is needed, since `+name+`_ENABLED is set: v1,whsec_ and what "openssl rand -base64 32" prints`)
		l.need(hook.URI == "", name+"_URI", "it is needed, since "+name+"_ENABLED is set")
		if err := checkHookURI(hook.URI, l.config.Auth.Hooks.AllowPrivate); hook.URI != "" && err != nil {
			l.fault(name+"_URI", "%v", err)
		}
	}
}

var (
	errHookScheme  = errors.New("only https is supported; pergola serve allows http with PERGOLA_HOOKS_ALLOW_PRIVATE=true")
	errHookSQL     = errors.New("not supported: functions in the database are not called: give the https address of a function elsewhere")
	errHookPrivate = errors.New("it is an address of this machine or this network; pergola serve allows it with PERGOLA_HOOKS_ALLOW_PRIVATE=true")
)

// checkHookURI looks at the form alone. Where a name leads to shows when the hook is called.
func checkHookURI(uri string, private bool) error {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "pg-functions" && u.Hostname() == "" {
		return errWebAddress
	}
	switch {
	case u.Scheme == "pg-functions":
		return errHookSQL
	case u.Scheme != "https" && (u.Scheme != "http" || !private):
		return errHookScheme
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !private && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
		return errHookPrivate
	}
	return nil
}

func (l *loader) checkCognito() {
	a := l.config.Auth
	if a.Provider != AuthCognitoProvider {
		return
	}
	l.need(a.Cognito.UserPoolID == "", "PERGOLA_COGNITO_USER_POOL_ID", "it is needed with PERGOLA_AUTH_PROVIDER=cognito")
	l.need(a.Cognito.ClientID == "", "PERGOLA_COGNITO_CLIENT_ID", "it is needed with PERGOLA_AUTH_PROVIDER=cognito")
	region, _, whole := strings.Cut(a.Cognito.UserPoolID, "_")
	l.need(a.Cognito.UserPoolID != "" && a.Cognito.Region == "" && (!whole || region == ""), "PERGOLA_COGNITO_REGION",
		"it is needed, since PERGOLA_COGNITO_USER_POOL_ID does not begin with a region")
}

// checkNeeds reports what Auth cannot be served without, if the program serves it.
func (l *loader) checkNeeds(asked bool) {
	c := l.config
	if l.profile != GoTrue && !(asked && c.Auth.Given) {
		return
	}
	l.need(c.Auth.SiteURL == "", "GOTRUE_SITE_URL", "it is needed: the address of the application, such as https://app.example.com")
	l.need(c.Auth.JWT.Secret == "" && c.Auth.JWT.Keys == "", authSecret,
		"it is needed, or GOTRUE_JWT_KEYS, to sign tokens with: make one with pergola key generate")
	if l.profile == GoTrue {
		l.need(c.Auth.ExternalURL == "", "API_EXTERNAL_URL", "it is needed: the address of this service, such as https://app.example.com/auth/v1")
		l.need(c.Auth.Database.URL == "", "GOTRUE_DB_DATABASE_URL", "it is needed, or DATABASE_URL: the database")
	}
	l.need(c.Auth.sendsMail() && !c.Auth.canSendMail(), "GOTRUE_SMTP_HOST", "nothing sends mail: give a server here, a hook "+
		"(GOTRUE_HOOK_SEND_EMAIL_*) or, with pergola serve, Amazon SES (PERGOLA_SES_FROM); or do without by GOTRUE_MAILER_AUTOCONFIRM=true")
	l.need(c.Auth.sendsMessages() && !c.Auth.Hooks.SendSMS.Enabled, "GOTRUE_HOOK_SEND_SMS_ENABLED",
		"nothing sends text messages, which GOTRUE_EXTERNAL_PHONE_ENABLED needs: give a hook, or do without by GOTRUE_SMS_AUTOCONFIRM=true")
}

// sendsMail reports whether nobody signs up by mail address without a mail.
func (a Auth) sendsMail() bool { return a.SignUp.Email && !a.Mailer.Autoconfirm }

func (a Auth) canSendMail() bool {
	return a.SMTP.Host != "" || a.SES.From != "" || a.Hooks.SendEmail.Enabled
}

// sendsMessages reports whether nobody signs up by phone number without a text message.
func (a Auth) sendsMessages() bool {
	return a.SignUp.Phone && !a.SMS.Autoconfirm && len(a.SMS.TestCodes) == 0
}

// checkAuthSecrets reports what is wrong with the values of Auth's secrets; references are left for Resolve.
func (c Config) checkAuthSecrets() []Fault {
	var faults []Fault
	if err := checkURL(c.Auth.Database.URL); err != nil && c.Auth.Given {
		faults = append(faults, Fault{c.givenName("GOTRUE_DB_DATABASE_URL"), err.Error()})
	}
	s := c.Auth.JWT.Secret
	said := c.standsIn() || c.Origins["PGRST_JWT_SECRET"] == authSecret // about the other one
	if s != "" && !s.IsReference() && !said && len(s) < minSecret {
		faults = append(faults, Fault{authSecret, errShortSecret.Error()})
	}
	return faults
}

// givenName is the name by which a setting of Auth was given, or that of the one that stands for it.
func (c Config) givenName(name string) string {
	for _, s := range authTables() {
		for _, n := range s.names(c.profile) {
			switch origin := c.Origins[n]; {
			case s.name != name || origin == "":
			case origin == "DATABASE_URL":
				return origin
			default:
				return n
			}
		}
	}
	return name
}
