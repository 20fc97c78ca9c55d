package refresh_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/refresh"
)

func TestNewV1(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]{12}$`)
	seen := map[refresh.V1]bool{}
	letters := map[rune]bool{}
	for range 2000 {
		made := refresh.NewV1()
		if !form.MatchString(string(made)) || seen[made] {
			t.Fatalf("%q is no new token", string(made))
		}
		seen[made] = true
		for _, letter := range string(made) {
			letters[letter] = true
		}
		if got, err := refresh.Recognise(string(made)); got != made || err != nil {
			t.Fatalf("%q is recognised as %v, %v", string(made), got, err)
		}
	}
	if len(letters) != 32 {
		t.Errorf("tokens are made of %d characters, 32 are possible", len(letters))
	}
}

func TestRecognise(t *testing.T) {
	if got, err := refresh.Recognise("zbc019aaaaa9"); got != refresh.V1("zbc019aaaaa9") || err != nil {
		t.Errorf("a V1 is %v, %v", got, err)
	}
	got, err := refresh.Recognise(vectors[2].text)
	if token, ok := got.(refresh.V2); !ok || token.Counter != 300 || err != nil {
		t.Errorf("a V2 is %v, %v", got, err)
	}
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", "length"},
		{"11 characters", "aaaaaaaaaaa", "length"},
		{"13 characters", "aaaaaaaaaaaaa", "length"},
		{"an upper case letter", "aaaaaaaaaaaA", "[a-z0-9]"},
		{"a sign", "aaaaaa-aaaaa", "[a-z0-9]"},
		{"a line end", "aaaaaaaaaaa\n", "[a-z0-9]"},
		{"a NUL byte", "aaaaaa\x00aaaaa", "[a-z0-9]"},
		{"a quote", "aaaaaa'aaaaa", "[a-z0-9]"},
		{"beyond ASCII", "aaaaaaaaaaé", "[a-z0-9]"},
		{"bytes of no character", "aaaaaaaaaaa\xff", "[a-z0-9]"},
		{"an access token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLWlzLWhlcmU", "base64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := refresh.Recognise(c.text)
			checkMalformed(t, err, c.reason)
			if got != nil {
				t.Errorf("it is %v all the same", got)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	made := refresh.NewKey()
	if made == (refresh.Key{}) || made == refresh.NewKey() {
		t.Error("keys are not random")
	}
	if got, err := refresh.ParseKey(made.Column()); got != made || err != nil {
		t.Errorf("a key is read as another (%v)", err)
	}
	for name, column := range map[string]string{
		"empty":          "",
		"31 bytes":       made.Column()[:42],
		"33 bytes":       made.Column() + "A",
		"other alphabet": strings.Repeat("+", 43),
		"zeroes":         strings.Repeat("A", 43),
		"encrypted":      `{"key_id":"1","alg":"aes-gcm-hkdf","data":"secret-data","nonce":"x"}`,
	} {
		got, err := refresh.ParseKey(column)
		if err == nil || got != (refresh.Key{}) {
			t.Errorf("%s is a key", name)
		} else if column != "" && strings.Contains(err.Error(), column) {
			t.Errorf("%s: %q says the key", name, err)
		}
	}
}

// Nothing that is printed by chance gives a secret away.
func TestPrintedValuesHideSecrets(t *testing.T) {
	v2, err := refresh.Parse(vectors[1].text)
	if err != nil {
		t.Fatal(err)
	}
	signature := fmt.Sprintf("%x", "\xaa\x81\x51\x3d")
	for _, value := range []any{v2, refresh.V1("abcde1234567"), key(t), &v2, struct{ K refresh.Key }{key(t)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			shown := fmt.Sprintf(verb, value)
			for _, secret := range []string{"1234567", "31323334353637", vectors[1].text, signature, "0x1f", "170 129", "30 31", "1e1f"} {
				if strings.Contains(shown, secret) {
					t.Errorf("%s of %T shows %q: %s", verb, value, secret, shown)
				}
			}
		}
	}
}
