package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

const (
	ada      = "11111111-1111-4111-8111-111111111111"
	identity = "22222222-2222-4222-8222-222222222222"
	factor   = "33333333-3333-4333-8333-333333333333"
)

// at gives a time in Berlin, so that a test sees whether it is written in UTC.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.In(time.FixedZone("CET", 3600))
}

func ref[T any](v T) *T { return &v }

// encode gives the JSON of v.
func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// same compares two texts of JSON byte by byte. want may be laid out in lines.
func same(t testing.TB, got, want string) {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(want) {
		b.WriteString(strings.Trim(line, "\t\n"))
	}
	if got != b.String() {
		t.Errorf("got\n%s\nwant\n%s", got, b.String())
	}
}

// wholeUser has a value in every column.
func wholeUser(t testing.TB) store.User {
	now := func(n string) *time.Time { return ref(at(t, "2026-11-20T12:00:0"+n+"Z")) }
	return store.User{
		ID: ada, Aud: "authenticated", Role: "authenticated", Email: "ada@example.org", EncryptedPassword: "$2a$10$hash",
		Phone: ref("4915112345678"), EmailConfirmedAt: now("1.123456"), PhoneConfirmedAt: now("2.5"), ConfirmedAt: now("1.123456"),
		InvitedAt: now("3"), ConfirmationSent: now("4.000001"), RecoverySent: now("5.100000"), EmailChange: "new@example.org",
		EmailChangeSent: now("6"), PhoneChange: "4915187654321", PhoneChangeSent: now("7"), ReauthSent: now("8"),
		LastSignInAt: now("9.123456789"), AppMetadata: json.RawMessage(`{"providers": ["email"], "provider": "email"}`),
		UserMetadata: json.RawMessage(`{"sub": "x", "a<b": 9007199254740993, "email": "ada@example.org"}`),
		IsSSO:        true, IsAnonymous: true, BannedUntil: now("1"), DeletedAt: now("2"),
		CreatedAt: at(t, "2026-11-20T11:00:00.12Z"), UpdatedAt: at(t, "2026-11-20T11:00:01Z"),
		Identities: []store.Identity{{
			ID: identity, ProviderID: ada, UserID: ada, Provider: "email", Data: json.RawMessage(`{"sub":"x","email":"ada@example.org"}`),
			Email: "ada@example.org", LastSignInAt: now("9.5"), CreatedAt: at(t, "2026-11-20T11:00:00Z"), UpdatedAt: at(t, "2026-11-20T11:00:00Z"),
		}},
		Factors: []store.Factor{{
			ID: factor, UserID: ada, FriendlyName: "phone", Type: "totp", Status: "verified", Secret: "JBSWY3DPEHPK3PXP",
			CreatedAt: at(t, "2026-11-20T11:00:00Z"), UpdatedAt: at(t, "2026-11-20T11:00:00Z"), LastChallengedAt: now("1"),
		}},
	}
}

const bareUser = `{"id":"` + ada + `","aud":"authenticated","role":"authenticated","email":"","phone":"",` +
	`"app_metadata":{},"user_metadata":{},"identities":IDENTITIES,"created_at":"2026-11-20T11:00:00Z",` +
	`"updated_at":"2026-11-20T11:00:00Z","is_anonymous":false}`

func emptyUser(t testing.TB) store.User {
	return store.User{
		ID: ada, Aud: "authenticated", Role: "authenticated",
		CreatedAt: at(t, "2026-11-20T11:00:00Z"), UpdatedAt: at(t, "2026-11-20T11:00:00Z"),
	}
}

func TestUser(t *testing.T) {
	same(t, encode(t, wire.NewUser(wholeUser(t))), `{
		"id":"`+ada+`","aud":"authenticated","role":"authenticated","email":"ada@example.org",
		"email_confirmed_at":"2026-11-20T12:00:01.123456Z","invited_at":"2026-11-20T12:00:03Z","phone":"4915112345678",
		"phone_confirmed_at":"2026-11-20T12:00:02.5Z","confirmation_sent_at":"2026-11-20T12:00:04.000001Z",
		"confirmed_at":"2026-11-20T12:00:01.123456Z","recovery_sent_at":"2026-11-20T12:00:05.1Z",
		"new_email":"new@example.org","email_change_sent_at":"2026-11-20T12:00:06Z",
		"new_phone":"4915187654321","phone_change_sent_at":"2026-11-20T12:00:07Z",
		"reauthentication_sent_at":"2026-11-20T12:00:08Z","last_sign_in_at":"2026-11-20T12:00:09.123456789Z",
		"app_metadata":{"provider":"email","providers":["email"]},
		"user_metadata":{"a\u003cb":9007199254740993,"email":"ada@example.org","sub":"x"},
		"factors":[{"id":"`+factor+`","created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:00Z",
		"status":"verified","friendly_name":"phone","factor_type":"totp","phone":"","last_challenged_at":"2026-11-20T12:00:01Z"}],
		"identities":[{"identity_id":"`+identity+`","id":"`+ada+`","user_id":"`+ada+`",
		"identity_data":{"email":"ada@example.org","sub":"x"},"provider":"email","last_sign_in_at":"2026-11-20T12:00:09.5Z",
		"created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:00Z","email":"ada@example.org"}],
		"created_at":"2026-11-20T11:00:00.12Z","updated_at":"2026-11-20T11:00:01Z",
		"banned_until":"2026-11-20T12:00:01Z","deleted_at":"2026-11-20T12:00:02Z","is_anonymous":true}`)
}

func TestUserWithoutAnything(t *testing.T) {
	for _, tt := range []struct{ name, metadata string }{
		{"no value", ""},
		{"null", "null"},
		{"an array", "[1]"},
		{"a text", `"x"`},
		{"an empty object", "{}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := emptyUser(t)
			u.AppMetadata, u.UserMetadata = json.RawMessage(tt.metadata), json.RawMessage(tt.metadata)
			same(t, encode(t, wire.NewUser(u)), strings.Replace(bareUser, "IDENTITIES", "[]", 1))
		})
	}
}

func TestIdentityAndFactorWithoutAnything(t *testing.T) {
	u := emptyUser(t)
	same(t, encode(t, wire.NewIdentity(store.Identity{ID: identity, ProviderID: "1", UserID: ada, Provider: "github", CreatedAt: u.CreatedAt, UpdatedAt: u.CreatedAt})),
		`{"identity_id":"`+identity+`","id":"1","user_id":"`+ada+`","provider":"github",
		"created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:00Z"}`)
	same(t, encode(t, wire.NewFactor(store.Factor{ID: factor, Type: "phone", Status: "unverified", Phone: "49151", CreatedAt: u.CreatedAt, UpdatedAt: u.CreatedAt})),
		`{"id":"`+factor+`","created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:00Z",
		"status":"unverified","factor_type":"phone","phone":"49151","last_challenged_at":null}`)
}

func TestPage(t *testing.T) {
	same(t, encode(t, wire.NewPage(nil, "authenticated")), `{"users":[],"aud":"authenticated"}`)
	u := emptyUser(t)
	u.Identities, u.Factors = wholeUser(t).Identities, wholeUser(t).Factors
	same(t, encode(t, wire.NewPage([]store.User{u}, "authenticated")),
		`{"users":[`+strings.Replace(bareUser, "IDENTITIES", "null", 1)+`],"aud":"authenticated"}`)
}

// TestUserEmbedded is the body of a generated link: the user's members, then others.
func TestUserEmbedded(t *testing.T) {
	got := encode(t, struct {
		wire.User
		Link string `json:"action_link"`
	}{wire.NewUser(emptyUser(t)), "https://x"})
	want := strings.Replace(bareUser, "IDENTITIES", "[]", 1)
	same(t, got, strings.TrimSuffix(want, "}")+`,"action_link":"https://x"}`)
}
