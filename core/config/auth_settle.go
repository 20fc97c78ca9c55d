package config

import "strings"

// settleAuth decides what one setting stands for another that was not given, and whether any of GoTrue's was.
func (l *loader) settleAuth() {
	l.config.Auth.Given = l.profile == GoTrue || l.profile == Serve && l.anyOf(authPrefix)
	switch l.profile {
	case Serve:
		l.shareSecrets()
		l.shareDatabase()
	case GoTrue:
		l.config.ownDatabase()
	}
}

// anyOf reports whether a setting was given whose name begins with prefix.
func (l *loader) anyOf(prefix string) bool {
	for _, name := range l.names() {
		if strings.HasPrefix(name, prefix) && l.text(name) != "" {
			return true
		}
	}
	return false
}

// shareSecrets lets the secrets of REST and of Auth stand for each other where one was not given. JWT_SECRET, which speaks of
// neither, comes before that of the other.
func (l *loader) shareSecrets() {
	c := &l.config
	switch general := Secret(l.text("JWT_SECRET")); {
	case c.Auth.JWT.Secret != "" && c.JWT.Secret == "":
		c.JWT.Secret, c.JWT.Base64 = c.Auth.JWT.Secret, false
		c.Origins["PGRST_JWT_SECRET"] = authSecret
	case c.Auth.JWT.Secret != "":
	case general != "":
		c.standIn(general, "JWT_SECRET")
	case c.JWT.Secret != "":
		c.standIn(c.JWT.Secret, "PGRST_JWT_SECRET")
	}
}

const authSecret = "GOTRUE_JWT_SECRET"

// standIn makes the secret of REST that of Auth too, if it is one that a token can be signed with.
func (c *Config) standIn(s Secret, name string) {
	if !s.IsReference() {
		s = c.signing(s)
	}
	if s != "" {
		c.Auth.JWT.Secret, c.Origins[authSecret] = s, name
	}
}

// signing is what tokens are signed with, given a secret of REST: "" where that is keys, and the text behind base64.
func (c Config) signing(s Secret) Secret {
	if c.JWT.Base64 {
		if decoded, err := decodeBase64(string(s)); err == nil {
			s = Secret(decoded)
		}
	}
	if isKey([]byte(s)) {
		return ""
	}
	return s
}

// standsIn reports whether Auth signs with a secret that was given for others.
func (c Config) standsIn() bool { return strings.HasSuffix(c.Origins[authSecret], "JWT_SECRET") }

// shareDatabase lets Auth use DATABASE_URL where REST has one of its own and Auth has not.
func (l *loader) shareDatabase() {
	c := &l.config
	if general := Secret(l.text("DATABASE_URL")); c.Auth.Database.URL == "" && general != "" && general != c.Database.URL {
		c.Auth.Database.URL = general
		c.Origins["GOTRUE_DB_DATABASE_URL"] = "DATABASE_URL"
	}
}

// ownDatabase makes the database of Auth the only one. PostgREST's settings are not looked for there.
func (c *Config) ownDatabase() {
	own := c.Auth.Database
	c.Database.URL = own.URL
	if own.PoolSize > 0 {
		c.Database.PoolSize = own.PoolSize
	}
	if own.MaxLifetime > 0 {
		c.Database.MaxLifetime = own.MaxLifetime
	}
	if own.MaxIdleTime > 0 {
		c.Database.MaxIdleTime = own.MaxIdleTime
	}
	c.Database.Stored, c.Database.ReloadChannel = false, ""
}
