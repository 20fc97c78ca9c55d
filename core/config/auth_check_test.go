package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// Each row is one mistake.
func TestAuthRefuses(t *testing.T) {
	hook := []string{"GOTRUE_HOOK_SEND_EMAIL_ENABLED=true", "GOTRUE_HOOK_SEND_EMAIL_SECRETS=ssm:s"}
	tests := []struct {
		name, setting, text string
		with                []string
		says                string
	}{
		{"not a flag", "GOTRUE_DISABLE_SIGNUP", "yes", nil, "neither true nor false"},
		{"an inverse flag", "GOTRUE_AUDIT_LOG_DISABLE_POSTGRES", "no", nil, "neither true nor false"},
		{"a time without unit", "GOTRUE_SMTP_MAX_FREQUENCY", "60", nil, "a number with a unit"},
		{"a time before now", "GOTRUE_SMTP_MAX_FREQUENCY", "-1s", nil, "more than 0"},
		{"a time past counting", "GOTRUE_SESSIONS_TIMEBOX", "2000000h", nil, "100 years"},
		{"no time at all", "GOTRUE_SESSIONS_TIMEBOX", "0s", nil, "more than 0"},
		{"seconds with a unit", "GOTRUE_JWT_EXP", "1h", nil, "not a number of seconds"},
		{"seconds before now", "GOTRUE_JWT_EXP", "-1", nil, "not a number of seconds"},
		{"seconds that are no number", "GOTRUE_JWT_EXP", "NaN", nil, "not a number of seconds"},
		{"seconds past counting", "GOTRUE_MAILER_OTP_EXP", "18446744073709551615", nil, "not a number of seconds"},
		{"a short code", "GOTRUE_MAILER_OTP_LENGTH", "5", nil, "from 6 to 10"},
		{"a long code", "GOTRUE_SMS_OTP_LENGTH", "11", nil, "from 6 to 10"},
		{"a rate of words", "GOTRUE_RATE_LIMIT_EMAIL_SENT", "many", nil, "30/5m"},
		{"a rate in no time", "GOTRUE_RATE_LIMIT_EMAIL_SENT", "30/0s", nil, "30/5m"},
		{"a rate below nothing", "GOTRUE_RATE_LIMIT_OTP", "-1", nil, "30/5m"},
		{"a site without scheme", "GOTRUE_SITE_URL", "app.example.com", nil, "whole address"},
		{"a site without host", "GOTRUE_SITE_URL", "https:///x", nil, "whole address"},
		{"a service in an application", "API_EXTERNAL_URL", "myapp://x", nil, "http or https"},
		{"a service with a password", "API_EXTERNAL_URL", "https://u:p@a.example", nil, "without user"},
		{"a short secret", "GOTRUE_JWT_SECRET", "hunter2", nil, "pergola key generate"},
		{"a malformed database", "GOTRUE_DB_DATABASE_URL", "localhost", nil, "neither a postgresql:// URI"},
		{"another driver", "GOTRUE_DB_DRIVER", "mysql", nil, "only postgres is"},
		{"another schema", "GOTRUE_DB_DB_NAMESPACE", "users", nil, "only auth is"},
		{"a list of headers", "GOTRUE_SMTP_HEADERS", `["X-A"]`, nil, "JSON object"},
		{"a header with a line end", "GOTRUE_SMTP_HEADERS", `{"X-A":["a\nBcc: b@c.d"]}`, nil, "line end"},
		{"a header without name", "GOTRUE_SMTP_HEADERS", `{"X A":["a"]}`, nil, "name of a header field"},
		{"codes without numbers", "GOTRUE_SMS_TEST_OTP", "123456", nil, "phone numbers and codes"},
		{"a point in time", "GOTRUE_SMS_TEST_OTP_VALID_UNTIL", "tomorrow", nil, "point in time"},
		{"a name for an address", "GOTRUE_SMTP_ADMIN_EMAIL", "admin", nil, "not an address of mail"},
		{"a name with an address", "PERGOLA_SES_FROM", "A <a@b.c>", nil, "not an address of mail"},
		{"too long for bcrypt", "GOTRUE_PASSWORD_MIN_LENGTH", "73", nil, "from 0 to 72"},
		{"another keeper of passwords", "PERGOLA_AUTH_PROVIDER", "ldap", nil, "database, cognito"},

		{"confirmed and not", "GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS", "true", []string{"GOTRUE_MAILER_AUTOCONFIRM=true"}, "give one of them"},
		{"two ways for mail", "PERGOLA_SES_FROM", "a@b.c", []string{"GOTRUE_SMTP_HOST=h", "GOTRUE_SMTP_ADMIN_EMAIL=a@b.c"}, "give one of them"},
		{"mail from nobody", "GOTRUE_SMTP_ADMIN_EMAIL", "", []string{"GOTRUE_SMTP_HOST=h"}, "needed with GOTRUE_SMTP_HOST"},
		{"a user without password", "GOTRUE_SMTP_PASS", "", []string{"GOTRUE_SMTP_USER=u"}, "needed with GOTRUE_SMTP_USER"},
		{"a provider without client", "GOTRUE_EXTERNAL_GOOGLE_CLIENT_ID", "", []string{"GOTRUE_EXTERNAL_GOOGLE_ENABLED=true", "GOTRUE_EXTERNAL_GOOGLE_SECRET=s"}, "GOTRUE_EXTERNAL_GOOGLE_ENABLED is set"},
		{"an issuer without secret", "GOTRUE_EXTERNAL_OKTA_SECRET", "", []string{"GOTRUE_EXTERNAL_OKTA_ENABLED=true", "GOTRUE_EXTERNAL_OKTA_CLIENT_ID=c", "GOTRUE_EXTERNAL_OKTA_URL=https://o"}, "GOTRUE_EXTERNAL_OKTA_ENABLED is set"},
		{"a hook without address", "GOTRUE_HOOK_SEND_EMAIL_URI", "", hook, "GOTRUE_HOOK_SEND_EMAIL_ENABLED is set"},
		{"a hook without secret", "GOTRUE_HOOK_SEND_SMS_SECRETS", "", []string{"GOTRUE_HOOK_SEND_SMS_ENABLED=true", "GOTRUE_HOOK_SEND_SMS_URI=https://h.example"}, "v1,whsec_"},
		{"a hook in the open", "GOTRUE_HOOK_SEND_EMAIL_URI", "http://h.example", hook, "only https"},
		{"a hook on this machine", "GOTRUE_HOOK_SEND_EMAIL_URI", "https://127.0.0.1/x", hook, "PERGOLA_HOOKS_ALLOW_PRIVATE"},
		{"a hook beside this machine", "GOTRUE_HOOK_SEND_EMAIL_URI", "https://[fd00::1]/x", hook, "PERGOLA_HOOKS_ALLOW_PRIVATE"},
		{"a hook on the metadata service", "GOTRUE_HOOK_SEND_EMAIL_URI", "https://169.254.169.254/x", hook, "PERGOLA_HOOKS_ALLOW_PRIVATE"},
		{"a hook in the database", "GOTRUE_HOOK_SEND_EMAIL_URI", "pg-functions://postgres/public/f", hook, "not supported"},
		{"a hook nowhere", "GOTRUE_HOOK_SEND_EMAIL_URI", "hook", hook, "http or https address"},
		{"Cognito without pool", "PERGOLA_COGNITO_USER_POOL_ID", "", []string{"PERGOLA_AUTH_PROVIDER=cognito", "PERGOLA_COGNITO_CLIENT_ID=c"}, "PERGOLA_AUTH_PROVIDER=cognito"},
		{"Cognito without client", "PERGOLA_COGNITO_CLIENT_ID", "", []string{"PERGOLA_AUTH_PROVIDER=cognito", "PERGOLA_COGNITO_USER_POOL_ID=eu-west-1_x"}, "PERGOLA_AUTH_PROVIDER=cognito"},
		{"Cognito nowhere", "PERGOLA_COGNITO_REGION", "", []string{"PERGOLA_AUTH_PROVIDER=cognito", "PERGOLA_COGNITO_USER_POOL_ID=local", "PERGOLA_COGNITO_CLIENT_ID=c"}, "does not begin with a region"},

		{"SAML", "GOTRUE_SAML_ENABLED", "true", nil, "not supported: let people sign in through an identity provider that speaks OpenID Connect"},
		{"passkeys", "GOTRUE_PASSKEY_ENABLED", "1", nil, "not supported"},
		{"web3", "GOTRUE_EXTERNAL_WEB3_SOLANA_ENABLED", "true", nil, "not supported"},
		{"an OAuth server", "GOTRUE_OAUTH_SERVER_ENABLED", "true", nil, "not supported"},
		{"captcha", "GOTRUE_SECURITY_CAPTCHA_ENABLED", "true", nil, "not supported"},
		{"leaked passwords", "GOTRUE_PASSWORD_HIBP_ENABLED", "true", nil, "GOTRUE_PASSWORD_MIN_LENGTH"},
		{"encrypted columns", "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPT", "true", nil, "not supported"},
		{"keys of such", "GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS", "id:key", nil, "before you move"},
		{"custom providers", "GOTRUE_CUSTOM_OAUTH_MAX_PROVIDERS", "3", nil, "GOTRUE_EXTERNAL_<NAME>_URL"},
		{"another factor", "GOTRUE_MFA_WEB_AUTHN_ENROLL_ENABLED", "true", nil, "GOTRUE_MFA_TOTP_*"},
		{"a sender of messages", "GOTRUE_SMS_PROVIDER", "twilio", nil, "GOTRUE_HOOK_SEND_SMS_ENABLED"},
		{"a provider that GoTrue has", "GOTRUE_EXTERNAL_DISCORD_ENABLED", "true", nil, "GOTRUE_EXTERNAL_DISCORD_URL"},
		{"a provider that nobody has", "GOTRUE_EXTERNAL_GOGLE_ENABLED", "true", nil, "unknown provider: google, github, apple, azure are known"},
		{"a misspelt setting", "GOTRUE_SIET_URL", "https://a", nil, "did you mean GOTRUE_SITE_URL?"},
		{"a misspelt template", "GOTRUE_MAILER_TEMPLATE_RECOVERY", "x", nil, "did you mean GOTRUE_MAILER_TEMPLATES_RECOVERY?"},
		{"a misspelt setting of a provider", "GOTRUE_EXTERNAL_GOOGLE_CLIENTID", "x", nil, "did you mean GOTRUE_EXTERNAL_GOOGLE_CLIENT_ID?"},
		{"a stranger", "GOTRUE_COLOUR", "red", nil, "unknown setting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environ := tt.with
			if tt.text != "" {
				environ = append([]string{tt.setting + "=" + tt.text}, environ...)
			}
			faults := loadFaults(t, config.Serve, environ)
			if len(faults) != 1 {
				t.Fatalf("faults = %v, want one", faults)
			}
			if f := faults[0]; f.Setting != tt.setting || !strings.Contains(f.Problem, tt.says) || strings.Contains(f.Problem, "hunter2") {
				t.Errorf("%s: %s\nwant %s: ...%s...", f.Setting, f.Problem, tt.setting, tt.says)
			}
		})
	}
}

// What Auth cannot be served without is missed only where it is served.
func TestAuthNeeds(t *testing.T) {
	mail := "GOTRUE_MAILER_AUTOCONFIRM=true"
	key := "GOTRUE_JWT_SECRET=" + goodSecret
	tests := []struct {
		name    string
		environ []string
		missing []string
	}{
		{"no Auth", []string{"JWT_SECRET=" + goodSecret}, nil},
		{"nothing but a wish", []string{"GOTRUE_JWT_EXP=60"}, []string{"GOTRUE_SITE_URL", "GOTRUE_JWT_SECRET", "GOTRUE_SMTP_HOST"}},
		{"everything", []string{"GOTRUE_SITE_URL=https://a", key, mail}, nil},
		{"keys", []string{"GOTRUE_SITE_URL=https://a", "GOTRUE_JWT_KEYS=ssm:/keys", mail}, nil},
		{"the secret of all", []string{"GOTRUE_SITE_URL=https://a", "JWT_SECRET=ssm:/jwt", mail}, nil},
		{"no key to sign with", []string{"GOTRUE_SITE_URL=https://a", "JWT_SECRET=" + publicJWKS, mail}, []string{"GOTRUE_JWT_SECRET"}},
		{"Amazon SES", []string{"GOTRUE_SITE_URL=https://a", key, "PERGOLA_SES_FROM=a@b.c"}, nil},
		{"no addresses", []string{"GOTRUE_SITE_URL=https://a", key, "GOTRUE_EXTERNAL_EMAIL_ENABLED=false"}, nil},
		{"no messages", []string{"GOTRUE_SITE_URL=https://a", key, mail, "GOTRUE_EXTERNAL_PHONE_ENABLED=true"}, []string{"GOTRUE_HOOK_SEND_SMS_ENABLED"}},
		{"numbers for tests", []string{"GOTRUE_SITE_URL=https://a", key, mail, "GOTRUE_EXTERNAL_PHONE_ENABLED=true", "GOTRUE_SMS_TEST_OTP=1:2"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.LoadFrom(config.Serve, config.Sources{Environ: tt.environ, Auth: true})
			if diff := cmp.Diff(tt.missing, settingsOf(err)); diff != "" {
				t.Errorf("-want +got:\n%s\n%v", diff, err)
			}
			mustLoad(t, config.Serve, tt.environ...)
		})
	}
}

// settingsOf names the settings that an error is about.
func settingsOf(err error) (names []string) {
	if e, ok := errors.AsType[*config.Error](err); ok {
		for _, f := range e.Faults {
			names = append(names, f.Setting)
		}
	}
	return names
}

func TestEveryFaultOfAuthAtOnce(t *testing.T) {
	_, err := config.LoadFrom(config.GoTrue, config.Sources{Environ: []string{
		"GOTRUE_SAML_ENABLED=true", "GOTRUE_JWT_SECRET=hunter2", "GOTRUE_SITE_URL=example", "GOTRUE_EXTERNAL_GOOGLE_ENABLED=true", "GOTRUE_ZZZ=1",
	}})
	want := `9 settings are wrong:
  GOTRUE_SITE_URL: it must be a whole address, such as https://app.example.com or myapp://start
  GOTRUE_JWT_SECRET: the secret is shorter than 32 bytes: make one with pergola key generate
  GOTRUE_EXTERNAL_GOOGLE_CLIENT_ID: it is needed, since GOTRUE_EXTERNAL_GOOGLE_ENABLED is set
  GOTRUE_EXTERNAL_GOOGLE_SECRET: it is needed, since GOTRUE_EXTERNAL_GOOGLE_ENABLED is set
  API_EXTERNAL_URL: it is needed: the address of this service, such as https://app.example.com/auth/v1
  GOTRUE_DB_DATABASE_URL: it is needed, or DATABASE_URL: the database
  GOTRUE_SMTP_HOST: nothing sends mail: give a server here, a hook (GOTRUE_HOOK_SEND_EMAIL_*) or, with pergola serve, Amazon SES (PERGOLA_SES_FROM); or do without by GOTRUE_MAILER_AUTOCONFIRM=true
  GOTRUE_SAML_ENABLED: not supported: let people sign in through an identity provider that speaks OpenID Connect (GOTRUE_EXTERNAL_<NAME>_URL)
  GOTRUE_ZZZ: unknown setting: remove it`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
