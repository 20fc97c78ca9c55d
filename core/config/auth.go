package config

import "time"

// Auth is everything that decides how the Auth service behaves: GoTrue's settings (GOTRUE_*), and a few of our own.
type Auth struct {
	// Given says that at least one GOTRUE_* setting was given: serve serves Auth exactly then, serve auth always.
	Given bool

	SiteURL     string        // GOTRUE_SITE_URL: the application, where people end up by default
	AllowList   []string      // GOTRUE_URI_ALLOW_LIST: globs of where they may end up besides
	ExternalURL string        // API_EXTERNAL_URL: the service itself, for links; without a slash at the end; "" for the caller to fill in
	MaxRequest  time.Duration // GOTRUE_API_MAX_REQUEST_DURATION
	CORSHeaders []string      // GOTRUE_CORS_ALLOWED_HEADERS: request headers that browsers may send besides the usual ones
	AuditLog    bool          // GOTRUE_AUDIT_LOG_DISABLE_POSTGRES=false: what happens is written to auth.audit_log_entries

	Database AuthDatabase
	Provider AuthProvider // PERGOLA_AUTH_PROVIDER
	Cognito  Cognito
	JWT      AuthJWT

	SignUp     SignUp
	Mailer     Mailer
	SMTP       SMTP
	SES        SES
	SMS        SMS
	Passwords  Passwords
	Refresh    RefreshTokens
	Sessions   Sessions
	Security   Security
	RateLimits RateLimits
	MFA        MFA
	Hooks      Hooks
	External   External
}

// AuthDatabase is how Auth reaches the database. Without a URL it shares the connections of Config.Database; other zero values
// stand for those there. With the GoTrue profile Config.Database says the same.
type AuthDatabase struct {
	URL         Secret        // GOTRUE_DB_DATABASE_URL, DATABASE_URL
	PoolSize    int           // GOTRUE_DB_MAX_POOL_SIZE
	MaxLifetime time.Duration // GOTRUE_DB_CONN_MAX_LIFETIME
	MaxIdleTime time.Duration // GOTRUE_DB_CONN_MAX_IDLE_TIME
}

// AuthProvider is who keeps passwords.
type AuthProvider string

// The providers. With either of them sessions and tokens are ours.
const (
	AuthDatabaseProvider AuthProvider = "database" // the table auth.users
	AuthCognitoProvider  AuthProvider = "cognito"  // a user pool of Amazon Cognito
)

// Cognito is the user pool of AuthCognitoProvider.
type Cognito struct {
	UserPoolID   string // PERGOLA_COGNITO_USER_POOL_ID
	ClientID     string // PERGOLA_COGNITO_CLIENT_ID
	ClientSecret Secret // PERGOLA_COGNITO_CLIENT_SECRET; "" for a client without one
	Region       string // PERGOLA_COGNITO_REGION; "" for that of the user pool's id
	Endpoint     string // PERGOLA_COGNITO_ENDPOINT: of an emulator; "" for AWS
}

// AuthJWT is how access tokens are made.
type AuthJWT struct {
	// Keys is a JSON array of private JWKs of which one signs (GOTRUE_JWT_KEYS); "" for none. token.ParseRing reads it.
	Keys Secret
	// Secret is the text that tokens are signed with where there are no Keys, and that older tokens are verified with
	// beside them: GOTRUE_JWT_SECRET, else JWT_SECRET or PGRST_JWT_SECRET where these are texts. "" for none.
	Secret     Secret
	KeyID      string        // GOTRUE_JWT_KEY_ID: the key id of Secret; "" for none
	Lifetime   time.Duration // GOTRUE_JWT_EXP
	Audience   string        // GOTRUE_JWT_AUD: of users and tokens
	Role       string        // GOTRUE_JWT_DEFAULT_GROUP_NAME: of new users
	Issuer     string        // GOTRUE_JWT_ISSUER; "" for none
	AdminRoles []string      // GOTRUE_JWT_ADMIN_ROLES: whose tokens administrate users
}

// SignUp is who may come in, and how.
type SignUp struct {
	Disabled  bool // GOTRUE_DISABLE_SIGNUP
	Email     bool // GOTRUE_EXTERNAL_EMAIL_ENABLED
	MagicLink bool // GOTRUE_EXTERNAL_EMAIL_MAGIC_LINK_ENABLED: signing in by mail alone
	// Addresses are the only ones that mail goes to (GOTRUE_EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES); empty for all.
	Addresses []string
	Phone     bool // GOTRUE_EXTERNAL_PHONE_ENABLED
	Anonymous bool // GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED
}

// Mailer is what goes out by mail, and when.
type Mailer struct {
	Autoconfirm      bool          // GOTRUE_MAILER_AUTOCONFIRM: addresses are believed without a mail
	AllowUnconfirmed bool          // GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS
	ConfirmBothSides bool          // GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED: the old address confirms a change too
	CodeLength       int           // GOTRUE_MAILER_OTP_LENGTH: digits
	CodeLifetime     time.Duration // GOTRUE_MAILER_OTP_EXP
	Every            time.Duration // GOTRUE_SMTP_MAX_FREQUENCY: the least time between two mails of a kind to one user
	ExternalHosts    []string      // GOTRUE_MAILER_EXTERNAL_HOSTS: hosts of X-Forwarded-Host that links may lead to

	// The kinds of mail; see Mailer.Text.
	Confirmation, Invite, Recovery, MagicLink, EmailChange, Reauthentication MailText
}

// MailText is what one kind of mail says.
type MailText struct {
	Subject  string // GOTRUE_MAILER_SUBJECTS_<KIND>: a template; "" for the built-in one
	Template string // GOTRUE_MAILER_TEMPLATES_<KIND>: a text, a file or an address; "" for the built-in one
	Path     string // GOTRUE_MAILER_URLPATHS_<KIND>: where its link leads below API_EXTERNAL_URL, or a whole address
}

// SMTP is the mail server. Without Host there is none.
type SMTP struct {
	Host     string              // GOTRUE_SMTP_HOST
	Port     int                 // GOTRUE_SMTP_PORT
	User     string              // GOTRUE_SMTP_USER; "" for none
	Password Secret              // GOTRUE_SMTP_PASS
	From     string              // GOTRUE_SMTP_ADMIN_EMAIL
	Name     string              // GOTRUE_SMTP_SENDER_NAME; "" for From. Amazon SES uses it too
	Headers  map[string][]string // GOTRUE_SMTP_HEADERS: header fields of every message
}

// SES is Amazon's mail service. Without From it is not used.
type SES struct {
	From     string // PERGOLA_SES_FROM: the sender's address
	Region   string // PERGOLA_SES_REGION; "" for the program's own
	Endpoint string // PERGOLA_SES_ENDPOINT: of an emulator; "" for AWS
}

// SMS is what goes out by text message, through the hook Hooks.SendSMS.
type SMS struct {
	Autoconfirm  bool              // GOTRUE_SMS_AUTOCONFIRM: numbers are believed without a message
	CodeLength   int               // GOTRUE_SMS_OTP_LENGTH: digits
	CodeLifetime time.Duration     // GOTRUE_SMS_OTP_EXP
	Every        time.Duration     // GOTRUE_SMS_MAX_FREQUENCY: the least time between two messages to one user
	TestCodes    map[string]string // GOTRUE_SMS_TEST_OTP: codes by number (digits alone), for which no message goes out
	TestUntil    time.Time         // GOTRUE_SMS_TEST_OTP_VALID_UNTIL; zero for ever
	Template     string            // GOTRUE_SMS_TEMPLATE: of what pergola dev shows; "" for GoTrue's own
}

// Passwords is what new passwords have to be like.
type Passwords struct {
	MinLength int    // GOTRUE_PASSWORD_MIN_LENGTH, in bytes
	Required  string // GOTRUE_PASSWORD_REQUIRED_CHARACTERS, as password.ParseRequired reads it
}

// RefreshTokens is what becomes of refresh tokens (GOTRUE_SECURITY_REFRESH_TOKEN_*).
type RefreshTokens struct {
	Rotation      bool          // _ROTATION_ENABLED: a used token that comes again ends the session
	ReuseInterval time.Duration // _REUSE_INTERVAL: how long after a refresh a used token is still answered
	AllowReuse    bool          // _ALLOW_REUSE: used tokens are answered for ever
}

// Sessions is how long sessions last (GOTRUE_SESSIONS_*). Zero sets no limit.
type Sessions struct {
	Timebox       time.Duration // _TIMEBOX: since the sign-in
	Inactivity    time.Duration // _INACTIVITY_TIMEOUT: since the last refresh
	AllowLowAAL   time.Duration // _ALLOW_LOW_AAL: without the second factor that the user has
	SinglePerUser bool          // _SINGLE_PER_USER
	Tags          []string      // _TAGS: of the sessions that exclude each other
}

// Security is what is asked of users beside their password.
type Security struct {
	ManualLinking    bool // GOTRUE_SECURITY_MANUAL_LINKING_ENABLED: users link identities themselves
	Reauthentication bool // GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION
	CurrentPassword  bool // GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD
	ForwardedFor     bool // GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED: Sb-Forwarded-For is a trusted address
	RefusePlainPKCE  bool // PERGOLA_AUTH_REFUSE_PLAIN_PKCE: the challenge method "plain" is refused
}

// Rate is so many events in so much time. No event is allowed at 0.
type Rate struct {
	Events int
	Per    time.Duration
}

// RateLimits bound how often something may be done: mails and messages by everybody together, all else by one address.
type RateLimits struct {
	Header     string // GOTRUE_RATE_LIMIT_HEADER: where a trusted proxy tells the caller's address; "" for none
	EmailSent  Rate   // GOTRUE_RATE_LIMIT_EMAIL_SENT
	SMSSent    Rate   // GOTRUE_RATE_LIMIT_SMS_SENT
	Verify     Rate   // GOTRUE_RATE_LIMIT_VERIFY
	Token      Rate   // GOTRUE_RATE_LIMIT_TOKEN_REFRESH: all of /token
	OTP        Rate   // GOTRUE_RATE_LIMIT_OTP: whatever sends a mail or a message
	Anonymous  Rate   // GOTRUE_RATE_LIMIT_ANONYMOUS_USERS
	FactorTest Rate   // GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY
}

// MFA is second factors, which are authenticator applications (TOTP).
type MFA struct {
	EnrollTOTP        bool          // GOTRUE_MFA_TOTP_ENROLL_ENABLED
	VerifyTOTP        bool          // GOTRUE_MFA_TOTP_VERIFY_ENABLED
	MaxEnrolled       int           // GOTRUE_MFA_MAX_ENROLLED_FACTORS of one user
	MaxVerified       int           // GOTRUE_MFA_MAX_VERIFIED_FACTORS of one user
	ChallengeLifetime time.Duration // GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION
	FactorLifetime    time.Duration // GOTRUE_MFA_FACTOR_EXPIRY_DURATION: of a factor that was never verified
}

// Hook is a call to the application (GOTRUE_HOOK_<NAME>_*).
type Hook struct {
	Enabled bool
	URI     string // https, or http with Hooks.AllowPrivate
	Secrets Secret // what calls are signed with: v1,whsec_<base64>, joined by "|"
}

// Hooks are the calls to the application.
type Hooks struct {
	SendSMS, SendEmail, CustomAccessToken, MFAVerificationAttempt, PasswordVerificationAttempt, BeforeUserCreated,
	AfterUserCreated Hook
	AllowPrivate bool // PERGOLA_HOOKS_ALLOW_PRIVATE: hooks may be on this machine or in this network, and without TLS
}

// External is who vouches for users.
type External struct {
	Google, GitHub, Apple, Azure OAuthProvider
	// Issuers are issuers of OpenID Connect, sorted by name: every other <NAME> of GOTRUE_EXTERNAL_<NAME>_URL.
	Issuers []OAuthProvider

	RedirectURL       string        // GOTRUE_EXTERNAL_REDIRECTURL: where people end up who asked for no place; "" for SiteURL
	IOSBundleID       string        // GOTRUE_EXTERNAL_IOS_BUNDLE_ID: a client of Apple's besides
	IDTokenIssuers    []string      // GOTRUE_EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS
	FlowLifetime      time.Duration // GOTRUE_EXTERNAL_FLOW_STATE_EXPIRY_DURATION: from the start of a sign-in to its end
	DiscoveryLifetime time.Duration // GOTRUE_EXTERNAL_OIDC_PROVIDER_CACHE_TTL: of what an issuer says of itself
}

// OAuthProvider is one who vouches for users (GOTRUE_EXTERNAL_<NAME>_*).
type OAuthProvider struct {
	Name           string // in small letters
	Enabled        bool
	ClientIDs      []string // _CLIENT_ID: the first stands in redirects, ID tokens may be for any
	Secret         Secret   // _SECRET
	RedirectURI    string   // _REDIRECT_URI; "" for API_EXTERNAL_URL with /callback
	URL            string   // _URL: of the issuer, of GitHub's server or of Azure's tenant; "" for the usual one
	APIURL         string   // _API_URL: of GitHub's interface
	SkipNonceCheck bool     // _SKIP_NONCE_CHECK
	EmailOptional  bool     // _EMAIL_OPTIONAL: people without an address are let in
}

// Enabled lists the providers that are switched on.
func (e External) Enabled() []OAuthProvider {
	var on []OAuthProvider
	for _, p := range append([]OAuthProvider{e.Google, e.GitHub, e.Apple, e.Azure}, e.Issuers...) {
		if p.Enabled {
			on = append(on, p)
		}
	}
	return on
}

// Text gives what a kind of mail says: "CONFIRMATION", "INVITE", "RECOVERY", "MAGIC_LINK", "EMAIL_CHANGE" or
// "REAUTHENTICATION"; nothing for other words. The link of a magic link leads where that of a recovery does unless it has a
// path of its own, as in GoTrue.
func (m Mailer) Text(kind string) MailText {
	text := map[string]MailText{
		"CONFIRMATION": m.Confirmation, "INVITE": m.Invite, "RECOVERY": m.Recovery,
		"MAGIC_LINK": m.MagicLink, "EMAIL_CHANGE": m.EmailChange, "REAUTHENTICATION": m.Reauthentication,
	}[kind]
	if kind == "MAGIC_LINK" && text.Path == "" {
		text.Path = m.Recovery.Path
	}
	return text
}
