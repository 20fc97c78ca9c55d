package oauth

import (
	"encoding/json"
	"strings"
)

// The names of Apple's issuer. Only the first has a discovery document; the keys are the same.
const (
	appleIssuer  = "https://appleid.apple.com"
	appleAccount = "https://account.apple.com"
)

func (s *Set) apple(p Provider) *party {
	home := address(p.URL, appleIssuer)
	i := &issuer{home: home, accepts: one(home), read: readApple}
	if home == appleIssuer {
		i.accepts = one(home, appleAccount)
	}
	apple := s.openID(p, i, "email", "name")
	apple.form = true // which Apple demands of whoever asks for a name or an address
	return apple
}

// readApple takes every address as verified: Apple tells no other.
func readApple(c map[string]any) Person {
	p := Person{Claims: map[string]any{}}
	custom := map[string]any{}
	if c["is_private_email"] != nil {
		custom["is_private_email"] = holds(c, "is_private_email")
	}
	if at, ok := c["auth_time"].(float64); ok {
		custom["auth_time"] = at
	}
	if len(custom) > 0 {
		p.Claims["custom_claims"] = custom
	}
	p.add(said(c, "email"), true, true)
	return p
}

// named adds what Apple's form says of the person, the first time they come and never again. The browser brings it, so that
// it may say anything: nothing but the name is taken from it.
func (p *Person) named(form string) {
	var user struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if json.Unmarshal([]byte(form), &user) != nil {
		return
	}
	if name := strings.TrimSpace(user.Name.First + " " + user.Name.Last); name != "" {
		p.Claims["name"], p.Claims["full_name"] = name, name
	}
}
