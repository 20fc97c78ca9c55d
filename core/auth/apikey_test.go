package auth_test

import (
	"net/http"
	"testing"

	"github.com/pergola-dev/pergola/core/auth"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

// TestAPIKeys has the opaque keys of a project where supabase-js puts them: as apikey, and as Bearer where there is no session.
func TestAPIKeys(t *testing.T) {
	publishable, secret := token.GenerateAPIKey(config.PublishablePrefix), token.GenerateAPIKey(config.SecretPrefix)
	keys, err := token.NewAPIKeys(config.APIKeys{Publishable: config.Secret(publishable), Secret: config.Secret(secret)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(t, autoconfirmed(), func(o *auth.Options) { o.APIKeys = keys })
	bearer, _ := s.signedUp(t, "ada@example.org")
	tests := []struct {
		name, target string
		header       []string
		status       int
		code         string
	}{
		{"the secret key administrates", "/admin/users", []string{"Apikey", secret, "Authorization", "Bearer " + secret}, 200, ""},
		{"by the apikey alone, too", "/admin/users", []string{"Apikey", secret}, 200, ""},
		{"beside a user's token it does not", "/admin/users", append([]string{"Apikey", secret}, bearer...), 403, "not_admin"},
		{"the publishable key does not", "/admin/users", []string{"Apikey", publishable, "Authorization", "Bearer " + publishable}, 403, "not_admin"},
		{"another key does not", "/admin/users", []string{"Apikey", "sb_secret_" + publishable[15:]}, 401, "no_authorization"},
		{"the secret key in a browser", "/admin/users", []string{"Apikey", secret, "User-Agent", "Mozilla/5.0"}, 401, "no_authorization"},
		{"no key is a user", "/user", []string{"Apikey", secret, "Authorization", "Bearer " + secret}, 403, "bad_jwt"},
		{"nor is this one", "/user", []string{"Apikey", publishable, "Authorization", "Bearer " + publishable}, 403, "bad_jwt"},
		{"a user has a key beside the token", "/user", append([]string{"Apikey", publishable}, bearer...), 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, http.MethodGet, tt.target, "", tt.header...); a.code() != tt.code {
				t.Errorf("the code is %q, want %q: %s", a.code(), tt.code, a.Body)
			}
		})
	}
}
