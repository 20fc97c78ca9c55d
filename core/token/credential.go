package token

import (
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
)

// Shown is what a request shows of who is calling: the values of three header fields, "" for those that it has not.
type Shown struct{ Authorization, APIKey, UserAgent string }

// Credential chooses between what supabase-js sends, in the order of Supabase's gateway: a Bearer token that is no opaque key
// is a user's, or a key that is a JWT, and wins; else the apikey field counts; else an opaque key that stands in Authorization
// alone. ok is false when there is none of these.
//
// A secret key out of a browser is a fault, whether or not it is a good one and whatever stands beside it: it has leaked. As
// with Supabase the User-Agent decides, which a page cannot leave out; this protects those who err, and nobody from those who
// lie.
func (s Shown) Credential() (raw string, ok bool, err error) {
	raw, ok = Bearer(s.Authorization)
	if (isSecretKey(raw) || isSecretKey(s.APIKey)) && strings.Contains(s.UserAgent, browser) {
		return "", false, fault.SecretInBrowser()
	}
	if s.APIKey != "" && (!ok || IsAPIKey(raw)) {
		raw, ok = s.APIKey, true
	}
	return raw, ok, nil
}

// browser is what every browser's User-Agent begins with.
const browser = "Mozilla/"

// Bearer gives the token of an Authorization header's value: what follows the scheme "Bearer" in any case, "" included.
// It is false for any other scheme, which is ignored, as PostgREST does.
func Bearer(authorization string) (string, bool) {
	end := strings.IndexFunc(authorization, isSpace)
	if end < 0 {
		end = len(authorization)
	}
	if !strings.EqualFold(authorization[:end], "bearer") {
		return "", false
	}
	return strings.TrimLeftFunc(authorization[end:], isSpace), true
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' }
