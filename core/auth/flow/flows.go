package flow

import (
	"context"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// Store is what flows need of the tables; store.Store is the one there is.
type Store interface {
	CreateUser(ctx context.Context, n store.NewUser) (store.User, error)
	NewConfirmation(ctx context.Context, t store.Token, before time.Time, e store.Entry) (store.User, bool, error)
	Log(ctx context.Context, e store.Entry) error
	UserByEmail(ctx context.Context, email, audience string) (store.User, bool, error)
	Token(ctx context.Context, hash string, kinds []string, audience string) (store.Token, store.User, bool, error)
	Redeem(ctx context.Context, t store.Token, n store.SignIn) (store.Session, store.User, bool, error)
	Fail(ctx context.Context, email string, kinds []string, expires time.Time, most int) (int, error)
	Session(ctx context.Context, id string) (store.Session, store.User, bool, error)
	SignIn(ctx context.Context, n store.SignIn) (store.Session, store.User, bool, error)
	Refresh(ctx context.Context, r store.Refresh) (store.Session, bool, error)
	Moved(ctx context.Context, token string) (store.MovedSession, bool, error)
	Rotate(ctx context.Context, r store.Refresh, presented store.Moved, next string) (store.Session, bool, error)
	End(ctx context.Context, user, session string, scope store.Scope, e store.Entry) (int, error)
	limitStore
	siblingStore
	sweepStore
	adminStore
	factorStore
	challengeStore
	mailStore
	updateStore
	phoneStore
	emailChangeStore
	reauthenticateStore
	codeStore
	oauthStore
}

// Signer makes and checks access tokens; access.Issuer is the one there is.
type Signer interface {
	Issue(c access.Claims) (string, error)
	IssueHooked(claims []byte) (string, error)
	Check(raw string, now time.Time) (access.Claims, error)
}

// Settings decide what flows allow.
type Settings struct {
	Lifetime         time.Duration // of an access token (GOTRUE_JWT_EXP)
	Audience         string        // of users and tokens (GOTRUE_JWT_AUD): "authenticated"
	Role             string        // of new users (GOTRUE_JWT_DEFAULT_GROUP_NAME): "authenticated"
	ExternalURL      string        // of the service itself, for links in mails (API_EXTERNAL_URL)
	SiteURL          string        // of the application (GOTRUE_SITE_URL)
	SignUp           bool          // anybody may make an account (GOTRUE_DISABLE_SIGNUP=false)
	Email            bool          // by address and password (GOTRUE_EXTERNAL_EMAIL_ENABLED)
	Autoconfirm      bool          // an address is believed without a mail (GOTRUE_MAILER_AUTOCONFIRM)
	AllowUnconfirmed bool          // an address that nobody has confirmed signs in (GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS)
	CodeLength       int           // digits of a code in a mail (GOTRUE_MAILER_OTP_LENGTH): 6 to 10
	CodeLifetime     time.Duration // of a code or a link in a mail (GOTRUE_MAILER_OTP_EXP)
	MailEvery        time.Duration // the least time between two mails of a kind to one user (GOTRUE_SMTP_MAX_FREQUENCY)
	Passwords        password.Rules
	Refresh          refresh.Settings
	Sessions         refresh.Limits
	Hooks            Hooks // nil for none
	Limits           Limits
	Factors          FactorSettings
	Anonymous        bool                 // without an address (GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED)
	MailPaths        map[mail.Kind]string // where links in mails lead, from ExternalURL (GOTRUE_MAILER_URLPATHS_*): "/verify" for others
	PKCE             PKCESettings
	OAuth            OAuthSettings
	Update           UpdateSettings
	Phone            PhoneSettings
	Credentials      Credentials // who keeps passwords; nil for the table auth.users
}

// Flows are the flows of one configuration. They are safe for concurrent use.
type Flows struct {
	store    Store
	signer   Signer
	post     Post
	clock    func() time.Time
	hooks    Hooks
	settings Settings
}

// New makes flows. clock is time.Now; what it gives is cut to microseconds, which is what the database keeps.
func New(s Store, signer Signer, post Post, clock func() time.Time, settings Settings) *Flows {
	f := &Flows{store: s, signer: signer, post: post, clock: clock, hooks: settings.Hooks, settings: settings}
	if f.hooks == nil {
		f.hooks = noHooks{}
	}
	return f
}

func (f *Flows) now() time.Time { return f.clock().UTC().Truncate(time.Microsecond) }

// Visit is where a request comes from.
type Visit struct {
	UserAgent string
	IP        string // "" where no trusted address is known
	External  string // that links in mails lead to, in the place of Settings.ExternalURL; "" for that one
}

// Signed is what somebody who has signed in gets.
type Signed struct {
	AccessToken  string
	ExpiresIn    time.Duration
	ExpiresAt    time.Time
	RefreshToken string
	Session      store.Session
	User         store.User
	Reused       []refresh.Cause // why a used refresh token was answered; nil when it was not a used one

	ProviderToken        string // of the provider that the user has signed in by; "" for none, or when it is not to be had again
	ProviderRefreshToken string
}
