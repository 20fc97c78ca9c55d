package config

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Unsupported is a setting of GoTrue's that Pergola does not have.
type Unsupported struct {
	// Name is the variable's; a "*" in it stands for anything.
	Name string
	// Instead says what to do: the start is refused when the setting is switched on, because a deployment that does so counts
	// on it. "" for a setting without effect: to leave it alone harms nobody.
	Instead string
}

// UnsupportedAuth lists GoTrue's settings (version 2.196) that Pergola does not have, by name. Whatever belongs to something
// that cannot be switched on is without effect.
func UnsupportedAuth() []Unsupported {
	all := slices.Clone(refusedAuth)
	for _, name := range idleAuth {
		all = append(all, Unsupported{Name: name})
	}
	slices.SortFunc(all, func(a, b Unsupported) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// unsupportedAuth finds what is said about a name, if anything is.
func unsupportedAuth(name string) (Unsupported, bool) {
	if word, field, ok := providerField(name); ok && slices.Contains(otherProviders, word) {
		u := Unsupported{Name: name}
		if field == "_ENABLED" {
			u.Instead = "if it speaks OpenID Connect, give the address of its issuer in " + externalPrefix + word + "_URL"
		}
		return u, true
	}
	var found Unsupported
	for _, u := range UnsupportedAuth() {
		if u.Name == name {
			return u, true
		}
		if fits, err := path.Match(u.Name, name); fits && err == nil {
			found = u
		}
	}
	return found, found.Name != ""
}

// problem is what is wrong with a value; "" for one that switches nothing on.
func (u Unsupported) problem(text string) string {
	on, err := strconv.ParseBool(text)
	if u.Instead == "" || text == "" || err == nil && !on {
		return ""
	}
	return "not supported: " + u.Instead
}

const (
	noSecondFactor = "authenticator applications (GOTRUE_MFA_TOTP_*) are the second factor there is"
	noMailCheck    = "addresses are checked by their form alone: refuse others in a before-user-created hook"
	noNotices      = "no mail tells of changes of an account: remove it"
	retired        = "GoTrue has retired it: remove it"
	itsOwnTrial    = "it is one of GoTrue's experiments: remove it"
)

// refusedAuth are settings that would change what users can do, or how safe they are.
var refusedAuth = []Unsupported{
	{"GOTRUE_SAML_ENABLED", "let people sign in through an identity provider that speaks OpenID Connect (GOTRUE_EXTERNAL_<NAME>_URL)"},
	{"GOTRUE_PASSKEY_ENABLED", "remove it, or leave such sign-ins with GoTrue"},
	{"GOTRUE_EXTERNAL_WEB3_SOLANA_ENABLED", "remove it, or leave such sign-ins with GoTrue"},
	{"GOTRUE_EXTERNAL_WEB3_ETHEREUM_ENABLED", "remove it, or leave such sign-ins with GoTrue"},
	{"GOTRUE_OAUTH_SERVER_ENABLED", "remove it, or leave the OAuth server with GoTrue"},
	{"GOTRUE_CUSTOM_OAUTH_MAX_PROVIDERS", "providers are settings (GOTRUE_EXTERNAL_<NAME>_URL), not rows"},
	{"GOTRUE_SECURITY_CAPTCHA_ENABLED", "put the check before Pergola, or in a before-user-created hook, and remove it"},
	{"GOTRUE_PASSWORD_HIBP_ENABLED", "passwords are not compared with leaked ones: remove it, and set GOTRUE_PASSWORD_MIN_LENGTH higher"},
	{"GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPT", "let the database encrypt what it stores"},
	{"GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS", "let GoTrue decrypt its columns before you move"},
	{"GOTRUE_MFA_PHONE_ENROLL_ENABLED", noSecondFactor},
	{"GOTRUE_MFA_PHONE_VERIFY_ENABLED", noSecondFactor},
	{"GOTRUE_MFA_WEB_AUTHN_ENROLL_ENABLED", noSecondFactor},
	{"GOTRUE_MFA_WEB_AUTHN_VERIFY_ENABLED", noSecondFactor},
	{"GOTRUE_MFA_RECOVERY_CODES_ENROLL_ENABLED", noSecondFactor},
	{"GOTRUE_MFA_RECOVERY_CODES_VERIFY_ENABLED", noSecondFactor},
	{"GOTRUE_SMS_PROVIDER", "send messages in a send-SMS hook (GOTRUE_HOOK_SEND_SMS_ENABLED, _URI and _SECRETS), and remove it"},
	{"GOTRUE_MAILER_NOTIFICATIONS_PASSWORD_CHANGED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_EMAIL_CHANGED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_PHONE_CHANGED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_IDENTITY_LINKED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_IDENTITY_UNLINKED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_MFA_FACTOR_ENROLLED_ENABLED", noNotices},
	{"GOTRUE_MAILER_NOTIFICATIONS_MFA_FACTOR_UNENROLLED_ENABLED", noNotices},
	{"GOTRUE_MAILER_EMAIL_VALIDATION_EXTENDED", noMailCheck},
	{"GOTRUE_MAILER_EMAIL_VALIDATION_SERVICE_URL", noMailCheck},
	{"GOTRUE_MAILER_EMAIL_VALIDATION_BLOCKED_MX", noMailCheck},
	{"GOTRUE_JWT_VALID_METHODS", "the algorithms are those of the keys: remove it"},
	{"GOTRUE_DB_CONN_PERCENTAGE", "give a number of connections (GOTRUE_DB_MAX_POOL_SIZE)"},
	{"GOTRUE_DB_CLEANUP_ENABLED", "requests do not tidy up after others: remove it"},
	{"GOTRUE_LOG_FILE", "the log goes to standard error: redirect that to the file"},
	{"GOTRUE_EXPERIMENTAL_PROVIDERS_WITH_OWN_LINKING_DOMAIN", itsOwnTrial},
	{"GOTRUE_EXPERIMENTAL_PROVIDER_LINKING_DOMAINS", itsOwnTrial},
	{"GOTRUE_EXPERIMENTAL_CURSOR_PAGINATION_ENABLED", itsOwnTrial},
	{"GOTRUE_EXPERIMENTAL_SCIM_ENABLED", itsOwnTrial},
	{"GOTRUE_EXPERIMENTAL_CREATE_EMAIL_IDENTITY_ON_PASSWORD_SET_ENABLED", itsOwnTrial},
	{"GOTRUE_WEBHOOK_URL", retired + ", and set a hook (GOTRUE_HOOK_*)"},
	{"GOTRUE_MFA_ENABLED", retired + ", and set GOTRUE_MFA_TOTP_ENROLL_ENABLED"},
}

// idleAuth are settings without effect: those of what is refused above, those of how GoTrue works inside, and those whose
// purpose is met without them.
var idleAuth = []string{
	"GOTRUE_API_ENDPOINT", "GOTRUE_COOKIE_*", "GOTRUE_CUSTOM_OAUTH_ENABLED", "GOTRUE_CUSTOM_OAUTH_EXTERNAL_URL",
	"GOTRUE_DB_ADVISOR_*", "GOTRUE_DB_HEALTH_CHECK_PERIOD", "GOTRUE_DB_MAX_IDLE_POOL_SIZE", "GOTRUE_DB_MIGRATIONS_PATH",
	"GOTRUE_EXPERIMENTAL_ENABLE_OTT_AS_SOURCE_OF_TRUTH", "GOTRUE_EXPERIMENTAL_ONE_TIME_TOKEN_EXPIRES_AT_WRITE_ENABLED",
	"GOTRUE_EXTERNAL_WEB3_SOLANA_MAXIMUM_VALIDITY_DURATION", "GOTRUE_EXTERNAL_WEB3_ETHEREUM_MAXIMUM_VALIDITY_DURATION",
	"GOTRUE_INDEX_WORKER_*", "GOTRUE_JWT_ADMIN_GROUP_NAME",
	"GOTRUE_LOG_DISABLE_COLORS", "GOTRUE_LOG_FIELDS", "GOTRUE_LOG_QUOTE_EMPTY_FIELDS", "GOTRUE_LOG_SQL", "GOTRUE_LOG_TSFORMAT",
	"GOTRUE_MAILER_EMAIL_BACKGROUND_SENDING", "GOTRUE_MAILER_EMAIL_VALIDATION_SERVICE_HEADERS", "GOTRUE_MAILER_TEMPLATE_MAX_AGE",
	"GOTRUE_MAILER_TEMPLATE_MAX_SIZE", "GOTRUE_MAILER_TEMPLATE_RELOADING_ENABLED", "GOTRUE_MAILER_TEMPLATE_RELOADING_MAX_IDLE",
	"GOTRUE_MAILER_TEMPLATE_RETRY_INTERVAL",
	"GOTRUE_MAILER_SUBJECTS_*_NOTIFICATION", "GOTRUE_MAILER_TEMPLATES_*_NOTIFICATION", "GOTRUE_MAILER_URLPATHS_*_NOTIFICATION",
	"GOTRUE_MAILER_URLPATHS_REAUTHENTICATION", "GOTRUE_METRICS_*",
	"GOTRUE_MFA_PHONE_MAX_FREQUENCY", "GOTRUE_MFA_PHONE_OTP_LENGTH", "GOTRUE_MFA_PHONE_TEMPLATE",
	"GOTRUE_MFA_RECOVERY_CODES_CODE_LENGTH", "GOTRUE_MFA_RECOVERY_CODES_COUNT", "GOTRUE_MFA_RECOVERY_CODES_LOCKOUT_DURATION",
	"GOTRUE_MFA_RECOVERY_CODES_MAX_VERIFY_ATTEMPTS", "GOTRUE_OAUTH_SERVER_*", "GOTRUE_OPERATOR_TOKEN",
	"GOTRUE_PASSKEY_MAX_PASSKEYS_PER_USER", "GOTRUE_PASSWORD_HIBP_*", "GOTRUE_PROFILER_*",
	"GOTRUE_RATE_LIMIT_OAUTH_DYNAMIC_CLIENT_REGISTER", "GOTRUE_RATE_LIMIT_O_AUTH_DYNAMIC_CLIENT_REGISTER", "GOTRUE_RATE_LIMIT_PASSKEY",
	"GOTRUE_RATE_LIMIT_SSO", "GOTRUE_RATE_LIMIT_WEB3", "GOTRUE_RELOADING_*", "GOTRUE_SAML_*", "GOTRUE_SECURITY_CAPTCHA_*",
	"GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY", "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY_ID",
	"GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "GOTRUE_SECURITY_REFRESH_TOKEN_UPGRADE_PERCENTAGE",
	"GOTRUE_SMS_MESSAGEBIRD_*", "GOTRUE_SMS_TEXTLOCAL_*", "GOTRUE_SMS_TWILIO_*", "GOTRUE_SMS_VONAGE_*",
	"GOTRUE_SMTP_LOGGING_ENABLED", "GOTRUE_TRACING_*", "GOTRUE_WEBAUTHN_*",
}

// otherProviders are the words of GoTrue's providers that have no way of their own here. To switch one on is refused unless it is
// given as an issuer of OpenID Connect; its other settings are without effect.
var otherProviders = []string{
	"BITBUCKET", "DISCORD", "FACEBOOK", "FIGMA", "FLY", "GITLAB", "KAKAO", "KEYCLOAK", "LINKEDIN", "LINKEDIN_OIDC", "NOTION", "SLACK",
	"SLACK_OIDC", "SNAPCHAT", "SPOTIFY", "TWITCH", "TWITTER", "VERCEL_MARKETPLACE", "WORKOS", "X", "ZOOM",
}
