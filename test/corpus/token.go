package corpus

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Secret is the HS256 secret that the corpus's tokens are signed with.
const Secret = "the-corpus-of-requests-signs-with-this"

// tokens gives each placeholder and what it stands for. The tokens are signed here rather than by the product, so that a
// mistake of its own cannot hide itself.
func tokens() []string {
	const (
		issued = `"iss":"corpus","iat":1767225600,"exp":4102444800` // 2026 to 2100
		alice  = `{"role":"authenticated","sub":"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",`
	)
	return []string{
		"$ANON", sign(`{"role":"anon",`+issued+`}`, Secret),
		"$SERVICE", sign(`{"role":"service_role",`+issued+`}`, Secret),
		"$ALICE", sign(alice+issued+`}`, Secret),
		"$BOB", sign(`{"role":"authenticated","sub":"bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb",`+issued+`}`, Secret),
		"$EXPIRED", sign(alice+`"exp":1000000000}`, Secret),
		"$FORGED", sign(alice+issued+`}`, "another secret, also of 32 bytes"),
		"$STRANGER", sign(`{"role":"no_such_role",`+issued+`}`, Secret),
	}
}

// sign makes a JWT of claims (RFC 7515, section 3.1).
func sign(claims, secret string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}
