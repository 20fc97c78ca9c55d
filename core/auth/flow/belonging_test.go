package flow_test

import (
	"encoding/json"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
)

func TestWhose(t *testing.T) {
	user := func(id, email string, identities ...store.Identity) store.User {
		return store.User{ID: id, Email: email, Identities: identities}
	}
	identity := func(provider, email, verified string) store.Identity {
		return store.Identity{Provider: provider, Email: email, Data: json.RawMessage(`{"email_verified":` + verified + `}`)}
	}
	good := []oauth.Email{{Address: "a@x", Verified: true, Primary: true}}
	bad := []oauth.Email{{Address: "a@x", Primary: true}}
	owner := user("0", "o@x")
	for _, tt := range []struct {
		name   string
		emails []oauth.Email
		c      store.Candidates
		want   string
	}{
		{"nobody", good, store.Candidates{}, "a newcomer"},
		{"the identity", good, store.Candidates{Owner: &owner}, "theirs: 0"},
		{"the identity, and somebody with the address", good, store.Candidates{Owner: &owner, Alike: []store.User{user("1", "a@x")}}, "theirs: 0"},
		{"the identity without a verified address", bad, store.Candidates{Owner: &owner}, "theirs: 0"},
		{"the address", good, store.Candidates{Alike: []store.User{user("1", "A@x")}}, "alike: 1"},
		{"the address, not verified by the provider", bad, store.Candidates{Alike: []store.User{user("1", "a@x")}}, "a newcomer whose address is taken"},
		{"another verified address", append([]oauth.Email{{Address: "b@x", Verified: true}}, bad...), store.Candidates{Alike: []store.User{user("1", "b@x")}}, "alike: 1"},
		{"the address of an identity", good, store.Candidates{Alike: []store.User{user("1", "b@x", identity("github", "a@x", "true"))}}, "alike: 1"},
		{"the address of an identity, in a text", good, store.Candidates{Alike: []store.User{user("1", "b@x", identity("github", "a@x", `"true"`))}}, "alike: 1"},
		{"the address of an identity, not verified", good, store.Candidates{Alike: []store.User{user("1", "b@x", identity("github", "a@x", "false"))}}, "a newcomer"},
		{"the address of an identity of single sign-on", good, store.Candidates{Alike: []store.User{user("1", "b@x", identity("sso:1", "a@x", "true"))}}, "a newcomer"},
		{"two accounts", good, store.Candidates{Alike: []store.User{user("1", "a@x"), user("2", "b@x", identity("github", "a@x", "true"))}}, "several"},
		{"two accounts, one of them by an address that is not verified", good, store.Candidates{Alike: []store.User{user("1", "a@x"), user("2", "b@x", identity("github", "a@x", "false"))}}, "alike: 1"},
		{"no address at all", nil, store.Candidates{Alike: []store.User{user("1", "")}}, "a newcomer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := flow.Whose(oauth.Person{ID: "p", Emails: tt.emails}, tt.c); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
