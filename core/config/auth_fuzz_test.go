package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// FuzzAuth loads any text as the value of a setting whose grammar is more than a word. What is understood, shown and loaded
// again, says the same.
func FuzzAuth(f *testing.F) {
	seeds := []struct{ name, text string }{
		{"GOTRUE_RATE_LIMIT_EMAIL_SENT", "30/5m"},
		{"GOTRUE_RATE_LIMIT_OTP", "0/24h"},
		{"GOTRUE_SMTP_MAX_FREQUENCY", "1h0.5s"},
		{"GOTRUE_JWT_EXP", "1e3"},
		{"GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION", "NaN"},
		{"GOTRUE_SMTP_HEADERS", `{"X-A":["1","2"]}`},
		{"GOTRUE_SITE_URL", "myapp://x"},
		{"API_EXTERNAL_URL", "http://[::1]:1/x?y#z"},
		{"GOTRUE_URI_ALLOW_LIST", "a, b,,c"},
		{"GOTRUE_SMS_TEST_OTP_VALID_UNTIL", "2027-01-01T00:00:00+02:00"},
		{"GOTRUE_SMTP_ADMIN_EMAIL", `"a b"@c`},
		{"GOTRUE_DISABLE_SIGNUP", "t"},
		{"GOTRUE_EXTERNAL_OKTA_URL", "https://a.example/"},
	}
	for i, seed := range seeds {
		f.Add(uint8(i), seed.text)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		name := seeds[int(which)%len(seeds)].name
		c, err := config.Load(config.Serve, []string{name + "=" + text, "GOTRUE_JWT_AUD=a"})
		if err != nil {
			return
		}
		shown := valuesByName(c)[name].Text
		again, err := config.Load(config.Serve, []string{name + "=" + shown, "GOTRUE_JWT_AUD=a"})
		if err != nil {
			t.Fatalf("%s=%q is shown as %q, which is not understood: %v", name, text, shown, err)
		}
		again.Origins = c.Origins
		if diff := cmp.Diff(c, again, sameConfig); diff != "" {
			t.Errorf("%s=%q: -loaded +loaded again:\n%s", name, text, diff)
		}
	})
}

// FuzzParts holds what the small grammars promise of whatever they understand.
func FuzzParts(f *testing.F) {
	for _, text := range []string{"3/1s", `{"A":["b"]}`, "1:2, +3 4:5", "GOTRUE_EXTERNAL_A_API_URL", "GOTRUE_EXTERNAL__URL", "GOTRUE_EXTERNAL_É_URL"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := config.ParseRate(text, time.Hour); err == nil && (r.Events < 0 || r.Per < time.Second) {
			t.Errorf("%q is the rate %+v", text, r)
		}
		if h, err := config.ParseHeaders(text); err == nil {
			for name, values := range h {
				if name == "" || strings.ContainsAny(name+strings.Join(values, ""), "\r\n") {
					t.Errorf("%q has the field %q: %q", text, name, values)
				}
			}
		}
		if codes, err := config.ParseTestCodes(text); err == nil {
			for number, code := range codes {
				if number == "" || strings.Trim(number, "0123456789") != "" || code == "" {
					t.Errorf("%q has the code %q for %q", text, code, number)
				}
			}
		}
		if word, field, ok := config.ProviderField(text); ok && "GOTRUE_EXTERNAL_"+word+field != text {
			t.Errorf("%q is the field %q of %q", text, field, word)
		}
	})
}
