package authapp

import (
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/hooks"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/webhook"
	"github.com/pergola-dev/pergola/core/config"
)

// settings are those of flows.
func (a *Auth) settings() (flow.Settings, error) {
	c := a.config.Auth
	set, err := a.hooks()
	if err != nil {
		return flow.Settings{}, err
	}
	credentials, err := a.credentials()
	if err != nil {
		return flow.Settings{}, err
	}
	texter, err := a.texts()
	if err != nil {
		return flow.Settings{}, err
	}
	providers, err := a.providers()
	return flow.Settings{
		Lifetime: c.JWT.Lifetime, Audience: c.JWT.Audience, Role: c.JWT.Role, ExternalURL: c.ExternalURL, SiteURL: c.SiteURL,
		SignUp: !c.SignUp.Disabled, Email: c.SignUp.Email, Autoconfirm: c.Mailer.Autoconfirm, AllowUnconfirmed: c.Mailer.AllowUnconfirmed,
		CodeLength: c.Mailer.CodeLength, CodeLifetime: c.Mailer.CodeLifetime, MailEvery: c.Mailer.Every,
		Passwords: password.Rules{MinLength: c.Passwords.MinLength, Required: password.ParseRequired(c.Passwords.Required)},
		Refresh: refresh.Settings{
			ReuseInterval: c.Refresh.ReuseInterval, AllowReuse: c.Refresh.AllowReuse, KeepOnReuse: !c.Refresh.Rotation,
		},
		Sessions: refresh.Limits{
			Timebox: c.Sessions.Timebox, Inactivity: c.Sessions.Inactivity, AllowLowAAL: c.Sessions.AllowLowAAL,
			SinglePerUser: c.Sessions.SinglePerUser, Tags: c.Sessions.Tags,
		},
		Credentials: credentials,
		Hooks:       set, Limits: limits(c.RateLimits), Anonymous: c.SignUp.Anonymous, MailPaths: mailPaths(c.Mailer),
		Factors: flow.FactorSettings{
			Enrol: c.MFA.EnrollTOTP, Verify: c.MFA.VerifyTOTP, Most: c.MFA.MaxEnrolled, Verified: c.MFA.MaxVerified, Stale: c.MFA.FactorLifetime, Challenge: c.MFA.ChallengeLifetime,
		},
		PKCE:  flow.PKCESettings{Lifetime: c.External.FlowLifetime, RefusePlain: c.Security.RefusePlainPKCE},
		Phone: phone(c, texter),
		OAuth: flow.OAuthSettings{Providers: providers, ManualLinking: c.Security.ManualLinking},
		Update: flow.UpdateSettings{
			BothAddresses: c.Mailer.ConfirmBothSides, Reauthenticate: c.Security.Reauthentication, CurrentPassword: c.Security.CurrentPassword,
		},
	}, err
}

// phone are those of numbers.
func phone(c config.Auth, t flow.Texter) flow.PhoneSettings {
	return flow.PhoneSettings{
		On: c.SignUp.Phone, Autoconfirm: c.SMS.Autoconfirm, CodeLength: c.SMS.CodeLength, CodeLifetime: c.SMS.CodeLifetime, Every: c.SMS.Every,
		TestCodes: c.SMS.TestCodes, TestUntil: c.SMS.TestUntil, Texter: t,
	}
}

// mailPaths are where links lead, for the kinds of mail that have a path of their own.
func mailPaths(c config.Mailer) map[mail.Kind]string {
	paths := map[mail.Kind]string{}
	for _, k := range mail.Kinds() {
		if path := c.Text(string(k)).Path; path != "" {
			paths[k] = path
		}
	}
	return paths
}

// limits are those of addresses.
func limits(c config.RateLimits) flow.Limits {
	return flow.Limits{
		flow.UseToken: limit(c.Token), flow.UseRefresh: limit(c.Token), flow.UseVerify: limit(c.Verify), flow.UseMail: limit(c.OTP),
		flow.UseAnonymous: limit(c.Anonymous), flow.UseChallenge: limit(c.FactorTest), flow.UseFactor: limit(c.FactorTest),
	}
}

func limit(r config.Rate) flow.Limit { return flow.Limit{Most: r.Events, Window: r.Per} }

// hooks are those of the configuration that flows ask.
func (a *Auth) hooks() (hooks.Set, error) {
	c := a.config.Auth.Hooks
	before, err := a.hook("BEFORE_USER_CREATED", c.BeforeUserCreated)
	after, err2 := a.hook("AFTER_USER_CREATED", c.AfterUserCreated)
	claims, err3 := a.hook("CUSTOM_ACCESS_TOKEN", c.CustomAccessToken)
	passwords, err4 := a.hook("PASSWORD_VERIFICATION_ATTEMPT", c.PasswordVerificationAttempt)
	factors, err5 := a.hook("MFA_VERIFICATION_ATTEMPT", c.MFAVerificationAttempt)
	return hooks.Set{
		Before: before, After: after, Token: claims, Password: passwords, Factor: factors, Clock: time.Now,
	}, errors.Join(err, err2, err3, err4, err5)
}

// hook makes one hook; nil where it is switched off.
func (a *Auth) hook(name string, c config.Hook) (hooks.Caller, error) {
	if !c.Enabled {
		return nil, nil
	}
	h, err := webhook.New(webhook.Options{URL: c.URI, Secrets: string(c.Secrets), AllowPrivate: a.config.Auth.Hooks.AllowPrivate})
	if err != nil {
		return nil, fmt.Errorf("GOTRUE_HOOK_%s: %w", name, err)
	}
	return h, nil
}

// others are ways to sign in that GoTrue lists at /settings and this service does not have.
func others() []string {
	return []string{
		"bitbucket", "discord", "facebook", "figma", "fly", "gitlab", "kakao", "keycloak", "linkedin", "linkedin_oidc", "notion",
		"slack", "slack_oidc", "snapchat", "spotify", "twitch", "twitter", "workos", "x", "zoom",
	}
}

// public is what anybody may know of the settings.
func (a *Auth) public() auth.Public {
	c := a.config.Auth
	external := map[string]bool{
		"anonymous_users": c.SignUp.Anonymous, "email": c.SignUp.Email, "phone": c.SignUp.Phone,
		"google": c.External.Google.Enabled, "github": c.External.GitHub.Enabled, "apple": c.External.Apple.Enabled,
		"azure": c.External.Azure.Enabled,
	}
	for _, name := range others() {
		external[name] = false
	}
	for _, p := range c.External.Issuers {
		external[p.Name] = p.Enabled
	}
	return auth.Public{
		External: external, DisableSignup: c.SignUp.Disabled, MailerAutoconfirm: c.Mailer.Autoconfirm, PhoneAutoconfirm: c.SMS.Autoconfirm,
		SMSProvider: a.textsBy(),
	}
}
