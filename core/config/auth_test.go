package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// authDefaults are GoTrue's (internal/conf, version 2.196), apart from the audience, the role and the reuse interval.
func authDefaults() config.Auth {
	verify := config.MailText{Path: "/verify"}
	return config.Auth{
		MaxRequest: 10 * time.Second, AuditLog: true, Provider: config.AuthDatabaseProvider,
		JWT: config.AuthJWT{
			Lifetime: time.Hour, Audience: "authenticated", Role: "authenticated", AdminRoles: []string{"service_role", "supabase_admin"},
		},
		SignUp: config.SignUp{Email: true, MagicLink: true},
		Mailer: config.Mailer{
			ConfirmBothSides: true, CodeLength: 6, CodeLifetime: 24 * time.Hour, Every: time.Minute,
			Confirmation: verify, Invite: verify, Recovery: verify, EmailChange: verify,
		},
		SMTP:      config.SMTP{Port: 587},
		SMS:       config.SMS{CodeLength: 6, CodeLifetime: time.Minute, Every: time.Minute},
		Passwords: config.Passwords{MinLength: 6},
		Refresh:   config.RefreshTokens{Rotation: true, ReuseInterval: 10 * time.Second},
		RateLimits: config.RateLimits{
			EmailSent: config.Rate{Events: 30, Per: time.Hour}, SMSSent: config.Rate{Events: 30, Per: time.Hour},
			Verify: config.Rate{Events: 30, Per: 5 * time.Minute}, Token: config.Rate{Events: 150, Per: 5 * time.Minute},
			OTP: config.Rate{Events: 30, Per: 5 * time.Minute}, Anonymous: config.Rate{Events: 30, Per: time.Hour},
			FactorTest: config.Rate{Events: 15, Per: time.Minute},
		},
		MFA: config.MFA{
			EnrollTOTP: true, VerifyTOTP: true, MaxEnrolled: 10, MaxVerified: 10, ChallengeLifetime: 5 * time.Minute, FactorLifetime: 5 * time.Minute,
		},
		External: config.External{
			Google: config.OAuthProvider{Name: "google"}, GitHub: config.OAuthProvider{Name: "github"},
			Apple: config.OAuthProvider{Name: "apple"}, Azure: config.OAuthProvider{Name: "azure"},
			IDTokenIssuers: []string{"https://appleid.apple.com", "https://accounts.google.com"},
			FlowLifetime:   5 * time.Minute, DiscoveryLifetime: time.Hour,
		},
	}
}

// Each row changes the defaults in one place. Auth is served as soon as one of GoTrue's settings is given.
func TestAuth(t *testing.T) {
	tests := []struct {
		name    string
		environ string // separated by blanks, of which a value has none
		want    func(*config.Auth)
	}{
		{"site", "GOTRUE_SITE_URL=https://a.example/", func(a *config.Auth) { a.SiteURL = "https://a.example/" }},
		{"a site in an application", "GOTRUE_SITE_URL=myapp://start", func(a *config.Auth) { a.SiteURL = "myapp://start" }},
		{"allow list", "GOTRUE_URI_ALLOW_LIST=https://*.a.example/**,myapp://**,", func(a *config.Auth) {
			a.AllowList = []string{"https://*.a.example/**", "myapp://**"}
		}},
		{"external address", "GOTRUE_SITE_URL=http://a API_EXTERNAL_URL=https://a.example/auth/v1/", func(a *config.Auth) {
			a.SiteURL, a.ExternalURL = "http://a", "https://a.example/auth/v1"
		}},
		{"envconfig's name for it", "GOTRUE_API_API_EXTERNAL_URL=https://a.example", func(a *config.Auth) { a.ExternalURL = "https://a.example" }},
		{"headers, audit log", "GOTRUE_CORS_ALLOWED_HEADERS=X-A,X-B GOTRUE_AUDIT_LOG_DISABLE_POSTGRES=true", func(a *config.Auth) {
			a.CORSHeaders, a.AuditLog = []string{"X-A", "X-B"}, false
		}},
		{"request duration", "GOTRUE_API_MAX_REQUEST_DURATION=5s", func(a *config.Auth) { a.MaxRequest = 5 * time.Second }},
		{"tokens", "GOTRUE_JWT_EXP=60 GOTRUE_JWT_AUD=app GOTRUE_JWT_DEFAULT_GROUP_NAME=member GOTRUE_JWT_ISSUER=https://i GOTRUE_JWT_ADMIN_ROLES=root", func(a *config.Auth) {
			a.JWT = config.AuthJWT{Lifetime: time.Minute, Audience: "app", Role: "member", Issuer: "https://i", AdminRoles: []string{"root"}}
		}},
		{"keys", "GOTRUE_JWT_SECRET=" + goodSecret + " GOTRUE_JWT_KEYS=[{}] GOTRUE_JWT_KEY_ID=k", func(a *config.Auth) {
			a.JWT.Secret, a.JWT.Keys, a.JWT.KeyID = goodSecret, "[{}]", "k"
		}},
		{"0 stands for the default", "GOTRUE_JWT_EXP=0 GOTRUE_MAILER_OTP_EXP=0 GOTRUE_SMTP_MAX_FREQUENCY=0", func(*config.Auth) {}},
		{"empty means not given", "GOTRUE_JWT_EXP= GOTRUE_SITE_URL=myapp://x", func(a *config.Auth) { a.SiteURL = "myapp://x" }},
		{"a pool of its own", "GOTRUE_DB_DATABASE_URL=postgres://h/d GOTRUE_DB_MAX_POOL_SIZE=3 GOTRUE_DB_CONN_MAX_LIFETIME=1m GOTRUE_DB_CONN_MAX_IDLE_TIME=5s", func(a *config.Auth) {
			a.Database = config.AuthDatabase{URL: "postgres://h/d", PoolSize: 3, MaxLifetime: time.Minute, MaxIdleTime: 5 * time.Second}
		}},
		{"the one driver", "GOTRUE_DB_DRIVER=postgres GOTRUE_DB_DB_NAMESPACE=auth GOTRUE_DB_MAX_POOL_SIZE=0", func(*config.Auth) {}},
		{"who comes in", "GOTRUE_DISABLE_SIGNUP=1 GOTRUE_EXTERNAL_EMAIL_ENABLED=F GOTRUE_EXTERNAL_EMAIL_MAGIC_LINK_ENABLED=f " +
			"GOTRUE_EXTERNAL_PHONE_ENABLED=t GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED=TRUE GOTRUE_EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES=a@b.c", func(a *config.Auth) {
			a.SignUp = config.SignUp{Disabled: true, Phone: true, Anonymous: true, Addresses: []string{"a@b.c"}}
		}},
		{"mail", "GOTRUE_MAILER_AUTOCONFIRM=true GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED=false GOTRUE_MAILER_OTP_EXP=3600 " +
			"GOTRUE_MAILER_OTP_LENGTH=8 GOTRUE_SMTP_MAX_FREQUENCY=1s GOTRUE_MAILER_EXTERNAL_HOSTS=a.example,b.example", func(a *config.Auth) {
			a.Mailer.Autoconfirm, a.Mailer.ConfirmBothSides, a.Mailer.CodeLifetime, a.Mailer.CodeLength = true, false, time.Hour, 8
			a.Mailer.Every, a.Mailer.ExternalHosts = time.Second, []string{"a.example", "b.example"}
		}},
		{"unconfirmed addresses", "GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS=true", func(a *config.Auth) { a.Mailer.AllowUnconfirmed = true }},
		{"texts", "GOTRUE_MAILER_SUBJECTS_INVITE=Come GOTRUE_MAILER_TEMPLATES_EMAIL_CHANGE=/t.html GOTRUE_MAILER_URLPATHS_RECOVERY=/r", func(a *config.Auth) {
			a.Mailer.Invite.Subject, a.Mailer.EmailChange.Template, a.Mailer.Recovery.Path = "Come", "/t.html", "/r"
		}},
		{"mail server", `GOTRUE_SMTP_HOST=h GOTRUE_SMTP_PORT=25 GOTRUE_SMTP_USER=u GOTRUE_SMTP_PASS=ssm:p GOTRUE_SMTP_ADMIN_EMAIL=a@b.c GOTRUE_SMTP_SENDER_NAME=A GOTRUE_SMTP_HEADERS={"X-A":["1","2"]}`, func(a *config.Auth) {
			a.SMTP = config.SMTP{Host: "h", Port: 25, User: "u", Password: "ssm:p", From: "a@b.c", Name: "A", Headers: map[string][]string{"X-A": {"1", "2"}}}
		}},
		{"Amazon SES", "GOTRUE_JWT_EXP=3600 PERGOLA_SES_FROM=a@b.c PERGOLA_SES_REGION=eu-north-1 PERGOLA_SES_ENDPOINT=http://localhost:1", func(a *config.Auth) {
			a.SES = config.SES{From: "a@b.c", Region: "eu-north-1", Endpoint: "http://localhost:1"}
		}},
		{"text messages", "GOTRUE_SMS_AUTOCONFIRM=true GOTRUE_SMS_OTP_EXP=600 GOTRUE_SMS_OTP_LENGTH=10 GOTRUE_SMS_MAX_FREQUENCY=5s " +
			"GOTRUE_SMS_TEST_OTP=+4915112345678:123456,15551234:000000 GOTRUE_SMS_TEST_OTP_VALID_UNTIL=2027-01-01T00:00:00Z GOTRUE_SMS_TEMPLATE={{.Code}}", func(a *config.Auth) {
			a.SMS = config.SMS{
				Autoconfirm: true, CodeLifetime: 10 * time.Minute, CodeLength: 10, Every: 5 * time.Second,
				TestCodes: map[string]string{"4915112345678": "123456", "15551234": "000000"}, TestUntil: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Template: "{{.Code}}",
			}
		}},
		{"passwords", `GOTRUE_PASSWORD_MIN_LENGTH=12 GOTRUE_PASSWORD_REQUIRED_CHARACTERS=abc:\::123`, func(a *config.Auth) {
			a.Passwords = config.Passwords{MinLength: 12, Required: `abc:\::123`}
		}},
		{"never less than 6", "GOTRUE_PASSWORD_MIN_LENGTH=0", func(*config.Auth) {}},
		{"refresh tokens", "GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED=false GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL=0 GOTRUE_SECURITY_REFRESH_TOKEN_ALLOW_REUSE=true", func(a *config.Auth) {
			a.Refresh = config.RefreshTokens{AllowReuse: true}
		}},
		{"sessions", "GOTRUE_SESSIONS_TIMEBOX=24h GOTRUE_SESSIONS_INACTIVITY_TIMEOUT=1h30m GOTRUE_SESSIONS_ALLOW_LOW_AAL=15m GOTRUE_SESSIONS_SINGLE_PER_USER=true GOTRUE_SESSIONS_TAGS=web,app", func(a *config.Auth) {
			a.Sessions = config.Sessions{Timebox: 24 * time.Hour, Inactivity: 90 * time.Minute, AllowLowAAL: 15 * time.Minute, SinglePerUser: true, Tags: []string{"web", "app"}}
		}},
		{"security", "GOTRUE_SECURITY_MANUAL_LINKING_ENABLED=true GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION=true " +
			"GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD=true GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED=true PERGOLA_AUTH_REFUSE_PLAIN_PKCE=true", func(a *config.Auth) {
			a.Security = config.Security{ManualLinking: true, Reauthentication: true, CurrentPassword: true, ForwardedFor: true, RefusePlainPKCE: true}
		}},
		{"limits", "GOTRUE_RATE_LIMIT_HEADER=X-Real-Ip GOTRUE_RATE_LIMIT_EMAIL_SENT=2 GOTRUE_RATE_LIMIT_SMS_SENT=0/24h GOTRUE_RATE_LIMIT_VERIFY=100/1m " +
			"GOTRUE_RATE_LIMIT_TOKEN_REFRESH=1 GOTRUE_RATE_LIMIT_OTP=3 GOTRUE_RATE_LIMIT_ANONYMOUS_USERS=4 GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY=5", func(a *config.Auth) {
			a.RateLimits = config.RateLimits{
				Header: "X-Real-Ip", EmailSent: config.Rate{Events: 2, Per: time.Hour}, SMSSent: config.Rate{Per: 24 * time.Hour},
				Verify: config.Rate{Events: 100, Per: time.Minute}, Token: config.Rate{Events: 1, Per: 5 * time.Minute},
				OTP: config.Rate{Events: 3, Per: 5 * time.Minute}, Anonymous: config.Rate{Events: 4, Per: time.Hour},
				FactorTest: config.Rate{Events: 5, Per: time.Minute},
			}
		}},
		{"second factors", "GOTRUE_MFA_TOTP_ENROLL_ENABLED=false GOTRUE_MFA_TOTP_VERIFY_ENABLED=false GOTRUE_MFA_MAX_ENROLLED_FACTORS=3 " +
			"GOTRUE_MFA_MAX_VERIFIED_FACTORS=2 GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION=600 GOTRUE_MFA_FACTOR_EXPIRY_DURATION=1s", func(a *config.Auth) {
			a.MFA = config.MFA{MaxEnrolled: 3, MaxVerified: 2, ChallengeLifetime: 10 * time.Minute, FactorLifetime: 5 * time.Minute}
		}},
		{"a hook", "GOTRUE_HOOK_SEND_EMAIL_ENABLED=true GOTRUE_HOOK_SEND_EMAIL_URI=https://h.example/x GOTRUE_HOOK_SEND_EMAIL_SECRETS=ssm:s", func(a *config.Auth) {
			a.Hooks.SendEmail = config.Hook{Enabled: true, URI: "https://h.example/x", Secrets: "ssm:s"}
		}},
		{"a hook here", "GOTRUE_HOOK_AFTER_USER_CREATED_ENABLED=true GOTRUE_HOOK_AFTER_USER_CREATED_URI=http://127.0.0.1:1/x GOTRUE_HOOK_AFTER_USER_CREATED_SECRETS=ssm:s PERGOLA_HOOKS_ALLOW_PRIVATE=true", func(a *config.Auth) {
			a.Hooks.AfterUserCreated = config.Hook{Enabled: true, URI: "http://127.0.0.1:1/x", Secrets: "ssm:s"}
			a.Hooks.AllowPrivate = true
		}},
		{"a hook that is off", "GOTRUE_HOOK_SEND_SMS_ENABLED=false GOTRUE_HOOK_SEND_SMS_URI=pg-functions://postgres/public/f", func(a *config.Auth) {
			a.Hooks.SendSMS.URI = "pg-functions://postgres/public/f"
		}},
		{"a provider", "GOTRUE_EXTERNAL_GITHUB_ENABLED=true GOTRUE_EXTERNAL_GITHUB_CLIENT_ID=a,b GOTRUE_EXTERNAL_GITHUB_SECRET=s GOTRUE_EXTERNAL_GITHUB_REDIRECT_URI=https://a/callback " +
			"GOTRUE_EXTERNAL_GITHUB_URL=https://g GOTRUE_EXTERNAL_GITHUB_API_URL=https://g/api GOTRUE_EXTERNAL_GITHUB_EMAIL_OPTIONAL=true GOTRUE_EXTERNAL_GITHUB_SKIP_NONCE_CHECK=true", func(a *config.Auth) {
			a.External.GitHub = config.OAuthProvider{
				Name: "github", Enabled: true, ClientIDs: []string{"a", "b"}, Secret: "s", RedirectURI: "https://a/callback", URL: "https://g",
				APIURL: "https://g/api", EmailOptional: true, SkipNonceCheck: true,
			}
		}},
		{"issuers", "GOTRUE_EXTERNAL_MY_IDP_URL=https://i.example/ GOTRUE_EXTERNAL_MY_IDP_ENABLED=true GOTRUE_EXTERNAL_MY_IDP_CLIENT_ID=c GOTRUE_EXTERNAL_MY_IDP_SECRET=s GOTRUE_EXTERNAL_KEYCLOAK_URL=https://k.example/realms/r", func(a *config.Auth) {
			a.External.Issuers = []config.OAuthProvider{
				{Name: "keycloak", URL: "https://k.example/realms/r"},
				{Name: "my_idp", Enabled: true, ClientIDs: []string{"c"}, Secret: "s", URL: "https://i.example/"},
			}
		}},
		{"all providers together", "GOTRUE_EXTERNAL_REDIRECTURL=https://a/x GOTRUE_EXTERNAL_IOS_BUNDLE_ID=b GOTRUE_EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS=https://i " +
			"GOTRUE_EXTERNAL_FLOW_STATE_EXPIRY_DURATION=10m GOTRUE_EXTERNAL_OIDC_PROVIDER_CACHE_TTL=1m", func(a *config.Auth) {
			a.External.RedirectURL, a.External.IOSBundleID, a.External.IDTokenIssuers = "https://a/x", "b", []string{"https://i"}
			a.External.FlowLifetime, a.External.DiscoveryLifetime = 10*time.Minute, time.Minute
		}},
		{"Cognito", "GOTRUE_JWT_EXP=3600 PERGOLA_AUTH_PROVIDER=cognito PERGOLA_COGNITO_USER_POOL_ID=eu-west-1_x PERGOLA_COGNITO_CLIENT_ID=c PERGOLA_COGNITO_CLIENT_SECRET=s PERGOLA_COGNITO_ENDPOINT=http://localhost:9229", func(a *config.Auth) {
			a.Provider = config.AuthCognitoProvider
			a.Cognito = config.Cognito{UserPoolID: "eu-west-1_x", ClientID: "c", ClientSecret: "s", Endpoint: "http://localhost:9229"}
		}},
		{"what GoTrue has and is off", "GOTRUE_SAML_ENABLED=false GOTRUE_SECURITY_CAPTCHA_ENABLED=false GOTRUE_SECURITY_CAPTCHA_SECRET=x GOTRUE_EXTERNAL_DISCORD_ENABLED=false " +
			"GOTRUE_EXTERNAL_DISCORD_CLIENT_ID=x GOTRUE_CUSTOM_OAUTH_MAX_PROVIDERS=0 GOTRUE_MFA_PHONE_ENROLL_ENABLED=0 GOTRUE_SMS_PROVIDER=", func(*config.Auth) {}},
		{"what is without effect", "GOTRUE_TRACING_ENABLED=true GOTRUE_METRICS_EXPORTER=prometheus GOTRUE_LOG_SQL=all GOTRUE_RATE_LIMIT_O_AUTH_DYNAMIC_CLIENT_REGISTER=10 " +
			"GOTRUE_RATE_LIMIT_OAUTH_DYNAMIC_CLIENT_REGISTER=10 GOTRUE_OPERATOR_TOKEN=x GOTRUE_MAILER_SUBJECTS_PASSWORD_CHANGED_NOTIFICATION=x " +
			"GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION=1", func(*config.Auth) {}},
		{"the address of serve auth", "GOTRUE_API_HOST=0.0.0.0 GOTRUE_API_PORT=9999 GOTRUE_LOG_LEVEL=debug", func(*config.Auth) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := authDefaults()
			want.Given = true
			tt.want(&want)
			got := mustLoad(t, config.Serve, strings.Fields(tt.environ)...)
			if diff := cmp.Diff(want, got.Auth, sameConfig); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			got.Auth, got.JWT.Secret = authDefaults(), "" // TestSharedSecrets is about this one
			got.Origins = map[string]string{}
			if diff := cmp.Diff(config.Default(config.Serve), got, sameConfig); diff != "" {
				t.Errorf("beside Auth: -want +got:\n%s", diff)
			}
		})
	}
}

func TestAuthIsNotGiven(t *testing.T) {
	tests := []struct {
		name    string
		profile config.Profile
		environ []string
	}{
		{"nothing", config.Serve, nil},
		{"what is not GoTrue's", config.Serve, []string{"API_EXTERNAL_URL=https://a", "PERGOLA_AUTH_PROVIDER=database", "JWT_SECRET=" + goodSecret}},
		{"empty", config.Serve, []string{"GOTRUE_SITE_URL="}},
		{"serve rest", config.PostgREST, []string{"GOTRUE_SITE_URL=https://a", "GOTRUE_ZZZ=1", "GOTRUE_SAML_ENABLED=true"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, tt.profile, tt.environ...)
			if c.Auth.Given || tt.profile == config.PostgREST && c.Auth.SiteURL != "" {
				t.Errorf("Auth is served: %v", c.Origins)
			}
		})
	}
}

func TestMailText(t *testing.T) {
	m := mustLoad(t, config.Serve, "GOTRUE_MAILER_SUBJECTS_MAGIC_LINK=s", "GOTRUE_MAILER_URLPATHS_RECOVERY=/r").Auth.Mailer
	for kind, want := range map[string]config.MailText{
		"MAGIC_LINK": {Subject: "s", Path: "/r"}, "RECOVERY": {Path: "/r"}, "INVITE": {Path: "/verify"}, "REAUTHENTICATION": {}, "NEWS": {},
	} {
		if got := m.Text(kind); got != want {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
	}
}

func TestEnabledProviders(t *testing.T) {
	c := mustLoad(t, config.Serve, "GOTRUE_EXTERNAL_APPLE_ENABLED=true", "GOTRUE_EXTERNAL_APPLE_CLIENT_ID=a", "GOTRUE_EXTERNAL_APPLE_SECRET=s",
		"GOTRUE_EXTERNAL_AZURE_CLIENT_ID=a", "GOTRUE_EXTERNAL_OKTA_URL=https://o.example", "GOTRUE_EXTERNAL_OKTA_ENABLED=true",
		"GOTRUE_EXTERNAL_OKTA_CLIENT_ID=a", "GOTRUE_EXTERNAL_OKTA_SECRET=s", "GOTRUE_EXTERNAL_AUTH0_URL=https://a.example/")
	var names []string
	for _, p := range c.Auth.External.Enabled() {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"apple", "okta"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
