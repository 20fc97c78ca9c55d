package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// User is a row of auth.users with what belongs to it. The tags are the columns' names.
type User struct {
	ID                string          `json:"id"`
	Aud               string          `json:"aud"`
	Role              string          `json:"role"`
	Email             string          `json:"email"`
	EncryptedPassword string          `json:"encrypted_password"`
	Phone             *string         `json:"phone"` // nil and not empty for none: phone numbers are unique
	EmailConfirmedAt  *time.Time      `json:"email_confirmed_at"`
	PhoneConfirmedAt  *time.Time      `json:"phone_confirmed_at"`
	ConfirmedAt       *time.Time      `json:"confirmed_at"` // made by the database
	InvitedAt         *time.Time      `json:"invited_at"`
	ConfirmationSent  *time.Time      `json:"confirmation_sent_at"`
	RecoverySent      *time.Time      `json:"recovery_sent_at"`
	EmailChange       string          `json:"email_change"`
	EmailChangeSent   *time.Time      `json:"email_change_sent_at"`
	PhoneChange       string          `json:"phone_change"`
	PhoneChangeSent   *time.Time      `json:"phone_change_sent_at"`
	ReauthSent        *time.Time      `json:"reauthentication_sent_at"`
	LastSignInAt      *time.Time      `json:"last_sign_in_at"`
	AppMetadata       json.RawMessage `json:"raw_app_meta_data"`
	UserMetadata      json.RawMessage `json:"raw_user_meta_data"`
	IsSSO             bool            `json:"is_sso_user"`
	IsAnonymous       bool            `json:"is_anonymous"`
	BannedUntil       *time.Time      `json:"banned_until"`
	DeletedAt         *time.Time      `json:"deleted_at"`
	CreatedAt         time.Time       `json:"created_at"`
	UpdatedAt         time.Time       `json:"updated_at"`

	Identities []Identity `json:"-"`
	Factors    []Factor   `json:"-"`
}

// Identity is a row of auth.identities: one way in which the user is known to somebody.
type Identity struct {
	ID           string          `json:"id"`
	ProviderID   string          `json:"provider_id"` // the user's id at the provider; for e-mail and phone the user's own
	UserID       string          `json:"user_id"`
	Provider     string          `json:"provider"`
	Data         json.RawMessage `json:"identity_data"`
	Email        string          `json:"email"` // made by the database
	LastSignInAt *time.Time      `json:"last_sign_in_at"`
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at"`
}

// Factor is a row of auth.mfa_factors.
type Factor struct {
	ID           string    `json:"id"`
	UserID       string    `json:"user_id"`
	FriendlyName string    `json:"friendly_name"`
	Type         string    `json:"factor_type"`
	Status       string    `json:"status"` // "verified" or "unverified"
	Secret       string    `json:"secret"`
	Phone        string    `json:"phone"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`

	LastChallengedAt *time.Time `json:"last_challenged_at"`
}

// Session is a row of auth.sessions.
type Session struct {
	ID        string     `json:"id"`
	UserID    string     `json:"user_id"`
	AAL       string     `json:"aal"`
	NotAfter  *time.Time `json:"not_after"`
	Refreshed Clock      `json:"refreshed_at"`
	UserAgent string     `json:"user_agent"`
	IP        string     `json:"ip,omitempty"`
	Tag       string     `json:"tag"`
	Key       string     `json:"refresh_token_hmac_key"` // refresh.Key.Column
	Counter   int64      `json:"refresh_token_counter"`
	CreatedAt time.Time  `json:"created_at"`

	Methods []Method `json:"-"`
}

// Method is a row of auth.mfa_amr_claims: a way in which the session's user has shown who they are, and when.
type Method struct {
	ID        string    `json:"id"`
	SessionID string    `json:"session_id,omitempty"` // SignIn sets it
	Name      string    `json:"authentication_method"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Token is a row of auth.one_time_tokens. A user has one of each kind; a new one takes the place of the old.
type Token struct {
	ID        string `json:"id"`
	UserID    string `json:"user_id"`
	Kind      string `json:"token_type"`
	Hash      string `json:"token_hash"`
	RelatesTo string `json:"relates_to"` // the address or number that it was sent to
	CreatedAt Clock  `json:"created_at"`

	State *FlowState `json:"-"` // the sign-in that the token's link goes on with, written together with the token; nil for none
}

// Entry is a row of auth.audit_log_entries.
type Entry struct {
	ID        string          `json:"id,omitempty"`
	Payload   json.RawMessage `json:"payload"`
	CreatedAt time.Time       `json:"created_at"`
	IP        string          `json:"ip_address"`
}

// Clock is a time in a column without a time zone, which GoTrue writes in UTC. The zero Clock is NULL.
type Clock struct{ time.Time }

// clockLayout is how PostgreSQL writes such a time into JSON; a fraction follows where there is one.
const clockLayout = "2006-01-02T15:04:05"

// UnmarshalJSON reads a time without a zone, or null.
func (c *Clock) UnmarshalJSON(text []byte) error {
	raw := strings.Trim(string(text), `"`)
	if raw == "null" {
		return nil
	}
	at, err := time.ParseInLocation(clockLayout, raw, time.UTC)
	if err != nil {
		return fmt.Errorf("reading a time without a zone: %w", err)
	}
	c.Time = at
	return nil
}

// MarshalJSON writes the time in UTC, without a zone.
func (c Clock) MarshalJSON() ([]byte, error) {
	if c.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(c.UTC().Format(clockLayout + ".999999999"))
}
