package wire

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/fault"
)

// Session is the JSON of what somebody who has signed in gets.
type Session struct {
	AccessToken          string `json:"access_token"`
	TokenType            string `json:"token_type"` // always "bearer"
	ExpiresIn            int64  `json:"expires_in"` // seconds
	ExpiresAt            int64  `json:"expires_at"` // Unix seconds
	RefreshToken         string `json:"refresh_token"`
	User                 User   `json:"user"`
	ProviderToken        string `json:"provider_token,omitempty"`
	ProviderRefreshToken string `json:"provider_refresh_token,omitempty"`
	// WeakPassword is set by OfPassword. A nil pointer in it becomes null, while nil is left out.
	WeakPassword any    `json:"weak_password,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// NewSession is the JSON of s.
func NewSession(s flow.Signed) Session {
	return Session{
		AccessToken: s.AccessToken, TokenType: "bearer", ExpiresIn: int64(s.ExpiresIn.Seconds()), ExpiresAt: s.ExpiresAt.Unix(),
		RefreshToken: s.RefreshToken, User: NewUser(s.User), ProviderToken: s.ProviderToken, ProviderRefreshToken: s.ProviderRefreshToken,
	}
}

// weakness is what a sign-in tells of a password that was good and would be too weak for a new one.
type weakness struct {
	Message string            `json:"message,omitempty"`
	Reasons []password.Reason `json:"reasons,omitempty"`
}

// OfPassword is the session of a sign-in by password, which always has weak_password: null, or what is said by weak, the
// fault of the rules for new passwords. Any other fault counts as none.
func (s Session) OfPassword(weak *fault.Error) Session {
	var w *weakness
	if details := weaknessOf(weak); details != nil {
		w = &weakness{Message: weak.Message, Reasons: details.Reasons}
	}
	s.WeakPassword = w
	return s
}

// weaknessOf gives the reasons of a fault about a weak password, and nil of another or of none.
func weaknessOf(f *fault.Error) *password.Weak {
	if f == nil {
		return nil
	}
	if details, ok := f.Details.(password.Weak); ok {
		return &details
	}
	return nil
}

// The header fields of a session, which gateways log. HeaderRotated is for the fault of a refresh that ended its session,
// with the value "true".
const (
	headerUser    = "sb-auth-user-id"
	headerSession = "sb-auth-session-id"
	headerCounter = "sb-auth-refresh-token-counter"
	headerPrefix  = "sb-auth-refresh-token-prefix"
	headerReuse   = "sb-auth-refresh-token-reuse"
	headerCause   = "sb-auth-refresh-token-reuse-cause"

	HeaderRotated = "sb-auth-refresh-token-rotated"
)

// SetSignedIn sets the header fields that go with the session of a sign-in: whose it is, and which refresh token it got, by
// the counter of one that names its session and by the prefix of one of GoTrue's rows.
func SetSignedIn(h http.Header, s flow.Signed) {
	h.Set(headerUser, s.User.ID)
	h.Set(headerSession, s.Session.ID)
	issued, err := refresh.Recognise(s.RefreshToken)
	if err != nil {
		return
	}
	switch token := issued.(type) {
	case refresh.V1:
		h.Set(headerPrefix, token.Prefix())
	case refresh.V2:
		h.Set(headerCounter, strconv.FormatInt(token.Counter, 10))
	}
}

// SetRefreshed sets those of a refresh: the same, and whether the presented token was a used one. As in GoTrue, a used one
// is known by its causes alone: the field that is "false" otherwise is missing then.
func SetRefreshed(h http.Header, s flow.Signed) {
	SetSignedIn(h, s)
	if h.Get(headerPrefix) != "" {
		return // GoTrue tells nothing of the reuse of its rows
	}
	if len(s.Reused) == 0 {
		h.Set(headerReuse, "false")
		return
	}
	causes := make([]string, len(s.Reused))
	for n, cause := range s.Reused {
		causes[n] = string(cause)
	}
	h.Set(headerCause, strings.Join(causes, ","))
}
