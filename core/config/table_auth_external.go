package config

import (
	"strings"
	"time"
)

// hooks are the calls to the application: the word that stands for one in settings, and its place.
var hooks = []struct {
	word  string
	about string
	hook  func(*Config) *Hook
}{
	{"BEFORE_USER_CREATED", "before a user is made, who may be refused", func(c *Config) *Hook { return &c.Auth.Hooks.BeforeUserCreated }},
	{"AFTER_USER_CREATED", "after a user was made", func(c *Config) *Hook { return &c.Auth.Hooks.AfterUserCreated }},
	{"CUSTOM_ACCESS_TOKEN", "before a token is signed, whose claims may be changed", func(c *Config) *Hook { return &c.Auth.Hooks.CustomAccessToken }},
	{"SEND_EMAIL", "to send a mail", func(c *Config) *Hook { return &c.Auth.Hooks.SendEmail }},
	{"SEND_SMS", "to send a text message", func(c *Config) *Hook { return &c.Auth.Hooks.SendSMS }},
	{"MFA_VERIFICATION_ATTEMPT", "after a second factor was tried", func(c *Config) *Hook { return &c.Auth.Hooks.MFAVerificationAttempt }},
	{"PASSWORD_VERIFICATION_ATTEMPT", "after a password was tried", func(c *Config) *Hook { return &c.Auth.Hooks.PasswordVerificationAttempt }},
}

func hookTable() []setting {
	var all []setting
	for _, h := range hooks {
		name := "GOTRUE_HOOK_" + h.word
		all = append(all,
			setting{
				name: name + "_ENABLED", defaults: same("false"), value: flag(func(c *Config) *bool { return &h.hook(c).Enabled }),
				doc: "The application is called " + h.about + ".",
			},
			setting{
				name: name + "_URI", family: "GOTRUE_HOOK_<HOOK>_URI", value: text(func(c *Config) *string { return &h.hook(c).URI }),
				doc: "The `https` address of a hook. `pg-functions:` is not supported.",
			},
			setting{
				name: name + "_SECRETS", family: "GOTRUE_HOOK_<HOOK>_SECRETS", value: secret(func(c *Config) *Secret { return &h.hook(c).Secrets }),
				doc: "What its calls are signed with: `v1,whsec_...`, more of them separated by `\\|`, or a reference.",
			})
	}
	return append(all, setting{
		name: "PERGOLA_HOOKS_ALLOW_PRIVATE", ours: true, defaults: same("false"),
		value: flag(func(c *Config) *bool { return &c.Auth.Hooks.AllowPrivate }),
		doc:   "Hooks may be on this machine or in this network, and be reached by `http`.",
	})
}

func externalTable() []setting {
	var all []setting
	for _, name := range namedProviders {
		all = append(all, providerTable(strings.ToUpper(name), func(c *Config) *OAuthProvider { return c.Auth.External.named(name) })...)
	}
	return append(all, []setting{
		{
			name: "GOTRUE_EXTERNAL_REDIRECTURL", aliases: []string{"GOTRUE_EXTERNAL_REDIRECT_URL"},
			value: address(func(c *Config) *string { return &c.Auth.External.RedirectURL }),
			doc:   "Where people end up after a provider who asked for no place. Unset: `GOTRUE_SITE_URL`.",
		},
		{
			name: "GOTRUE_EXTERNAL_IOS_BUNDLE_ID", value: text(func(c *Config) *string { return &c.Auth.External.IOSBundleID }),
			doc: "The id of an application whose ID tokens of Apple are taken too.",
		},
		{
			name: "GOTRUE_EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS", defaults: same("https://appleid.apple.com, https://accounts.google.com"),
			value: words(func(c *Config) *[]string { return &c.Auth.External.IDTokenIssuers }),
			doc:   "Issuers whose ID tokens are taken although no provider is set up for them.",
		},
		{
			name: "GOTRUE_EXTERNAL_FLOW_STATE_EXPIRY_DURATION", defaults: same("5m0s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.External.FlowLifetime }, 5*time.Minute, 5*time.Minute),
			doc:   "The time that a sign-in by PKCE or a provider has from its start to its end, at least 5m.",
		},
		{
			name: "GOTRUE_EXTERNAL_OIDC_PROVIDER_CACHE_TTL", defaults: same("1h0m0s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.External.DiscoveryLifetime }, time.Second, time.Hour),
			doc:   "The time for which what an issuer says of itself is remembered.",
		},
	}...)
}

// namedProviders are those that have a way of their own; all others are issuers of OpenID Connect.
var namedProviders = []string{"google", "github", "apple", "azure"}

// named gives the place of one of namedProviders.
func (e *External) named(name string) *OAuthProvider {
	return map[string]*OAuthProvider{"google": &e.Google, "github": &e.GitHub, "apple": &e.Apple, "azure": &e.Azure}[name]
}

// providerTable holds the settings of one provider, whose NAME is word.
func providerTable(word string, provider func(*Config) *OAuthProvider) []setting {
	prefix := "GOTRUE_EXTERNAL_" + word
	return []setting{
		{
			name: prefix + "_ENABLED", family: "GOTRUE_EXTERNAL_<NAME>_ENABLED", defaults: same("false"), value: flag(func(c *Config) *bool { return &provider(c).Enabled }),
			doc: "Users sign in by a provider: `GOOGLE`, `GITHUB`, `APPLE`, `AZURE`, or any issuer of OpenID Connect under a name of yours.",
		},
		{
			name: prefix + "_CLIENT_ID", family: "GOTRUE_EXTERNAL_<NAME>_CLIENT_ID", value: words(func(c *Config) *[]string { return &provider(c).ClientIDs }),
			doc: "What it knows this project by. More ids, separated by commas, are those of mobile applications.",
		},
		{
			name: prefix + "_SECRET", family: "GOTRUE_EXTERNAL_<NAME>_SECRET", value: secret(func(c *Config) *Secret { return &provider(c).Secret }),
			doc: "The secret of that client, or a reference to it.",
		},
		{
			name: prefix + "_REDIRECT_URI", family: "GOTRUE_EXTERNAL_<NAME>_REDIRECT_URI", value: webAddress(func(c *Config) *string { return &provider(c).RedirectURI }),
			doc: "Where it sends people back to. Unset: `API_EXTERNAL_URL` with `/callback`.",
		},
		{
			name: prefix + "_URL", family: "GOTRUE_EXTERNAL_<NAME>_URL", value: webAddress(func(c *Config) *string { return &provider(c).URL }),
			doc: "The address of an issuer of OpenID Connect, which is needed; of a GitHub server or an Azure tenant of your own.",
		},
		{
			name: prefix + "_API_URL", family: "GOTRUE_EXTERNAL_<NAME>_API_URL", value: webAddress(func(c *Config) *string { return &provider(c).APIURL }),
			doc: "The address of the interface of such a GitHub server.",
		},
		{
			name: prefix + "_SKIP_NONCE_CHECK", family: "GOTRUE_EXTERNAL_<NAME>_SKIP_NONCE_CHECK", defaults: same("false"), value: flag(func(c *Config) *bool { return &provider(c).SkipNonceCheck }),
			doc: "ID tokens that applications bring are taken without their nonce.",
		},
		{
			name: prefix + "_EMAIL_OPTIONAL", family: "GOTRUE_EXTERNAL_<NAME>_EMAIL_OPTIONAL", defaults: same("false"), value: flag(func(c *Config) *bool { return &provider(c).EmailOptional }),
			doc: "People without a mail address are let in.",
		},
	}
}
