package token_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/token"
)

const (
	rsaKey = `{"alg":"RS256","e":"AQAB","key_ops":["verify"],"kty":"RSA","n":"0etQ2Tg187jb04MWfpuogYGV75IFrQQBxQaGH75eq_FpbkyoLcEpRUEWSbECP2eeFya2yZ9vIO5ScD-lPmovePk4Aa4SzZ8jdjhmAbNykleRPCxMg0481kz6PQhnHRUv3nF5WP479CnObJKqTVdEagVL66oxnX9VhZG9IZA7k0Th5PfKQwrKGyUeTGczpOjaPqbxlunP73j9AfnAt4XCS8epa-n3WGz1j-wfpr_ys57Aq-zBCfqP67UYzNpeI1AoXsJhD9xSDOzvJgFRvc3vm2wjAW4LEMwi48rCplamOpZToIHEPIaPzpveYQwDnB1HFTR1ove9bpKJsHmi-e2uzQ","use":"sig"}`
	// rsaToken is signed with the private part of rsaKey; the payload ends with a line end.
	rsaToken = `eyJhbGciOiJSUzI1NiJ9.eyJyb2xlIjogInBvc3RncmVzdF90ZXN0X2F1dGhvciJ9Cg.CBOYWDvqgAR0YYnZnyDGTQi6AJLc2Pds6_eV3YuBG6I36mj_h05eLhkEKNEDA5ZteMzCiY83P60rC_xtxVd7B6vo3BeF5uoanPS3rrbuHzKPwzsrgrD_CqvEuJ4n7Q9epkQiLsNkcexneENZDRqFjbwZx3DrXiCWwlK3Ytr5NAIGxmy0od-0xNpb2U1nXQyO_Q3mumWFViRt4tmFn_3goDHNKG3Ha_AzImfUNvHnWL78kAc4rbn15vLtWXD8PwtSnZaB4lY4V6RfsaW937srQsmRetvytM1i_bHBnjkjQLAqGbXPyItjtlXPs0uGNBadE8-wgkLtfmSCC4v2DjUthw`
)

func TestParseKeys(t *testing.T) {
	for _, tt := range []struct{ name, text, raw string }{
		{"a JWK", rsaKey, rsaToken},
		{"a JWKS", `{"keys": [` + rsaKey + `]}`, rsaToken},
		{"an array of JWKs", ` [` + rsaKey + `] `, rsaToken},
		{"beside a key of an unknown type", `{"keys":[{"kty":"AKP","alg":"ML-DSA-44"},{"kty":"EC","crv":"secp256k1"},` + rsaKey + `]}`, rsaToken},
		{"beside a key for encryption", `{"keys":[{"kty":"oct","use":"enc","k":"eA"},` + rsaKey + `]}`, rsaToken},
		{"a secret in brackets", `[reallyreallyreallyreallyverysafe]`, forge(`{"alg":"HS256"}`, `{}`, []byte(`[reallyreallyreallyreallyverysafe]`))},
		{"a secret in braces", `{reallyreallyreallyreallyverysafe}`, forge(`{"alg":"HS256"}`, `{}`, []byte(`{reallyreallyreallyreallyverysafe}`))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := verifier(t, config.JWT{Secret: config.Secret(tt.text)})
			if _, err := v.Verify(t.Context(), tt.raw, now); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestParseKeysBase64(t *testing.T) {
	binary := strings.Repeat("\xfb\xff\xfe", 11) // encodes to every letter that the two alphabets do not share
	std := base64.StdEncoding.EncodeToString([]byte(binary + "x"))
	for _, tt := range []struct{ name, text string }{
		{"standard", std},
		{"for URLs, not padded", base64.RawURLEncoding.EncodeToString([]byte(binary + "x"))},
		{"padded with dots", strings.ReplaceAll(std, "=", ".")},
		{"with space around", " " + std + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := verifier(t, config.JWT{Secret: config.Secret(tt.text), Base64: true})
			if _, err := v.Verify(t.Context(), forge(`{"alg":"HS256"}`, `{}`, []byte(binary+"x")), now); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("a JWKS inside", func(t *testing.T) {
		text := base64.StdEncoding.EncodeToString([]byte(rsaKey))
		if _, err := verifier(t, config.JWT{Secret: config.Secret(text), Base64: true}).Verify(t.Context(), rsaToken, now); err != nil {
			t.Error(err)
		}
	})
}

func TestParseKeysRefused(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		base64     bool
		want       string
	}{
		{"nothing", "", false, "shorter than 32 bytes"},
		{"31 bytes", strings.Repeat("x", 31), false, "shorter than 32 bytes"},
		{"a short secret in base64", base64.StdEncoding.EncodeToString([]byte("short")), true, "shorter than 32 bytes"},
		{"no base64", strings.Repeat("%", 40), true, "decoding the base64 secret"},
		{"a damaged JWK", strings.TrimSuffix(rsaKey, "}"), false, "reading the JSON keys"},
		{"a JWK without a type", `{"k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}`, false, `reading key 1 of the set: "kty" is missing`},
		{"a JWK without its number", `{"keys":[` + rsaKey + `,{"kty":"RSA","e":"AQAB"}]}`, false, "reading key 2 of the set"},
		{"a short oct key", `{"kty":"oct","k":"c2hvcnQ"}`, false, "shorter than 32 bytes"},
		{"an algorithm of another type", strings.Replace(rsaKey, "RS256", "HS256", 1), false, `"HS256" is not an algorithm of this type of key`},
		{"an empty set", `{"keys":[]}`, false, "no key that can verify"},
		{"a set of strangers", `{"keys":[{"kty":"AKP"}]}`, false, "no key that can verify"},
		{"a set that is no array", `{"keys":{}}`, false, "reading the JSON keys"},
		{"JSON that is no key", `{"secret":"reallyreallyreallyreallyverysafe"}`, false, `"kty" is missing`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := token.ParseKeys(tt.text, tt.base64)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something with %s", err, tt.want)
			}
			if tt.text != "" && err != nil && strings.Contains(err.Error(), tt.text) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestGenerateKey(t *testing.T) {
	for _, alg := range []string{"HS256", "ES256", "RS256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			jwk, err := token.GenerateKey(alg)
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]any
			if err := json.Unmarshal(jwk, &members); err != nil {
				t.Fatal(err)
			}
			id, _ := members["kid"].(string)
			if len(id) != 22 || members["alg"] != alg || members["use"] != "sig" {
				t.Errorf("kid, alg and use are %v, %v, %v", members["kid"], members["alg"], members["use"])
			}
			if diff := cmp.Diff([]any{"sign", "verify"}, members["key_ops"]); diff != "" {
				t.Errorf("key_ops differ (-want +got):\n%s", diff)
			}
			keys, err := token.ParseKeys(string(jwk), false)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := token.Mint(keys, token.Claims{Role: "anon", Issued: now}, "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := verifier(t, config.JWT{Secret: config.Secret(jwk)}).Verify(t.Context(), raw, now); err != nil {
				t.Errorf("a token of the key: %v", err)
			}
		})
	}
	if _, err := token.GenerateKey("none"); err == nil {
		t.Error("a key for alg none was made")
	}
}

func TestGenerateSecret(t *testing.T) {
	a, b := token.GenerateSecret(), token.GenerateSecret()
	if len(a) != 43 || a == b {
		t.Errorf("got %d characters, the same twice: %v", len(a), a == b)
	}
}

func TestPublicSet(t *testing.T) {
	private := make([]json.RawMessage, 0, 4)
	for _, alg := range []string{"ES256", "HS256", "RS256", "EdDSA"} {
		jwk, err := token.GenerateKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		private = append(private, jwk)
	}
	array, err := json.Marshal(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := token.PublicSet(array)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(public, &set); err != nil {
		t.Fatal(err)
	}
	var algs []any
	for _, k := range set.Keys {
		algs = append(algs, k["alg"])
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := k[member]; ok {
				t.Errorf("the key for %s shows %q", k["alg"], member)
			}
		}
		if diff := cmp.Diff([]any{"verify"}, k["key_ops"]); diff != "" {
			t.Errorf("key_ops differ (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff([]any{"ES256", "RS256", "EdDSA"}, algs); diff != "" {
		t.Errorf("the keys differ (-want +got):\n%s", diff)
	}
	keys, err := token.ParseKeys(string(private[0]), false)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := token.Mint(keys, token.Claims{Role: "anon", Issued: now}, "ES256")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier(t, config.JWT{Secret: config.Secret(public)}).Verify(t.Context(), raw, now); err != nil {
		t.Errorf("the public set refuses a token of the private key: %v", err)
	}
	if _, err := token.PublicSet([]byte("reallyreallyreallyreallyverysafe")); err == nil {
		t.Error("a text secret has a public part")
	}
	if only, err := token.PublicSet(private[1]); err != nil || string(only) != `{"keys":[]}` {
		t.Errorf("a symmetric key has the public set %s, %v", only, err)
	}
}
