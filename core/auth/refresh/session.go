package refresh

import (
	"slices"
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// Session is what of a session decides whether it can still be refreshed.
type Session struct {
	ID        string
	Created   time.Time
	Refreshed time.Time // refreshed_at; zero before the first refresh
	NotAfter  time.Time // zero for no such end; an identity provider may set one
	Tag       string    // tag; "" for NULL
	// LowAAL says that the user has verified a factor that would give a higher assurance level than the session has.
	LowAAL bool
	// TokenUpdated is updated_at of the V1 token presented, and zero for V2 and for sessions that no token was presented
	// of. It stands for Refreshed in sessions older than that column.
	TokenUpdated time.Time
}

// Limits are the settings GOTRUE_SESSIONS_*. Zero sets no limit. They hold at a refresh alone: an access token that was
// issued stays valid until it expires.
type Limits struct {
	Timebox     time.Duration // _TIMEBOX: from the sign-in on
	Inactivity  time.Duration // _INACTIVITY_TIMEOUT: from the last refresh on
	AllowLowAAL time.Duration // _ALLOW_LOW_AAL: from the sign-in on, for users with a second factor

	SinglePerUser bool     // _SINGLE_PER_USER: the session refreshed last ends the others of the user
	Tags          []string // _TAGS: one session per tag instead; the first stands for any other tag
}

// LastRefreshed is when the session was refreshed last, or made.
func (s Session) LastRefreshed() time.Time {
	switch {
	case !s.Refreshed.IsZero():
		return s.Refreshed
	case s.TokenUpdated.After(s.Created):
		return s.TokenUpdated
	}
	return s.Created
}

// CheckEnd gives nil for a session that may be refreshed, and otherwise a fault of kind Invalid with the code
// session_expired that says why it has ended. Nothing is deleted for it.
func CheckEnd(s Session, l Limits, now time.Time) error {
	if ended := l.ended(s, now); ended != nil {
		return ended
	}
	return nil
}

// ended is nil for a session within all limits. The moment itself is within.
func (l Limits) ended(s Session, now time.Time) *fault.Error {
	over := func(from time.Time, limit time.Duration) bool { return limit != 0 && now.After(from.Add(limit)) }
	switch {
	case !s.NotAfter.IsZero() && now.After(s.NotAfter), over(s.Created, l.Timebox):
		return expired()
	case over(s.LastRefreshed(), l.Inactivity):
		return inactive()
	case s.LowAAL && over(s.Created, l.AllowLowAAL):
		return lowAAL()
	}
	return nil
}

// CheckSingle gives a fault like CheckEnd's if SinglePerUser is set and another session of the user was refreshed later.
// others are the sessions of the user, this one among them or not. Those that have ended do not count, nor do those of
// another tag.
func CheckSingle(s Session, others []Session, l Limits, now time.Time) error {
	newer := func(o Session) bool {
		return o.ID != s.ID && l.ended(o, now) == nil && l.tag(o) == l.tag(s) && o.LastRefreshed().After(s.LastRefreshed())
	}
	if l.SinglePerUser && slices.ContainsFunc(others, newer) {
		return supersededByNewer()
	}
	return nil
}

// tag is the tag under which a session competes with others.
func (l Limits) tag(s Session) string {
	switch {
	case len(l.Tags) == 0:
		return ""
	case slices.Contains(l.Tags, s.Tag):
		return s.Tag
	}
	return l.Tags[0]
}
