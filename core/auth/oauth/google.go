package oauth

// googleIssuer names itself with a scheme and, in some tokens, without one.
const googleIssuer = "https://accounts.google.com"

func (s *Set) google(p Provider) *party {
	home := address(p.URL, googleIssuer)
	i := &issuer{home: home, accepts: one(home), read: readGoogle}
	if home == googleIssuer {
		i.accepts = one(home, "accounts.google.com")
	}
	return s.openID(p, i, "openid", "email", "profile")
}

func readGoogle(c map[string]any) Person {
	p := Person{Claims: map[string]any{
		"name": said(c, "name"), "full_name": said(c, "name"), "picture": said(c, "picture"), "avatar_url": said(c, "picture"),
	}}
	if domain := said(c, "hd"); domain != "" {
		p.Claims["custom_claims"] = map[string]any{"hd": domain}
	}
	p.add(said(c, "email"), holds(c, "email_verified") || holds(c, "verified_email"), true)
	return p
}
