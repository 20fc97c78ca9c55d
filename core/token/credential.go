package token

import "strings"

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

// Credential chooses between the two headers that supabase-js sends: the Authorization header's value and the apikey
// header's. A Bearer token wins; the key alone counts as the token. It is false when there is neither.
func Credential(authorization, apikey string) (string, bool) {
	if bearer, ok := Bearer(authorization); ok {
		return bearer, true
	}
	return apikey, apikey != ""
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' }
