package token_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/token"
)

// made holds keys of both kinds, two of each.
type made struct{ publishable, secret [2]string }

func makeKeys() made {
	var m made
	for i := range 2 {
		m.publishable[i] = token.GenerateAPIKey(config.PublishablePrefix)
		m.secret[i] = token.GenerateAPIKey(config.SecretPrefix)
	}
	return m
}

func (m made) config() config.APIKeys {
	return config.APIKeys{
		Publishable: config.Secret(m.publishable[0] + ", " + m.publishable[1]),
		Secret:      config.Secret(`{"web":"` + m.secret[0] + `","jobs":"` + m.secret[1] + `"}`),
	}
}

func apiKeys(t testing.TB, given config.APIKeys, resolver config.Resolver) *token.APIKeys {
	t.Helper()
	k, err := token.NewAPIKeys(given, resolver)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const unknownKey = "Invalid API key"

func TestAPIKeysKind(t *testing.T) {
	m, stranger := makeKeys(), makeKeys()
	keys := apiKeys(t, m.config(), nil)
	for _, tt := range []struct {
		name, raw string
		want      token.KeyKind
	}{
		{"the first publishable one", m.publishable[0], token.PublishableKey},
		{"the second publishable one", m.publishable[1], token.PublishableKey},
		{"the first secret one", m.secret[0], token.SecretKey},
		{"the second secret one", m.secret[1], token.SecretKey},
		{"a strange publishable one", stranger.publishable[0], token.NoKey},
		{"a strange secret one", stranger.secret[0], token.NoKey},
		{"cut short", m.secret[0][:len(m.secret[0])-1], token.NoKey},
		{"something behind it", m.secret[0] + "x", token.NoKey},
		{"space behind it", m.secret[0] + " ", token.NoKey},
		{"the other prefix", strings.Replace(m.publishable[0], "publishable", "secret", 1), token.NoKey},
		{"the prefix alone", "sb_secret_", token.NoKey},
		{"another kind", "sb_temp_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB", token.NoKey},
		{"the list itself", m.publishable[0] + ", " + m.publishable[1], token.NoKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, err := keys.Kind(t.Context(), tt.raw)
			if kind != tt.want {
				t.Errorf("it is a key of kind %v, want %v", kind, tt.want)
			}
			if tt.want == token.NoKey {
				check(t, err, "PERGOLA_UNKNOWN_KEY", unknownKey, "")
			} else {
				check(t, err, "", "", "")
			}
		})
	}
}

func TestNoAPIKeys(t *testing.T) {
	kind, err := apiKeys(t, config.APIKeys{}, nil).Kind(t.Context(), "sb_secret_")
	if kind != token.NoKey {
		t.Errorf("without keys, sb_secret_ is one of kind %v", kind)
	}
	check(t, err, "PERGOLA_UNKNOWN_KEY", unknownKey, "")
}

func TestBadAPIKeys(t *testing.T) {
	m := makeKeys()
	for _, given := range []config.APIKeys{
		{Publishable: config.Secret(m.secret[0])}, {Secret: config.Secret(m.publishable[0])}, {Secret: "ssm:/keys"},
	} {
		if _, err := token.NewAPIKeys(given, nil); err == nil || strings.Contains(err.Error(), m.secret[0]) {
			t.Errorf("%q, %q: %v", string(given.Publishable), string(given.Secret), err)
		}
	}
}

// vault holds what references stand for.
type vault map[string]string

func (v vault) Resolve(_ context.Context, s config.Secret) (string, error) {
	value, ok := v[string(s)]
	if !ok {
		return "", errors.New("no such parameter")
	}
	return value, nil
}

// A key that has been replaced counts no more, without a restart.
func TestAPIKeysOfReferences(t *testing.T) {
	m := makeKeys()
	v := vault{"ssm:/secret": m.secret[0]}
	keys := apiKeys(t, config.APIKeys{Publishable: "ssm:/missing", Secret: "ssm:/secret"}, v)
	kind := func(raw string, want token.KeyKind) error {
		t.Helper()
		got, err := keys.Kind(t.Context(), raw)
		if got != want {
			t.Errorf("%s is a key of kind %v (%v), want %v", raw, got, err, want)
		}
		return err
	}
	check(t, kind(m.secret[0], token.SecretKey), "", "", "")
	check(t, kind(m.secret[1], token.NoKey), "PERGOLA_UNKNOWN_KEY", unknownKey, "")
	v["ssm:/secret"] = m.secret[1]
	check(t, kind(m.secret[1], token.SecretKey), "", "", "")
	check(t, kind(m.secret[0], token.NoKey), "PERGOLA_UNKNOWN_KEY", unknownKey, "")
	if err := kind(m.publishable[0], token.NoKey); err == nil || err.Error() != "fetching the API keys: no such parameter" {
		t.Errorf("a list that cannot be fetched: %v", err)
	}
}

func TestAPIKeysOfRequests(t *testing.T) {
	m := makeKeys()
	keys := apiKeys(t, m.config(), nil)
	for _, tt := range []struct {
		name, authorization, apikey string
		want                        token.KeyKind
		code                        string
	}{
		{"nothing", "", "", token.NoKey, ""},
		{"a user's token", "Bearer a.b.c", m.publishable[0], token.NoKey, ""},
		{"a user's token beside a secret key", "Bearer a.b.c", m.secret[0], token.NoKey, ""},
		{"a key of old", "Bearer k.e.y", "k.e.y", token.NoKey, ""},
		{"a secret key twice", "Bearer " + m.secret[0], m.secret[0], token.SecretKey, ""},
		{"a secret key as a token", "Bearer " + m.secret[0], "", token.SecretKey, ""},
		{"a secret key", "", m.secret[0], token.SecretKey, ""},
		{"a publishable key twice", "Bearer " + m.publishable[0], m.publishable[0], token.PublishableKey, ""},
		{"a strange key", "Bearer sb_secret_x", "sb_secret_x", token.NoKey, "PERGOLA_UNKNOWN_KEY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shown := token.Shown{Authorization: tt.authorization, APIKey: tt.apikey}
			kind, err := keys.Of(t.Context(), shown)
			if kind != tt.want {
				t.Errorf("got %v, want %v", kind, tt.want)
			}
			check(t, err, tt.code, unknownKey, "")
			if kind, err := (*token.APIKeys)(nil).Of(t.Context(), shown); kind != token.NoKey || err != nil {
				t.Errorf("where there are none: %v, %v", kind, err)
			}
		})
	}
	_, err := keys.Of(t.Context(), token.Shown{APIKey: m.secret[0], UserAgent: "Mozilla/5.0"})
	check(t, err, "PERGOLA_KEY_IN_BROWSER", "Forbidden use of secret API key in browser", "")
}

func TestVerifyAPIKeys(t *testing.T) {
	m := makeKeys()
	service := identity.Principal{Role: "service_role", Claims: []byte(`{"role":"service_role"}`), Authenticated: true}
	nobody := identity.Principal{Role: "web_anon", Claims: []byte(`{"role":"web_anon"}`)}
	for _, tt := range []struct {
		name, anonymous, raw string
		want                 identity.Principal
		code, message        string
	}{
		{"a secret key", "web_anon", m.secret[1], service, "", ""},
		{"a secret key where nobody is anonymous", "", m.secret[0], service, "", ""},
		{"a publishable key", "web_anon", m.publishable[0], nobody, "", ""},
		{"a publishable key where nobody is anonymous", "", m.publishable[0], identity.Principal{}, "PGRST302", "Anonymous access is disabled"},
		{"a strange key", "web_anon", "sb_secret_x", identity.Principal{}, "PERGOLA_UNKNOWN_KEY", unknownKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := token.NewVerifier(token.Settings{AnonRole: tt.anonymous, APIKeys: apiKeys(t, m.config(), nil)})
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Verify(t.Context(), tt.raw, now)
			check(t, err, tt.code, tt.message, "")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the caller differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGenerateAPIKey(t *testing.T) {
	form := regexp.MustCompile(`^(sb_(?:publishable|secret)_[A-Za-z0-9_-]{22})_([A-Za-z0-9_-]{8})$`)
	for _, prefix := range []string{config.PublishablePrefix, config.SecretPrefix} {
		a, b := token.GenerateAPIKey(prefix), token.GenerateAPIKey(prefix)
		parts := form.FindStringSubmatch(a)
		if parts == nil || !strings.HasPrefix(a, prefix) || a == b {
			t.Fatalf("got %s and %s", a, b)
		}
		sum := sha256.Sum256([]byte("pergola|" + parts[1]))
		if want := base64.RawURLEncoding.EncodeToString(sum[:])[:8]; parts[2] != want {
			t.Errorf("the checksum of %s is %s, want %s", parts[1], parts[2], want)
		}
	}
}
