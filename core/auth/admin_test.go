package auth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/access"
)

// TestAdminUser goes the way of auth-js's admin.createUser, getUserById, updateUserById and deleteUser.
func TestAdminUser(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "service_role")
	made := s.must(t, http.StatusOK, "POST", "/admin/users",
		`{"email":"Ada@Example.org","password":"correct horse","email_confirm":true,"user_metadata":{"name":"Ada"},"app_metadata":{"plan":"a"}}`, key...)
	id := made.text("id")
	if made.text("email") != "ada@example.org" || made.body["email_confirmed_at"] == nil || made.body["access_token"] != nil || len(made.body["identities"].([]any)) != 1 {
		t.Errorf("made was %s", made.Body)
	}
	one := "/admin/users/" + id
	if a := s.must(t, http.StatusOK, "GET", "/admin/users/"+strings.ToUpper(id), "", key...); a.Body.String() != made.Body.String() {
		t.Errorf("got %s, made was %s", a.Body, made.Body)
	}
	session := s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"correct horse"}`)
	bearer := []string{"Authorization", "Bearer " + session.text("access_token")}

	changed := s.must(t, http.StatusOK, "PUT", one, `{"app_metadata":{"plan":null,"b":1},"user_metadata":null,"ban_duration":"24h","role":"editor","id":"x","aud":"y"}`, key...)
	if plan, there := changed.body["app_metadata"].(map[string]any)["plan"]; there || changed.text("banned_until") == "" || changed.text("role") != "editor" || changed.text("aud") != "authenticated" {
		t.Errorf("plan %v in %s", plan, changed.Body)
	}
	if a := s.must(t, http.StatusForbidden, "GET", "/user", "", bearer...); a.code() != "user_banned" {
		t.Errorf("a banned user: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "PUT", one, `{"ban_duration":"none"}`, key...); a.body["banned_until"] != nil {
		t.Errorf("no longer banned: %s", a.Body)
	}
	s.must(t, http.StatusOK, "GET", "/user", "", bearer...)
	s.must(t, http.StatusOK, "PUT", one, `{"password":"another password"}`, key...)
	if a := s.must(t, http.StatusForbidden, "GET", "/user", "", bearer...); a.code() != "session_not_found" {
		t.Errorf("after a new password: %s", a.Body)
	}
	s.must(t, http.StatusOK, "POST", "/token?grant_type=password", `{"email":"ada@example.org","password":"another password"}`)

	if a := s.must(t, http.StatusOK, "DELETE", one, `{"should_soft_delete":true}`, key...); a.Body.String() != "{}" {
		t.Errorf("deleted softly: %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "GET", one, "", key...); a.text("deleted_at") == "" || strings.Contains(a.Body.String(), "ada@") {
		t.Errorf("a user who was deleted softly is %s", a.Body)
	}
	if a := s.must(t, http.StatusOK, "DELETE", one, `{}`, key...); a.Body.String() != "{}" {
		t.Errorf("deleted: %s", a.Body)
	}
	s.must(t, http.StatusNotFound, "DELETE", one, "", key...)
}

// TestAdminMoved makes a user with the id and the password of another service.
func TestAdminMoved(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "supabase_admin")
	const id = "77777777-7777-1777-8777-777777777777"
	hash := `$2a$10$Wu8p5EVg0xEcWxHWaWfNE.JT5i5cZ1kLYzj8rQHFUqxBtA5QXdM6y`
	made := s.must(t, http.StatusOK, "POST", "/admin/users",
		`{"id":"`+strings.ToUpper(id)+`","phone":"+49 1511 2345678","phone_confirm":true,"password_hash":"`+hash+`","ban_duration":"876600h"}`, key...)
	if made.text("id") != id || made.text("phone") != "4915112345678" || made.body["phone_confirmed_at"] == nil || made.body["banned_until"] == nil || strings.Contains(made.Body.String(), "$2a$") {
		t.Errorf("made was %s", made.Body)
	}
	if got := s.Value(`select encrypted_password from auth.users`); got != hash {
		t.Errorf("the hash is %s", got)
	}
}

// TestAdminRefused has requests that are no administrator's, and those that cannot be understood.
func TestAdminRefused(t *testing.T) {
	s := newService(t, autoconfirmed())
	bearer, session := s.signedUp(t, "ada@example.org")
	key := s.key(t, "service_role")
	user := session.body["user"].(map[string]any)["id"].(string)
	claims := access.Claims{Subject: user, Role: "service_role", Issued: s.Now().Unix(), Expires: s.Now().Unix() + 3600}
	claims.SessionID = s.Value(`select id from auth.sessions`)
	raw, err := s.issuer.Issue(claims)
	if err != nil {
		t.Fatal(err)
	}
	routes := []struct{ method, target, body string }{
		{"GET", "/admin/users", ""},
		{"POST", "/admin/users", `{"email":"b@example.org"}`},
		{"GET", "/admin/users/" + user, ""},
		{"PUT", "/admin/users/" + user, `{"role":"service_role"}`},
		{"DELETE", "/admin/users/" + user, "{}"},
		{"POST", "/invite", `{"email":"b@example.org"}`},
		{"POST", "/admin/generate_link", `{"type":"recovery","email":"ada@example.org"}`},
	}
	for _, r := range routes {
		for _, who := range []struct {
			name   string
			header []string
			status int
			code   string
		}{
			{"nobody", nil, 401, "no_authorization"},
			{"a publishable key", s.key(t, "anon"), 403, "not_admin"},
			{"a user", bearer, 403, "not_admin"},
			{"a user whose token says more", []string{"Authorization", "Bearer " + raw}, 403, "not_admin"},
			{"a broken token", []string{"Authorization", "Bearer " + raw + "x"}, 403, "bad_jwt"},
		} {
			t.Run(r.method+" "+r.target+" by "+who.name, func(t *testing.T) {
				if a := s.must(t, who.status, r.method, r.target, r.body, who.header...); a.code() != who.code {
					t.Errorf("%s, want %s", a.Body, who.code)
				}
			})
		}
	}
	s.Exec(`update auth.users set role = 'service_role'`)
	signedIn := []string{"Authorization", "Bearer " + raw}
	s.must(t, http.StatusOK, "GET", "/admin/users", "", signedIn...)
	s.Exec(`delete from auth.sessions`)
	for _, r := range routes {
		if a := s.must(t, http.StatusForbidden, r.method, r.target, r.body, signedIn...); a.code() != "session_not_found" {
			t.Errorf("%s %s after signing out: %s", r.method, r.target, a.Body)
		}
	}
	long := `{"email":"b@example.org","password":"` + strings.Repeat("x", 73) + `"}`
	for _, tt := range []struct {
		name, method, target, body string
		status                     int
		code                       string
	}{
		{"no id", "GET", "/admin/users/1", "", 404, "validation_failed"},
		{"SQL for an id", "DELETE", "/admin/users/" + url.PathEscape("1' or '1'='1"), "", 404, "validation_failed"},
		{"an unknown id", "PUT", "/admin/users/99999999-9999-4999-8999-999999999999", "{}", 404, "user_not_found"},
		{"an unknown id", "GET", "/admin/users/99999999-9999-4999-8999-999999999999", "", 404, "user_not_found"},
		{"an unknown id", "DELETE", "/admin/users/99999999-9999-4999-8999-999999999999", "", 404, "user_not_found"},
		{"nobody", "POST", "/admin/users", `{}`, 400, "validation_failed"},
		{"taken", "POST", "/admin/users", `{"email":"ADA@example.org"}`, 422, "email_exists"},
		{"no address", "POST", "/admin/users", `{"email":"x"}`, 400, "validation_failed"},
		{"no number", "POST", "/admin/users", `{"phone":"x"}`, 400, "validation_failed"},
		{"a long password", "POST", "/admin/users", long, 400, "validation_failed"},
		{"an id that is none", "POST", "/admin/users", `{"email":"b@example.org","id":"1"}`, 400, "validation_failed"},
		{"the id of nobody", "POST", "/admin/users", `{"email":"b@example.org","id":"00000000-0000-0000-0000-000000000000"}`, 400, "validation_failed"},
		{"a ban of no length", "POST", "/admin/users", `{"email":"b@example.org","ban_duration":"soon"}`, 400, "validation_failed"},
		{"a ban of no length", "PUT", "/admin/users/" + user, `{"ban_duration":"1d"}`, 400, "validation_failed"},
		{"a weak password", "PUT", "/admin/users/" + user, `{"password":"12345"}`, 422, "weak_password"},
		{"metadata of another kind", "PUT", "/admin/users/" + user, `{"user_metadata":[1]}`, 400, "bad_json"},
		{"the application's metadata of another kind", "POST", "/admin/users", `{"email":"b@example.org","app_metadata":"x"}`, 400, "bad_json"},
		{"a role of another kind", "PUT", "/admin/users/" + user, `{"role":{}}`, 400, "bad_json"},
		{"a NUL", "PUT", "/admin/users/" + user, `{"role":"\u0000"}`, 400, "validation_failed"},
		{"a hash that takes too much memory", "POST", "/admin/users", `{"email":"b@example.org","password_hash":"$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2g"}`, 400, "validation_failed"},
		{"a hash that takes too long", "POST", "/admin/users", `{"email":"b@example.org","password_hash":"$2a$31$Wu8p5EVg0xEcWxHWaWfNE.JT5i5cZ1kLYzj8rQHFUqxBtA5QXdM6y"}`, 400, "validation_failed"},
		{"an invitation of nobody", "POST", "/invite", `{}`, 400, "validation_failed"},
		{"an invitation of somebody", "POST", "/invite", `{"email":"ada@example.org"}`, 422, "email_exists"},
		{"a link of no kind", "POST", "/admin/generate_link", `{"email":"ada@example.org"}`, 400, "validation_failed"},
		{"a link to no address", "POST", "/admin/generate_link", `{"type":"email_change_new","email":"ada@example.org"}`, 400, "validation_failed"},
		{"a link for nobody", "POST", "/admin/generate_link", `{"type":"recovery","email":"eve@example.org"}`, 404, "user_not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, tt.method, tt.target, tt.body, key...); a.code() != tt.code {
				t.Errorf("%s, want %s", a.Body, tt.code)
			}
		})
	}
	if n := s.Value(`select count(*) from auth.users`); n != "1" {
		t.Errorf("there are %s users", n)
	}
}

// pages reads a Link as auth-js does.
func pages(t *testing.T, header http.Header) string {
	t.Helper()
	var said []string
	for link := range strings.SplitSeq(header.Get("Link"), ",") {
		parts := strings.Split(link, ";")
		page := strings.Split(parts[0], "=")[1]
		rel, err := strconv.Unquote(strings.Split(parts[1], "=")[1])
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, rel+" "+page[:1])
	}
	return strings.Join(said, ", ") + " of " + header.Get("X-Total-Count")
}

// TestAdminUsers goes the way of auth-js's admin.listUsers.
func TestAdminUsers(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "service_role")
	if a := s.must(t, http.StatusOK, "GET", "/admin/users?page=&per_page=", "", key...); a.Body.String() != `{"users":[],"aud":"authenticated"}` || pages(t, a.Header()) != "last 0 of 0" {
		t.Errorf("no users: %s, %v", a.Body, a.Header())
	}
	for n := range 5 {
		s.must(t, http.StatusOK, "POST", "/admin/users", fmt.Sprintf(`{"email":"u%d@example.org"}`, n), key...)
	}
	for _, tt := range []struct {
		query string
		users int
		pages string
		link  string
	}{
		{"", 5, "last 1 of 5", `</admin/users?page=1>; rel="last"`},
		{"?page=1&per_page=2", 2, "next 2, last 3 of 5", `</admin/users?page=2&per_page=2>; rel="next", </admin/users?page=3&per_page=2>; rel="last"`},
		{"?page=3&per_page=2", 1, "last 3 of 5", `</admin/users?page=3&per_page=2>; rel="last"`},
		{"?page=0&per_page=4", 4, "next 2, last 2 of 5", `</admin/users?page=2&per_page=4>; rel="next", </admin/users?page=2&per_page=4>; rel="last"`},
		{"?page=9", 0, "last 1 of 5", `</admin/users?page=1>; rel="last"`},
		{"?page=18446744073709551615&per_page=18446744073709551615", 0, "last 1 of 5", ""},
		{"?per_page=1000000", 5, "last 1 of 5", ""},
		{"?filter=u3", 1, "", ""},
		{"?filter=%25", 0, "", ""},
		{"?filter=%FF", 0, "", ""},
		{"?sort=created_at+asc", 5, "", ""},
		{"?sort=created_at&sort=created_at+DESC", 5, "", ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			a := s.must(t, http.StatusOK, "GET", "/admin/users"+tt.query, "", key...)
			users := a.body["users"].([]any)
			if len(users) != tt.users || tt.pages != "" && pages(t, a.Header()) != tt.pages || tt.link != "" && a.Header().Get("Link") != tt.link {
				t.Errorf("%d users, %v", len(users), a.Header())
			}
			for _, u := range users {
				if identities, there := u.(map[string]any)["identities"]; !there || identities != nil {
					t.Errorf("the identities are %v", identities)
				}
			}
		})
	}
	for query, message := range map[string]string{
		"?page=x":                `Bad Pagination Parameters: strconv.ParseUint: parsing "x": invalid syntax`,
		"?page=-1":               `Bad Pagination Parameters: strconv.ParseUint: parsing "-1": invalid syntax`,
		"?per_page=0":            `Bad Pagination Parameters: per_page must be greater than 0`,
		"?sort=email":            `Bad Sort Parameters: bad field for sort 'email'`,
		"?sort=created_at+%3B--": `Bad Sort Parameters: bad direction for sort ';--', only 'asc' and 'desc' allowed`,
		"?filter=%00":            `Invalid value for filter: it contains a NUL character`,
	} {
		if a := s.must(t, http.StatusBadRequest, "GET", "/admin/users"+query, "", key...); a.code() != "validation_failed" || a.text("message") != message {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
}

// TestAdminUsersBounded asks for more than an answer may carry: the rest is on the next page.
func TestAdminUsersBounded(t *testing.T) {
	s := newService(t, settings())
	s.Exec(`insert into auth.users (id, aud) select gen_random_uuid(), 'authenticated' from generate_series(1, 1001)`)
	for page, want := range map[string]int{"1": 1000, "2": 1} {
		a := s.must(t, http.StatusOK, "GET", "/admin/users?page="+page+"&per_page=1000000", "", s.key(t, "service_role")...)
		if got := len(a.body["users"].([]any)); got != want || !strings.HasSuffix(a.Header().Get("Link"), `</admin/users?page=2&per_page=1000000>; rel="last"`) {
			t.Errorf("page %s has %d users, %v", page, got, a.Header())
		}
	}
}

// TestAdminUsersWhileSomeoneComes reads page by page in the order of arrival: who arrives meanwhile moves nobody.
func TestAdminUsersWhileSomeoneComes(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "service_role")
	seen := map[string]bool{}
	for n := range 7 {
		s.must(t, http.StatusOK, "POST", "/admin/users", fmt.Sprintf(`{"email":"u%d@example.org"}`, n), key...)
	}
	for page := 1; page <= 4; page++ {
		a := s.must(t, http.StatusOK, "GET", fmt.Sprintf("/admin/users?sort=created_at+asc&per_page=2&page=%d", page), "", key...)
		for _, u := range a.body["users"].([]any) {
			seen[u.(map[string]any)["id"].(string)] = true
		}
		s.Pass(1)
		if page == 2 {
			s.Pass(1e9)
			s.must(t, http.StatusOK, "POST", "/admin/users", `{"email":"late@example.org"}`, key...)
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d of 8 users were seen", len(seen))
	}
}

// TestGenerateLink goes the way of auth-js's admin.generateLink, which parts the members of the link from those of the user.
func TestGenerateLink(t *testing.T) {
	s := newService(t, settings())
	key := s.key(t, "service_role")
	a := s.must(t, http.StatusOK, "POST", "/admin/generate_link?redirect_to="+url.QueryEscape("https://evil.example"),
		`{"type":"magiclink","email":"Ada@example.org","data":{"name":"Ada"},"redirect_to":"https://app.example.org/in"}`, key...)
	form := regexp.MustCompile(`^\{"id":.*"is_anonymous":false,"action_link":"https://api\.example\.org/auth/v1/verify\?[^"]*","email_otp":"[0-9]{6}",` +
		`"hashed_token":"[0-9a-f]{56}","verification_type":"signup","redirect_to":"https://app\.example\.org/in"\}$`)
	if !form.MatchString(a.Body.String()) {
		t.Errorf("got %s", a.Body)
	}
	if a.text("email") != "ada@example.org" || a.body["user_metadata"].(map[string]any)["name"] != "Ada" {
		t.Errorf("got %s", a.Body)
	}
	session := s.must(t, http.StatusOK, "POST", "/verify", `{"type":"`+a.text("verification_type")+`","token_hash":"`+a.text("hashed_token")+`"}`)
	if session.text("access_token") == "" {
		t.Errorf("verified was %s", session.Body)
	}
	other := s.must(t, http.StatusOK, "POST", "/admin/generate_link", `{"type":"recovery","email":"ada@example.org","redirect_to":"https://evil.example"}`, key...)
	if other.text("redirect_to") != site || strings.Contains(other.text("action_link"), "evil") {
		t.Errorf("a redirect that is not allowed: %s", other.Body)
	}
}

// TestInvite goes the way of auth-js's admin.inviteUserByEmail.
func TestInvite(t *testing.T) {
	s := newService(t, settings())
	a := s.must(t, http.StatusOK, "POST", "/invite?redirect_to="+url.QueryEscape("https://app.example.org/in"), `{"email":"ada@example.org","data":{"name":"Ada"}}`, s.key(t, "service_role")...)
	letter := s.post.last(t)
	if a.text("invited_at") == "" || letter.RedirectTo != "https://app.example.org/in" || letter.SendingTo != "ada@example.org" {
		t.Errorf("got %s, sent was %+v", a.Body, letter)
	}
	session := s.must(t, http.StatusOK, "POST", "/verify", `{"type":"invite","email":"ada@example.org","token":"`+letter.Token+`"}`)
	if session.text("access_token") == "" {
		t.Errorf("verified was %s", session.Body)
	}
}
