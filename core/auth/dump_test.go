package auth_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/auth/totp"
)

// The dump's users and sessions by number, and what else of it the tests show.
const (
	nowhere   = `\N`
	hmacKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	appSecret = "JBSWY3DPEHPK3PXP"
	linkHash  = "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // with its challenge from RFC 7636, appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	userOf    = "7b1f2f0e-9a53-4b6c-8d0a-54a3d7a0a00"
	sessionOf = "5e550000-0000-4000-8000-00000000000"
	factorID  = "fac00000-0000-4000-8000-000000000001"
	authCode  = "0f10a000-0000-4000-8000-0000000000aa"
)

// passwords are those of the users who have one, by address; the hashes are published ones of core/auth/password's tests.
var passwords = []struct{ email, hash, plain string }{
	{"bcrypt@example.com", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmine"},
	{"argon2id@example.com", "$argon2id$v=19$m=32,t=3,p=2$SFVpOWJ0eXhjRzVkdGN1RQ$RXnb8rh7LaDcn07xsssqqulZYXOM/EUCEFMVcAcyYVk", "test"},
	{"argon2i@example.com", "$argon2i$v=19$m=16,t=2,p=1$bGJRWThNOHJJTVBSdHl2dQ$NfEnUOuUpb7F2fQkgFUG4g", "test"},
	{
		"firebase@example.com", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==" +
			"$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==", "mytestpassword",
	},
	{"nulls@example.com", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmine"},
}

// fields are values of columns by name.
type fields = map[string]string

// copied writes rows as pg_dump does, from columns and rows whose values are set apart by a bar.
func copied(table, columns string, rows ...string) string {
	b := "COPY auth." + table + " (" + strings.ReplaceAll(columns, "|", ", ") + ") FROM stdin;\n"
	for _, row := range rows {
		b += strings.ReplaceAll(row, "|", "\t") + "\n"
	}
	return b + "\\.\n\n\n"
}

// dumpedUser is a row of auth.users. What is not in values is as GoTrue's newer versions leave it, or NULL, token columns
// included, as older ones and imports by SQL leave it.
func dumpedUser(isOld bool, values fields) string {
	row := strings.Split(userColumns, "|")
	for n, name := range row {
		row[n] = nowhere
		if value, ok := values[name]; ok {
			row[n] = value
		} else if value, ok := ofNewerVersions[name]; ok && (!isOld || ofAllVersions[name]) {
			row[n] = value
		}
	}
	return strings.Join(row, "|")
}

// ofNewerVersions is what GoTrue's newer versions leave in a row of auth.users.
var ofNewerVersions = fields{
	"instance_id": "00000000-0000-0000-0000-000000000000", "aud": "authenticated", "role": "authenticated", "encrypted_password": "",
	"email_confirmed_at": "2026-03-02 09:15:00.123456+00", "created_at": "2026-03-02 09:15:00.123456+00", "updated_at": "2026-03-02 09:15:00.123456+00",
	"raw_app_meta_data": `{"provider": "email", "providers": ["email"]}`, "raw_user_meta_data": "{}", "is_sso_user": "f", "is_anonymous": "f",
	"email_change_confirm_status": "0", "confirmation_token": "", "recovery_token": "", "email_change_token_new": "", "email_change": "",
	"phone_change": "", "phone_change_token": "", "email_change_token_current": "", "reauthentication_token": "",
}

// ofAllVersions are the columns that are never NULL, and those without which nobody could sign in.
var ofAllVersions = map[string]bool{"aud": true, "email_confirmed_at": true, "is_sso_user": true, "is_anonymous": true}

const userColumns = "instance_id|id|aud|role|email|encrypted_password|email_confirmed_at|invited_at|confirmation_token|confirmation_sent_at|recovery_token|" +
	"recovery_sent_at|email_change_token_new|email_change|email_change_sent_at|last_sign_in_at|raw_app_meta_data|raw_user_meta_data|is_super_admin|" +
	"created_at|updated_at|phone|phone_confirmed_at|phone_change|phone_change_token|phone_change_sent_at|email_change_token_current|" +
	"email_change_confirm_status|banned_until|reauthentication_token|reauthentication_sent_at|is_sso_user|deleted_at|is_anonymous"

// dumpedUsers are users of every kind.
func dumpedUsers() string {
	var rows []string
	for n, p := range passwords {
		rows = append(rows, dumpedUser(p.email == "nulls@example.com", fields{"id": userOf + string(rune('1'+n)), "email": p.email, "encrypted_password": p.hash}))
	}
	google := `{"provider": "google", "providers": ["google"]}`
	rows = append(rows,
		dumpedUser(false, fields{"id": userOf + "6", "email": "google@example.com", "raw_app_meta_data": google}),
		dumpedUser(false, fields{"id": userOf + "7", "is_anonymous": "t", "raw_app_meta_data": "{}", "email_confirmed_at": nowhere}),
		dumpedUser(false, fields{"id": userOf + "8", "email": "banned@example.com", "encrypted_password": passwords[0].hash, "banned_until": "2126-01-01 00:00:00+00"}),
		dumpedUser(false, fields{"id": userOf + "9", "email": "9cKwkEmTr0mMOJuyDmJKzTcTo4nIlcJsRQb9JZuk0sY", "deleted_at": "2026-04-01 00:00:00+00", "banned_until": "2126-01-01 00:00:00+00"}),
	)
	return copied("users", userColumns, rows...)
}

// dump is a data-only dump of Supabase's schema auth, as pg_dump -n auth writes it, at a moment.
func dump(now time.Time) string {
	const then = "2026-03-02 09:15:00.123456+00"
	recent := now.UTC().Add(-time.Minute).Format("2006-01-02 15:04:05.999999")
	identity := func(n, provider, email string) string {
		return userOf + n + "|" + userOf + n + `|{"sub": "` + userOf + n + `", "email": "` + email + `", "email_verified": true}|` + provider + "|" + then + "|" + then + "|" + then + "|1de00000-0000-4000-8000-00000000000" + n
	}
	session := func(n, aal, key, counter string) string {
		return sessionOf + n + "|" + userOf + n + "|" + then + "|" + then + `|\N|` + aal + `|\N|\N|Mozilla/5.0|203.0.113.7|\N|` + key + "|" + counter
	}
	token := func(id, text, revoked, parent string) string {
		return "00000000-0000-0000-0000-000000000000|" + id + "|" + text + "|" + userOf + "1|" + revoked + "|" + then + "|" + then + "|" + parent + "|" + sessionOf + "1"
	}
	return "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET row_security = off;\n\n" +
		copied("audit_log_entries", "instance_id|id|payload|created_at|ip_address",
			`00000000-0000-0000-0000-000000000000|0e5c5a0e-0000-4000-8000-000000000001|{"action":"login","actor_id":"`+userOf+`1","log_type":"account"}|`+then+"|",
			`\N|0e5c5a0e-0000-4000-8000-000000000002|\N|\N|203.0.113.7`) +
		copied("flow_state", "id|user_id|auth_code|code_challenge_method|code_challenge|provider_type|provider_access_token|provider_refresh_token|created_at|updated_at|authentication_method|auth_code_issued_at",
			"0f10a000-0000-4000-8000-000000000001|"+userOf+"3|"+authCode+"|s256|"+challenge+"|email|||"+recent+"+00|"+recent+"+00|magiclink|"+recent+"+00") +
		dumpedUsers() +
		copied("identities", "provider_id|user_id|identity_data|provider|last_sign_in_at|created_at|updated_at|id",
			identity("1", "email", "bcrypt@example.com"), identity("2", "email", "argon2id@example.com"), identity("3", "email", "argon2i@example.com"),
			identity("4", "email", "firebase@example.com"), identity("6", "google", "google@example.com"), identity("8", "email", "banned@example.com")) +
		copied("sessions", "id|user_id|created_at|updated_at|factor_id|aal|not_after|refreshed_at|user_agent|ip|tag|refresh_token_hmac_key|refresh_token_counter",
			session("1", "aal1", nowhere, nowhere), session("2", "aal1", hmacKey, "7"), session("7", "aal1", hmacKey, "0"), session("8", "aal1", hmacKey, "0")) +
		copied("mfa_amr_claims", "session_id|created_at|updated_at|authentication_method|id",
			sessionOf+"1|"+then+"|"+then+"|password|a3c00000-0000-4000-8000-000000000001", sessionOf+"2|"+then+"|"+then+"|password|a3c00000-0000-4000-8000-000000000002",
			sessionOf+"7|"+then+"|"+then+"|anonymous|a3c00000-0000-4000-8000-000000000003") +
		copied("mfa_factors", "id|user_id|friendly_name|factor_type|status|created_at|updated_at|secret|phone|last_challenged_at|web_authn_credential|web_authn_aaguid",
			factorID+"|"+userOf+"2|phone app|totp|verified|"+then+"|"+then+"|"+appSecret+`|\N|`+then+`|\N|\N`) +
		copied("mfa_challenges", "id|factor_id|created_at|verified_at|ip_address|otp_code|web_authn_session_data",
			"c4a00000-0000-4000-8000-000000000001|"+factorID+"|"+then+"|"+then+`|203.0.113.7||\N`) +
		copied("one_time_tokens", "id|user_id|token_type|token_hash|relates_to|created_at|updated_at",
			"07700000-0000-4000-8000-000000000001|"+userOf+"4|recovery_token|"+linkHash+"|firebase@example.com|"+recent+"|"+recent) +
		copied("refresh_tokens", "instance_id|id|token|user_id|revoked|created_at|updated_at|parent|session_id",
			token("1203", "q1w2e3r4t5y6", "t", nowhere), token("1204", "a1s2d3f4g5h6", "t", "q1w2e3r4t5y6"), token("1205", "z1x2c3v4b5n6", "f", "a1s2d3f4g5h6")) +
		copied("schema_migrations", "version", "20171026211738", "00", "20240427152123", "20260302000000") +
		"SELECT pg_catalog.setval('auth.refresh_tokens_id_seq', 1205, true);\n"
}

// program runs a program of PostgreSQL's.
func program(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// movedIn is a service whose database somebody has loaded a dump into.
func movedIn(t *testing.T, file string) *service {
	t.Helper()
	s := newService(t, withFactorsAndMail())
	program(t, "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", file, s.URL())
	return s
}

// everybodySignsIn signs in everybody of the dump who may, and is refused for the others.
func (s *service) everybodySignsIn(t *testing.T) {
	t.Helper()
	credentials := func(email, plain string) string { return `{"email":"` + email + `","password":"` + plain + `"}` }
	for n, p := range passwords {
		session := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", credentials(p.email, p.plain))
		user, _ := session.body["user"].(map[string]any)
		if user["id"] != userOf+string(rune('1'+n)) {
			t.Errorf("%s is %v", p.email, user["id"])
		}
		s.must(t, http.StatusOK, "GET", "/user", "", "Authorization", "Bearer "+session.text("access_token"))
		s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=password", credentials(p.email, "x"+p.plain))
	}
	for email, code := range map[string]string{"google@example.com": "invalid_credentials", "banned@example.com": "user_banned", "9cKwkEmTr0mMOJuyDmJKzTcTo4nIlcJsRQb9JZuk0sY": "invalid_credentials"} {
		if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=password", credentials(email, "allmine")); a.code() != code {
			t.Errorf("%s: %s", email, a.Body)
		}
	}
}

// refreshed brings a refresh token, and gives the session.
func (s *service) refreshed(t *testing.T, status int, text string) answer {
	t.Helper()
	return s.must(t, status, "POST", "/token?grant_type=refresh_token", `{"refresh_token":"`+text+`"}`)
}

// TestDumpOfSupabase moves a Supabase project in, uses all that was moved, moves the outcome on into another database by
// pg_dump, and goes on there.
func TestDumpOfSupabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "supabase.sql")
	if err := os.WriteFile(file, []byte(dump(time.Now())), 0o600); err != nil {
		t.Fatal(err)
	}
	s := movedIn(t, file)
	s.everybodySignsIn(t)
	key, err := refresh.ParseKey(hmacKey)
	if err != nil {
		t.Fatal(err)
	}
	mint := func(n string, counter int64) string {
		text, err := refresh.Mint(sessionOf+n, counter, key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	rows := s.refreshed(t, http.StatusOK, "z1x2c3v4b5n6")
	if len(rows.text("refresh_token")) != 12 {
		t.Errorf("a token that is a row became %q", rows.text("refresh_token"))
	}
	counted := s.refreshed(t, http.StatusOK, mint("2", 7))
	anonymous := s.refreshed(t, http.StatusOK, mint("7", 0))
	if user, _ := anonymous.body["user"].(map[string]any); user["is_anonymous"] != true || user["email"] != "" {
		t.Errorf("the anonymous user is %v", user)
	}
	if a := s.refreshed(t, http.StatusBadRequest, mint("8", 0)); a.code() != "user_banned" {
		t.Errorf("the banned user's session: %s", a.Body)
	}
	s.must(t, http.StatusOK, "POST", "/verify", `{"type":"recovery","token_hash":"`+linkHash+`"}`)
	s.must(t, http.StatusOK, "POST", "/token?grant_type=pkce", `{"auth_code":"`+authCode+`","code_verifier":"`+verifier+`"}`)
	secret, err := totp.ParseSecret(appSecret)
	if err != nil {
		t.Fatal(err)
	}
	high := s.verified(t, []string{"Authorization", "Bearer " + counted.text("access_token")}, factorID, secret)
	s.oldUsers(t)

	back := filepath.Join(t.TempDir(), "back.sql")
	program(t, "pg_dump", "--data-only", "--schema", "auth", "--file", back, s.URL())
	next := movedIn(t, back)
	next.Pass(2 * time.Minute)
	next.everybodySignsIn(t)
	for name, text := range map[string]string{
		"a row": rows.text("refresh_token"), "a counter": high.text("refresh_token"), "an anonymous user's": anonymous.text("refresh_token"),
	} {
		if a := next.refreshed(t, http.StatusOK, text); a.text("refresh_token") == text {
			t.Errorf("%s was not rotated", name)
		}
	}
	next.verified(t, []string{"Authorization", "Bearer " + counted.text("access_token")}, factorID, secret)
	if a := next.refreshed(t, http.StatusBadRequest, "q1w2e3r4t5y6"); a.code() != "refresh_token_already_used" {
		t.Errorf("the first of the rows: %s", a.Body)
	}
	if got := next.Value(`select count(*) from auth.sessions where id = '` + sessionOf + `1'`); got != "0" {
		t.Error("its family lives on")
	}
}

// oldUsers uses the user whose columns are NULL, and who has no identity, in the ways that write them.
func (s *service) oldUsers(t *testing.T) {
	t.Helper()
	key := s.key(t, "service_role")
	for _, target := range []string{"/admin/users?per_page=50", "/admin/users/" + userOf + "5", "/admin/users/" + userOf + "9"} {
		s.must(t, http.StatusOK, "GET", target, "", key...)
	}
	s.must(t, http.StatusOK, "POST", "/recover", `{"email":"nulls@example.com"}`)
	session := s.must(t, http.StatusOK, "POST", "/verify", `{"type":"recovery","token_hash":"`+s.post.last(t).TokenHash+`"}`)
	bearer := []string{"Authorization", "Bearer " + session.text("access_token")}
	changed := s.must(t, http.StatusOK, "PUT", "/user", `{"data":{"name":"Old"},"email":"newer@example.com"}`, bearer...)
	said, _ := changed.body["user_metadata"].(map[string]any)
	if said["name"] != "Old" || changed.text("new_email") != "newer@example.com" {
		t.Errorf("the user is %s", changed.Body)
	}
	s.must(t, http.StatusOK, "PUT", "/admin/users/"+userOf+"5", `{"app_metadata":{"plan":"gold"}}`, key...)
}
