package auth_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/totp"
)

// withFactors are settings of a service with second factors.
func withFactors() flow.Settings {
	s := autoconfirmed()
	s.Factors = flow.FactorSettings{Enrol: true, Verify: true, Most: 10, Verified: 10, Stale: 5 * time.Minute, Challenge: 5 * time.Minute}
	return s
}

// enrolled adds a factor, and gives its id and the secret of the app.
func (s *service) enrolled(t *testing.T, bearer []string, name string) (string, totp.Secret) {
	t.Helper()
	a := s.must(t, http.StatusOK, "POST", "/factors", `{"factor_type":"totp","friendly_name":"`+name+`"}`, bearer...)
	told, _ := a.body["totp"].(map[string]any)
	text, _ := told["secret"].(string)
	secret, err := totp.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return a.text("id"), secret
}

// verified challenges a factor and brings the code of now.
func (s *service) verified(t *testing.T, bearer []string, id string, secret totp.Secret) answer {
	t.Helper()
	challenge := s.must(t, http.StatusOK, "POST", "/factors/"+id+"/challenge", `{"factorId":"`+id+`"}`, bearer...).text("id")
	body := `{"challenge_id":"` + challenge + `","code":"` + secret.Code(totp.StepAt(s.Now())) + `"}`
	return s.must(t, http.StatusOK, "POST", "/factors/"+id+"/verify", body, bearer...)
}

// factorsOf are the factors of a user's JSON.
func factorsOf(a answer) []any { factors, _ := a.body["factors"].([]any); return factors }

// TestFactors goes the way of supabase-js: enroll, challenge, verify, listFactors, getAuthenticatorAssuranceLevel, unenroll.
func TestFactors(t *testing.T) {
	s := newService(t, withFactors())
	bearer, _ := s.signedUp(t, "ada@example.org")

	enrolled := s.must(t, http.StatusOK, "POST", "/factors", `{"friendly_name":"my phone","factor_type":"totp","issuer":"Example"}`, bearer...)
	var body struct {
		ID, Type string
		Name     string `json:"friendly_name"`
		TOTP     struct {
			Picture string `json:"qr_code"`
			Secret  string
			URI     string
		}
	}
	if err := json.Unmarshal(enrolled.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if body.Type != "totp" || body.Name != "my phone" || !strings.HasPrefix(body.TOTP.Picture, "<svg ") ||
		body.TOTP.URI != "otpauth://totp/Example:ada@example.org?algorithm=SHA1&digits=6&issuer=Example&period=30&secret="+body.TOTP.Secret {
		t.Errorf("enrolled: %s", enrolled.Body)
	}
	inOrder(t, enrolled, `"id" "type" "friendly_name" "totp" "qr_code" "secret" "uri"`)
	secret, err := totp.ParseSecret(body.TOTP.Secret)
	if err != nil {
		t.Fatal(err)
	}

	s.Pass(time.Minute)
	challenge := s.must(t, http.StatusOK, "POST", "/factors/"+body.ID+"/challenge", "", bearer...)
	inOrder(t, challenge, `"id" "type" "expires_at"`)
	if at, _ := challenge.body["expires_at"].(float64); int64(at) != s.Now().Add(5*time.Minute).Unix() || challenge.text("type") != "totp" {
		t.Errorf("the challenge: %s", challenge.Body)
	}
	code := `{"challenge_id":"` + challenge.text("id") + `","code":"` + secret.Code(totp.StepAt(s.Now())) + `"}`
	raised := s.must(t, http.StatusOK, "POST", "/factors/"+body.ID+"/verify", code, bearer...)
	if raised.text("token_type") != "bearer" || raised.text("refresh_token") == "" || raised.Header().Get("sb-auth-session-id") == "" {
		t.Errorf("the session: %s", raised.Body)
	}
	bearer = []string{"Authorization", "Bearer " + raised.text("access_token")}
	claims, err := s.issuer.Check(raised.text("access_token"), s.Now())
	want := []access.Method{{Method: "totp", Timestamp: s.Now().Unix()}, {Method: "password", Timestamp: s.Now().Add(-time.Minute).Unix()}}
	if err != nil || claims.AAL != "aal2" || len(claims.Methods) != 2 || claims.Methods[0] != want[0] || claims.Methods[1] != want[1] {
		t.Errorf("the claims are %+v, %v", claims, err)
	}
	user := s.must(t, http.StatusOK, "GET", "/user", "", bearer...)
	factors := factorsOf(user)
	if len(factors) != 1 {
		t.Fatalf("the user: %s", user.Body)
	}
	if f, _ := factors[0].(map[string]any); f["id"] != body.ID || f["status"] != "verified" || f["factor_type"] != "totp" || f["friendly_name"] != "my phone" ||
		f["secret"] != nil || f["last_challenged_at"] == nil {
		t.Errorf("the factor is %v", f)
	}
	removed := s.must(t, http.StatusOK, "DELETE", "/factors/"+body.ID, "", bearer...)
	if got := strings.TrimSpace(removed.Body.String()); got != `{"id":"`+body.ID+`"}` {
		t.Errorf("removed: %s", got)
	}
	last := s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+raised.text("refresh_token")+`"}`)
	if claims, err := s.issuer.Check(last.text("access_token"), s.Now()); err != nil || claims.AAL != "aal1" || len(claims.Methods) != 1 {
		t.Errorf("without the factor the claims are %+v, %v", claims, err)
	}
}

var jsonMember = regexp.MustCompile(`"[a-z_]+":`)

// inOrder demands the members of a body in order, at whatever depth.
func inOrder(t *testing.T, a answer, want string) {
	t.Helper()
	found := jsonMember.FindAllString(a.Body.String(), -1)
	if got := strings.ReplaceAll(strings.Join(found, " "), ":", ""); got != want {
		t.Errorf("the members are %s, want %s", got, want)
	}
}

// TestFactorsRefused has a user with a factor that is verified, in a session that has not used it.
func TestFactorsRefused(t *testing.T) {
	s := newService(t, withFactors())
	high, _ := s.signedUp(t, "ada@example.org")
	id, secret := s.enrolled(t, high, "one")
	high = []string{"Authorization", "Bearer " + s.verified(t, high, id, secret).text("access_token")}
	s.Pass(time.Minute)
	signed := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"correct horse"}`)
	low := []string{"Authorization", "Bearer " + signed.text("access_token")}
	other, _ := s.signedUp(t, "bob@example.org")
	challenge := s.must(t, http.StatusOK, "POST", "/factors/"+id+"/challenge", "", low...).text("id")
	const none = "00000000-0000-4000-8000-000000000000"
	for _, tt := range []struct {
		name, method, target, body string
		header                     []string
		status                     int
		code                       string
	}{
		{"enrol, nobody", "POST", "/factors", "{}", nil, 401, "no_authorization"},
		{"enrol, an API key", "POST", "/factors", "{}", s.key(t, "service_role"), 403, "bad_jwt"},
		{"enrol, no type", "POST", "/factors", "{}", high, 400, "validation_failed"},
		{"enrol, a phone", "POST", "/factors", `{"factor_type":"phone","phone":"49123"}`, high, 422, "mfa_phone_enroll_not_enabled"},
		{"enrol, a key", "POST", "/factors", `{"factor_type":"webauthn"}`, high, 422, "mfa_webauthn_enroll_not_enabled"},
		{"enrol, a name that is there", "POST", "/factors", `{"factor_type":"totp","friendly_name":"one"}`, high, 422, "mfa_factor_name_conflict"},
		{"enrol, a low session", "POST", "/factors", `{"factor_type":"totp","friendly_name":"two"}`, low, 403, "insufficient_aal"},
		{"enrol, a name with NUL", "POST", "/factors", `{"factor_type":"totp","friendly_name":"a\u0000"}`, high, 400, "validation_failed"},
		{"challenge, no id", "POST", "/factors/x/challenge", "", low, 404, "validation_failed"},
		{"challenge, unknown", "POST", "/factors/" + none + "/challenge", "", low, 404, "mfa_factor_not_found"},
		{"challenge, somebody else's", "POST", "/factors/" + id + "/challenge", "", other, 404, "mfa_factor_not_found"},
		{"verify, no code", "POST", "/factors/" + id + "/verify", `{"challenge_id":"` + challenge + `"}`, low, 400, "validation_failed"},
		{"verify, a wrong code", "POST", "/factors/" + id + "/verify", `{"challenge_id":"` + challenge + `","code":"x"}`, low, 422, "mfa_verification_failed"},
		{"verify, an unknown challenge", "POST", "/factors/" + id + "/verify", `{"challenge_id":"` + none + `","code":"000000"}`, low, 422, "mfa_factor_not_found"},
		{"verify, no challenge", "POST", "/factors/" + id + "/verify", `{"code":"000000"}`, low, 422, "mfa_factor_not_found"},
		{"verify, a challenge that is no id", "POST", "/factors/" + id + "/verify", `{"challenge_id":"x","code":"000000"}`, low, 400, "bad_json"},
		{"verify, a number", "POST", "/factors/" + id + "/verify", `{"challenge_id":"` + challenge + `","code":123456}`, low, 400, "bad_json"},
		{"remove, a low session", "DELETE", "/factors/" + id, "", low, 422, "insufficient_aal"},
		{"remove, somebody else's", "DELETE", "/factors/" + id, "", other, 404, "mfa_factor_not_found"},
		{"administrate, a user", "GET", "/admin/users/" + none + "/factors", "", high, 403, "not_admin"},
		{"administrate, no id", "GET", "/admin/users/x/factors", "", s.key(t, "service_role"), 404, "validation_failed"},
		{"administrate, unknown", "DELETE", "/admin/users/" + none + "/factors/" + id, "", s.key(t, "service_role"), 404, "user_not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, tt.method, tt.target, tt.body, tt.header...); a.code() != tt.code {
				t.Errorf("%s, want %s", a.Body, tt.code)
			}
		})
	}
}

// TestFactorsByAdmin lists, names and removes the factors of a user.
func TestFactorsByAdmin(t *testing.T) {
	s := newService(t, withFactors())
	bearer, session := s.signedUp(t, "ada@example.org")
	user, _ := session.body["user"].(map[string]any)
	admin, factors := s.key(t, "service_role"), "/admin/users/"+user["id"].(string)+"/factors"
	if a := s.must(t, http.StatusOK, "GET", factors, "", admin...); strings.TrimSpace(a.Body.String()) != "[]" {
		t.Errorf("a user without factors has %s", a.Body)
	}
	id, secret := s.enrolled(t, bearer, "one")
	raised := s.verified(t, bearer, id, secret)
	bearer = []string{"Authorization", "Bearer " + raised.text("access_token")}
	s.Pass(time.Second)
	s.enrolled(t, bearer, "two")
	var list []map[string]any
	if a := s.must(t, http.StatusOK, "GET", factors, "", admin...); json.Unmarshal(a.Body.Bytes(), &list) != nil || len(list) != 2 ||
		list[0]["id"] != id || list[0]["status"] != "verified" || list[1]["status"] != "unverified" || strings.Contains(a.Body.String(), "secret") {
		t.Errorf("the factors are %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "PUT", factors+"/"+id, `{"friendly_name":"three"}`, admin...); a.text("friendly_name") != "three" || a.text("id") != id {
		t.Errorf("named: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "PUT", factors+"/"+id, `{}`, admin...); a.text("friendly_name") != "three" {
		t.Errorf("nothing said: %s", a.Body)
	}
	if a := s.must(t, http.StatusUnprocessableEntity, "PUT", factors+"/"+id, `{"friendly_name":"two"}`, admin...); a.code() != "mfa_factor_name_conflict" {
		t.Errorf("a name that is there: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "DELETE", factors+"/"+id, "", admin...); a.text("id") != id || a.text("status") != "verified" {
		t.Errorf("removed: %s", a.Body)
	}
	if a := s.must(t, http.StatusNotFound, "DELETE", factors+"/"+id, "", admin...); a.code() != "mfa_factor_not_found" {
		t.Errorf("removed again: %s", a.Body)
	}
	last := s.must(t, http.StatusOK, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+raised.text("refresh_token")+`"}`)
	if claims, err := s.issuer.Check(last.text("access_token"), s.Now()); err != nil || claims.AAL != "aal1" {
		t.Errorf("without the factor the claims are %+v, %v", claims, err)
	}
	if got := s.Value(`select string_agg((payload ->> 'action') || ' ' || (payload ->> 'actor_username'), ', ' order by created_at, payload ->> 'action' desc) from auth.audit_log_entries where payload ->> 'action' in ('factor_deleted', 'factor_updated')`); got != "factor_updated service_role, factor_updated service_role, factor_deleted service_role" {
		t.Errorf("the audit log has %s", got)
	}
}
