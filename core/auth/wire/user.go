package wire

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
)

// User is the JSON of a user. It encodes as it is and holds no secret; another body may embed it to have its members first,
// as that of a generated link does.
type User struct {
	ID                     string         `json:"id"`
	Aud                    string         `json:"aud"`
	Role                   string         `json:"role"`
	Email                  string         `json:"email"`
	EmailConfirmedAt       *time.Time     `json:"email_confirmed_at,omitempty"`
	InvitedAt              *time.Time     `json:"invited_at,omitempty"`
	Phone                  string         `json:"phone"`
	PhoneConfirmedAt       *time.Time     `json:"phone_confirmed_at,omitempty"`
	ConfirmationSentAt     *time.Time     `json:"confirmation_sent_at,omitempty"`
	ConfirmedAt            *time.Time     `json:"confirmed_at,omitempty"`
	RecoverySentAt         *time.Time     `json:"recovery_sent_at,omitempty"`
	NewEmail               string         `json:"new_email,omitempty"`
	EmailChangeSentAt      *time.Time     `json:"email_change_sent_at,omitempty"`
	NewPhone               string         `json:"new_phone,omitempty"`
	PhoneChangeSentAt      *time.Time     `json:"phone_change_sent_at,omitempty"`
	ReauthenticationSentAt *time.Time     `json:"reauthentication_sent_at,omitempty"`
	LastSignInAt           *time.Time     `json:"last_sign_in_at,omitempty"`
	AppMetadata            map[string]any `json:"app_metadata"`
	UserMetadata           map[string]any `json:"user_metadata"`
	Factors                []Factor       `json:"factors,omitempty"`
	Identities             []Identity     `json:"identities"`
	CreatedAt              time.Time      `json:"created_at"`
	UpdatedAt              time.Time      `json:"updated_at"`
	BannedUntil            *time.Time     `json:"banned_until,omitempty"`
	DeletedAt              *time.Time     `json:"deleted_at,omitempty"`
	IsAnonymous            bool           `json:"is_anonymous"`
}

// NewUser is the JSON of u. Its identities are a list, empty for none; its metadata are objects, whatever the columns hold.
func NewUser(u store.User) User {
	user := bare(u)
	user.Identities = make([]Identity, len(u.Identities))
	for n, i := range u.Identities {
		user.Identities[n] = NewIdentity(i)
	}
	for _, f := range u.Factors {
		user.Factors = append(user.Factors, NewFactor(f))
	}
	return user
}

// bare is a user whose identities are null.
func bare(u store.User) User {
	user := User{
		ID: u.ID, Aud: u.Aud, Role: u.Role, Email: u.Email, EmailConfirmedAt: utc(u.EmailConfirmedAt), InvitedAt: utc(u.InvitedAt),
		PhoneConfirmedAt: utc(u.PhoneConfirmedAt), ConfirmationSentAt: utc(u.ConfirmationSent), ConfirmedAt: utc(u.ConfirmedAt),
		RecoverySentAt: utc(u.RecoverySent), NewEmail: u.EmailChange, EmailChangeSentAt: utc(u.EmailChangeSent),
		NewPhone: u.PhoneChange, PhoneChangeSentAt: utc(u.PhoneChangeSent), ReauthenticationSentAt: utc(u.ReauthSent),
		LastSignInAt: utc(u.LastSignInAt), AppMetadata: object(u.AppMetadata), UserMetadata: object(u.UserMetadata),
		CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(), BannedUntil: utc(u.BannedUntil), DeletedAt: utc(u.DeletedAt),
		IsAnonymous: u.IsAnonymous,
	}
	if u.Phone != nil {
		user.Phone = *u.Phone
	}
	return user
}

// Page is the JSON of a page of users for an administrator.
type Page struct {
	Users []User `json:"users"`
	Aud   string `json:"aud"` // whose users they are
}

// NewPage is the JSON of a page of the audience's users. GoTrue reads neither identities nor factors for it: the first are
// null there, and the others are left out.
func NewPage(users []store.User, audience string) Page {
	page := Page{Users: make([]User, len(users)), Aud: audience}
	for n, u := range users {
		page.Users[n] = bare(u)
	}
	return page
}

// Identity is the JSON of an identity. What it calls id is the user's id at the provider.
type Identity struct {
	IdentityID   string         `json:"identity_id"`
	ID           string         `json:"id"`
	UserID       string         `json:"user_id"`
	Data         map[string]any `json:"identity_data,omitempty"`
	Provider     string         `json:"provider"`
	LastSignInAt *time.Time     `json:"last_sign_in_at,omitempty"`
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
	Email        string         `json:"email,omitempty"`
}

// NewIdentity is the JSON of i.
func NewIdentity(i store.Identity) Identity {
	return Identity{
		IdentityID: i.ID, ID: i.ProviderID, UserID: i.UserID, Data: object(i.Data), Provider: i.Provider,
		LastSignInAt: utc(i.LastSignInAt), CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(), Email: i.Email,
	}
}

// Factor is the JSON of a factor, without its secret.
type Factor struct {
	ID               string     `json:"id"`
	CreatedAt        time.Time  `json:"created_at"`
	UpdatedAt        time.Time  `json:"updated_at"`
	Status           string     `json:"status"`
	FriendlyName     string     `json:"friendly_name,omitempty"`
	Type             string     `json:"factor_type"`
	Phone            string     `json:"phone"`
	LastChallengedAt *time.Time `json:"last_challenged_at"`
}

// NewFactor is the JSON of f.
func NewFactor(f store.Factor) Factor {
	return Factor{
		ID: f.ID, CreatedAt: f.CreatedAt.UTC(), UpdatedAt: f.UpdatedAt.UTC(), Status: f.Status, FriendlyName: f.FriendlyName,
		Type: f.Type, Phone: f.Phone, LastChallengedAt: utc(f.LastChallengedAt),
	}
}

// utc gives the time in UTC, nil for none.
func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	in := at.UTC()
	return &in
}

// object reads metadata. NULL, and what SQL or an import has left there that is no object, gives an empty one.
func object(raw json.RawMessage) map[string]any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil || members == nil {
		return map[string]any{}
	}
	return members
}
