package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const bob = "bob@example.org"

// registered is a service where Bob has signed up and not confirmed the address.
func registered(t *testing.T) *service {
	t.Helper()
	s := newService(t, settings())
	s.must(t, http.StatusOK, "POST", "/signup?redirect_to=https%3A%2F%2Fapp.example.org%2Fin%3Fa%3Db", `{"email":"`+bob+`","password":"correct horse"}`)
	return s
}

// confirmed is one where he has, and a minute has passed.
func confirmed(t *testing.T) *service {
	t.Helper()
	s := registered(t)
	s.must(t, http.StatusOK, "POST", "/verify", `{"type":"signup","email":"`+bob+`","token":"`+s.post.last(t).Token+`"}`)
	s.Pass(time.Minute)
	return s
}

// link is the path and the query of the link that was sent last.
func (s *service) link(t *testing.T) string {
	t.Helper()
	return strings.TrimPrefix(s.post.last(t).ConfirmationURL, external)
}

// led demands that an answer leads on, and gives where, with its query and its fragment.
func led(t *testing.T, a answer) (to string, query, fragment url.Values) {
	t.Helper()
	u, err := url.Parse(a.Header().Get("Location"))
	if a.Code != http.StatusSeeOther || err != nil || a.Body.Len() != 0 {
		t.Fatalf("%d %q, %s", a.Code, a.Header().Get("Location"), a.Body)
	}
	if fragment, err = url.ParseQuery(u.EscapedFragment()); err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host + u.Path, u.Query(), fragment
}

func TestFollowLink(t *testing.T) {
	s := registered(t)
	link := s.link(t)
	if a := s.must(t, http.StatusOK, "HEAD", link, ""); a.Body.Len() != 0 {
		t.Errorf("HEAD answers %s", a.Body)
	}
	a := s.do(t, "GET", link, "")
	to, query, fragment := led(t, a)
	if to != "https://app.example.org/in" || query.Encode() != "a=b" || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("it leads to %s with %v", to, query)
	}
	for name, want := range map[string]string{"token_type": "bearer", "expires_in": "3600", "type": "signup", "sb": ""} {
		if got := fragment.Get(name); got != want || !fragment.Has(name) {
			t.Errorf("%s is %q", name, got)
		}
	}
	user := s.must(t, http.StatusOK, "GET", "/user", "", "Authorization", "Bearer "+fragment.Get("access_token"))
	if user.text("email") != bob || len(fragment) != 7 || fragment.Get("expires_at") == "" {
		t.Errorf("the fragment is %v, the user %s", fragment, user.Body)
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+fragment.Get("refresh_token")+`"}`)

	to, query, fragment = led(t, s.do(t, "GET", link, ""))
	if to != "https://app.example.org/in" || query.Encode() != "a=b" ||
		fragment.Encode() != "error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid+or+has+expired&sb=" {
		t.Errorf("a second time it leads to %s with %v and %v", to, query, fragment)
	}
}

// TestFollowLinkRefused leads on with the error, but for a request that lacks something.
func TestFollowLinkRefused(t *testing.T) {
	s := newService(t, settings())
	for _, tt := range []struct {
		name, target string
		to, query    string
		fragment     string
		header       []string
	}{
		{"an unknown token", "/verify?type=signup&token=abc", site, "", "access_denied otp_expired Email link is invalid or has expired", nil},
		{"an unknown purpose", "/verify?type=sms&token=abc", site, "", "invalid_request validation_failed Invalid email verification type", nil},
		{
			"of PKCE", "/verify?type=signup&token=pkce_abc&redirect_to=https://app.example.org/a%3Fb%3Dc%26error%3Dx", "https://app.example.org/a",
			"b=c&error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid+or+has+expired", "access_denied otp_expired Email link is invalid or has expired", nil,
		},
		{"HTML", "/verify?type=%3Cscript%3E&token=%3Cscript%3E&redirect_to=https://app.example.org/%3Cscript%3E", "https://app.example.org/<script>", "", "invalid_request validation_failed Invalid email verification type", nil},
		{"a NUL", "/verify?type=signup&token=%00", site, "", "access_denied otp_expired Email link is invalid or has expired", nil},
		{"a change of address", "/verify?type=email_change&token=abc", site, "", "access_denied otp_expired Email link is invalid or has expired", nil},
		{"to somebody else's site", "/verify?type=signup&token=abc&redirect_to=https://evil.example/", site, "", "access_denied otp_expired Email link is invalid or has expired", nil},
		{"to somebody else's site by a header", "/verify?type=signup&token=abc", site, "", "access_denied otp_expired Email link is invalid or has expired", []string{"redirect_to", "https://evil.example/", "Referer", "https://evil.example/"}},
		{"to the page that the link was on", "/verify?type=signup&token=abc", "https://app.example.org/mail", "", "access_denied otp_expired Email link is invalid or has expired", []string{"Referer", "https://app.example.org/mail"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to, query, fragment := led(t, s.do(t, "GET", tt.target, "", tt.header...))
			got := fragment.Get("error") + " " + fragment.Get("error_code") + " " + fragment.Get("error_description")
			if to != tt.to || query.Encode() != tt.query || got != tt.fragment || !fragment.Has("sb") {
				t.Errorf("it leads to %s with %q and %v", to, query.Encode(), fragment)
			}
		})
	}
	for target, message := range map[string]string{
		"/verify?token=abc": "Verify requires a verification type", "/verify?type=signup": "Verify requires a token or a token hash",
	} {
		if a := s.must(t, http.StatusBadRequest, "GET", target, ""); a.code() != "validation_failed" || a.text("message") != message {
			t.Errorf("%s: %s", target, a.Body)
		}
	}
}

// TestPKCE goes the whole way of supabase-js with flowType "pkce".
func TestPKCE(t *testing.T) {
	s := confirmed(t)
	const verifier = "a-verifier-that-is-long-enough-for-the-rules-of-RFC-7636"
	sum := sha256.Sum256([]byte(verifier))
	challenge := `"code_challenge":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `","code_challenge_method":"s256"`
	a := s.must(t, http.StatusOK, "POST", "/recover?redirect_to=https://app.example.org/new%3Fa%3Db", `{"email":"`+bob+`",`+challenge+`}`)
	if a.Body.String() != `{}` {
		t.Errorf("recover answers %s", a.Body)
	}
	to, query, fragment := led(t, s.do(t, "GET", s.link(t), ""))
	code := query.Get("code")
	if to != "https://app.example.org/new" || query.Get("a") != "b" || code == "" || len(query) != 2 || len(fragment) != 0 {
		t.Fatalf("it leads to %s with %v and %v", to, query, fragment)
	}
	exchange := func(verifier string) string { return `{"auth_code":"` + code + `","code_verifier":"` + verifier + `"}` }
	if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=pkce", exchange("x")); a.code() != "bad_code_verifier" {
		t.Errorf("another verifier: %s", a.Body)
	}
	session := s.must(t, http.StatusOK, "POST", "/token?grant_type=pkce", exchange(verifier))
	if session.text("access_token") == "" || session.Header().Get("sb-auth-user-id") == "" {
		t.Errorf("the session is %s", session.Body)
	}
	if a := s.must(t, http.StatusNotFound, "POST", "/token?grant_type=pkce", exchange(verifier)); a.code() != "flow_state_not_found" {
		t.Errorf("a second time: %s", a.Body)
	}
	if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=pkce", `{}`); a.code() != "validation_failed" {
		t.Errorf("nothing: %s", a.Body)
	}
}

// TestVerifyParameters is what GoTrue demands of a body, in its order.
func TestVerifyParameters(t *testing.T) {
	s := newService(t, settings())
	const hash, token = `"token_hash":"abc"`, `"token":"123456"`
	for _, tt := range []struct {
		name, body    string
		status        int
		code, message string
	}{
		{"nothing", `{}`, 400, "validation_failed", "Verify requires a verification type"},
		{"no token", `{"type":"signup","email":"` + bob + `"}`, 400, "validation_failed", "Verify requires either a token or a token hash"},
		{"both tokens", `{"type":"signup",` + hash + `,` + token + `}`, 400, "validation_failed", "Verify requires either a token or a token hash"},
		{"a hash with an address", `{"type":"signup",` + hash + `,"email":"` + bob + `"}`, 400, "validation_failed", "Only the token_hash and type should be provided"},
		{"a hash with a number", `{"type":"signup",` + hash + `,"phone":"123"}`, 400, "validation_failed", "Only the token_hash and type should be provided"},
		{"a hash with a target", `{"type":"signup",` + hash + `,"redirect_to":"x"}`, 400, "validation_failed", "Only the token_hash and type should be provided"},
		{"a code of nobody", `{"type":"signup",` + token + `}`, 400, "validation_failed", "Only an email address or phone number should be provided on verify"},
		{"a code of two", `{"type":"signup",` + token + `,"email":"` + bob + `","phone":"123"}`, 400, "validation_failed", "Only an email address or phone number should be provided on verify"},
		{"no address", `{"type":"signup",` + token + `,"email":"bob"}`, 422, "validation_failed", "Invalid email format"},
		{"a NUL", `{"type":"signup","token_hash":"\u0000"}`, 400, "validation_failed", "Invalid value for token_hash: it contains a NUL character"},
		{"an unknown address", `{"type":"signup",` + token + `,"email":"` + bob + `"}`, 403, "otp_expired", "Token has expired or is invalid"},
		{"an unknown hash", `{"type":"email",` + hash + `}`, 403, "otp_expired", "Email link is invalid or has expired"},
		{"an unknown hash of a change", `{"type":"email_change",` + hash + `}`, 403, "otp_expired", "Email link is invalid or has expired"},
		{"an unknown purpose", `{"type":"sms",` + hash + `}`, 400, "validation_failed", "Invalid email verification type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "POST", "/verify", tt.body); a.code() != tt.code || a.text("message") != tt.message {
				t.Errorf("got %s", a.Body)
			}
		})
	}
}

func TestVerifyTwice(t *testing.T) {
	s := registered(t)
	body := `{"type":"email","token_hash":"` + s.post.last(t).TokenHash + `"}`
	if a := s.must(t, http.StatusOK, "POST", "/verify", body); a.text("refresh_token") == "" || a.Header().Get("sb-auth-session-id") == "" {
		t.Errorf("the session is %s", a.Body)
	}
	s.must(t, http.StatusForbidden, "POST", "/verify", body)
}

// TestFollowEmailChange follows the links of both addresses, of the implicit flow and of PKCE.
func TestFollowEmailChange(t *testing.T) {
	const message = "Confirmation link accepted. Please proceed to confirm link sent to the other email"
	const verifier = "a-verifier-that-is-long-enough-for-the-rules-of-RFC-7636"
	for name, challenge := range map[string]string{"implicit": "", "PKCE": `,"code_challenge":"` + verifier + `","code_challenge_method":"plain"`} {
		t.Run(name, func(t *testing.T) {
			at := settings()
			at.Update.BothAddresses = true
			s := newService(t, at)
			s.must(t, http.StatusOK, "POST", "/signup", `{"email":"`+bob+`","password":"correct horse"}`)
			session := s.must(t, http.StatusOK, "POST", "/verify", `{"type":"signup","token_hash":"`+s.post.last(t).TokenHash+`"}`)
			s.must(t, http.StatusOK, "PUT", "/user", `{"email":"new@example.org"`+challenge+`}`, "Authorization", "Bearer "+session.text("access_token"))
			letters := s.post.sent[len(s.post.sent)-2:]

			_, query, fragment := led(t, s.do(t, "GET", strings.TrimPrefix(letters[0].ConfirmationURL, external), ""))
			if fragment.Get("message") != message || !fragment.Has("sb") || len(fragment) != 2 || (challenge != "") != (query.Get("message") == message) {
				t.Errorf("the first leads on with %v and %v", query, fragment)
			}
			_, query, fragment = led(t, s.do(t, "GET", strings.TrimPrefix(letters[1].ConfirmationURL, external), ""))
			if challenge == "" {
				if fragment.Get("type") != "email_change" || fragment.Get("access_token") == "" {
					t.Errorf("the second leads on with %v and %v", query, fragment)
				}
				return
			}
			changed := s.must(t, http.StatusOK, "POST", "/token?grant_type=pkce", `{"auth_code":"`+query.Get("code")+`","code_verifier":"`+verifier+`"}`)
			if user, _ := changed.body["user"].(map[string]any); user["email"] != "new@example.org" || len(fragment) != 0 {
				t.Errorf("the session is %s", changed.Body)
			}
		})
	}
}
