package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

const session = "44444444-4444-4444-8444-444444444444"

func signed(t testing.TB, token string) flow.Signed {
	return flow.Signed{
		AccessToken: "a.b.c", ExpiresIn: time.Hour, ExpiresAt: at(t, "2026-11-20T13:00:00Z"), RefreshToken: token,
		Session: store.Session{ID: session}, User: emptyUser(t),
	}
}

func TestSession(t *testing.T) {
	const (
		head = `{"access_token":"a.b.c","token_type":"bearer","expires_in":3600,"expires_at":1795179600,"refresh_token":"abcdefghijkl",` +
			`"user":{"id":"` + ada + `","aud":"authenticated","role":"authenticated","email":"","phone":"","app_metadata":{},` +
			`"user_metadata":{},"identities":[],"created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:00Z","is_anonymous":false}`
		message = "Password should be at least 8 characters."
	)
	weak := password.Rules{MinLength: 8}.Check("short")
	plain := wire.NewSession(signed(t, "abcdefghijkl"))
	provided := plain
	provided.ProviderToken, provided.ProviderRefreshToken, provided.IDToken = "p", "r", "i"
	for _, tt := range []struct {
		name string
		got  wire.Session
		want string
	}{
		{"of a refresh", plain, head + `}`},
		{"of a password", plain.OfPassword(nil), head + `,"weak_password":null}`},
		{"of a weak password", plain.OfPassword(fault.From(weak)), head + `,"weak_password":{"message":"` + message + `","reasons":["length"]}}`},
		{"of a password with another fault", plain.OfPassword(fault.BadPath()), head + `,"weak_password":null}`},
		{"of a provider", provided, head + `,"provider_token":"p","provider_refresh_token":"r","id_token":"i"}`},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, encode(t, tt.got), tt.want) })
	}
}

func TestHeaders(t *testing.T) {
	v2, err := refresh.Mint(session, 128, refresh.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	used := signed(t, v2)
	used.Reused = []refresh.Cause{refresh.ConcurrentRefresh, refresh.FailToSave}
	for _, tt := range []struct {
		name string
		set  func(http.Header, flow.Signed)
		in   flow.Signed
		want http.Header
	}{
		{"a sign-in", wire.SetSignedIn, signed(t, v2), http.Header{"Sb-Auth-Refresh-Token-Counter": {"128"}}},
		{"a sign-in with a row", wire.SetSignedIn, signed(t, "abcdefghijkl"), http.Header{"Sb-Auth-Refresh-Token-Prefix": {"abcde"}}},
		{"a refresh", wire.SetRefreshed, signed(t, v2), http.Header{"Sb-Auth-Refresh-Token-Counter": {"128"}, "Sb-Auth-Refresh-Token-Reuse": {"false"}}},
		{"a refresh with a row", wire.SetRefreshed, signed(t, "abcdefghijkl"), http.Header{"Sb-Auth-Refresh-Token-Prefix": {"abcde"}}},
		{
			"a refresh with a used token", wire.SetRefreshed, used,
			http.Header{"Sb-Auth-Refresh-Token-Counter": {"128"}, "Sb-Auth-Refresh-Token-Reuse-Cause": {"concurrent-refresh,fail-to-save"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Set("sb-auth-user-id", ada)
			tt.want.Set("sb-auth-session-id", session)
			got := http.Header{}
			tt.set(got, tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
