package refresh

import (
	"time"

	"github.com/pergola-dev/pergola/core/fault"
)

// Settings are those of GOTRUE_SECURITY_REFRESH_TOKEN_* that decide about a token which was used before.
type Settings struct {
	// ReuseInterval is how long after a refresh a used token is still answered (_REUSE_INTERVAL).
	ReuseInterval time.Duration
	// AllowReuse answers a used V2 token for ever (_ALLOW_REUSE).
	AllowReuse bool
	// KeepOnReuse refuses a used token without ending its session (_ROTATION_ENABLED=false).
	KeepOnReuse bool
}

// Decision is what to do about a presented token.
//
//sumtype:decl
type Decision interface{ decision() }

// Advance means: issue the next token. For V2 the session's counter goes one up; for V1 the presented token becomes
// revoked and gets a new child.
type Advance struct{}

// Repeat means: answer with the token that is current, and change no token. The client did not get or not keep the answer
// to an earlier refresh, or sent several at once.
type Repeat struct {
	Causes []Cause // for V2, at least one; V1 has none
}

// Refuse means: answer the fault, and change nothing.
type Refuse struct{ Fault *fault.Error }

// Revoke means: somebody may have stolen a token. End the session (V2), or revoke all tokens of the family (V1), so that
// the current one fails too, and answer the fault. The change must be committed although the answer is an error.
type Revoke struct{ Fault *fault.Error }

func (Advance) decision() {}
func (Repeat) decision()  {}
func (Refuse) decision()  {}
func (Revoke) decision()  {}

// Cause is why a used V2 token is answered, as sb-auth-refresh-token-reuse-cause names it (several joined by commas).
type Cause string

// The causes, in the order in which the header names them.
const (
	ConcurrentRefresh Cause = "concurrent-refresh" // within the reuse interval
	FailToSave        Cause = "fail-to-save"       // one behind
	AlwaysAllow       Cause = "always-allow"       // Settings.AllowReuse
)

// Count is what is known of a V2 token that its session's key signed.
type Count struct {
	Presented int64     // the token's counter
	Current   int64     // the session's (refresh_token_counter)
	Refreshed time.Time // when the session was refreshed last (Session.LastRefreshed)
}

// DecideV2 decides by how far the token's counter is behind its session's. Ahead: Refuse. Equal: Advance. One behind,
// within the reuse interval of the last refresh, or with AllowReuse: Repeat. Otherwise: Revoke, or Refuse with
// KeepOnReuse.
func DecideV2(c Count, s Settings, now time.Time) Decision {
	switch {
	case c.Presented > c.Current:
		return Refuse{ahead()}
	case c.Presented == c.Current:
		return Advance{}
	}
	if causes := c.reuse(s, now); len(causes) > 0 {
		return Repeat{causes}
	}
	return s.reused()
}

// reuse gives what speaks for answering a token that is behind. Clocks of two instances differ, so the last refresh may
// lie a little in the future.
func (c Count) reuse(s Settings, now time.Time) []Cause {
	var causes []Cause
	if now.Sub(c.Refreshed).Abs() < s.ReuseInterval {
		causes = append(causes, ConcurrentRefresh)
	}
	if c.Presented == c.Current-1 {
		causes = append(causes, FailToSave)
	}
	if s.AllowReuse {
		causes = append(causes, AlwaysAllow)
	}
	return causes
}

// reused is the decision on a token that must not be used again.
func (s Settings) reused() Decision {
	if s.KeepOnReuse {
		return Refuse{alreadyUsed()}
	}
	return Revoke{alreadyUsed()}
}

// Row is what is known of a V1 token: its row, and whether the session's current token came from it.
type Row struct {
	Revoked bool
	// ParentOfActive says that the last unrevoked token of the session has this one as its parent.
	ParentOfActive bool
	// Updated is updated_at: when the row was revoked, if it is. The zero time for NULL.
	Updated time.Time
}

// DecideV1 decides by the row. Not revoked: Advance. Revoked, and the parent of the active token: Repeat, at any time.
// Revoked up to a reuse interval ago: Advance. Otherwise: Revoke, or Refuse with KeepOnReuse.
func DecideV1(r Row, s Settings, now time.Time) Decision {
	switch {
	case !r.Revoked:
		return Advance{}
	case r.ParentOfActive:
		return Repeat{}
	case !now.After(r.Updated.Add(s.ReuseInterval)):
		return Advance{}
	}
	return s.reused()
}
