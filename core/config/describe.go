package config

// Description is one setting as documentation and doctor show it.
type Description struct {
	Name      string
	Aliases   []string // earlier names that are understood too
	Bare      string   // its name without prefix, of serve auth alone; "" for none
	Family    string   // the name that stands for several settings alike; "" for a setting of its own
	PostgREST string   // the default of "serve rest"; "" for none
	Serve     string   // the default of dev, serve and the functions
	Lambda    string   // the default of the functions inside AWS Lambda
	Ours      bool     // read by dev, serve and the functions alone
	Auth      bool     // of the Auth service
	Alone     bool     // read by serve auth alone
	Stored    string   // its name where it is kept in the database; "" where it cannot be
	Fixed     bool     // it counts at the start alone
	Doc       string   // one or two sentences of Markdown
}

// Describe lists every setting, in the order of their documentation.
func Describe() []Description {
	all := make([]Description, 0, len(table()))
	for _, s := range table() {
		d := Description{
			Name: s.name, Aliases: s.aliases, Bare: s.bare, Family: s.family, PostgREST: s.defaults.postgrest, Serve: s.defaults.serve,
			Lambda: s.defaults.lambda, Ours: s.ours, Auth: s.auth, Alone: s.alone, Fixed: s.fixed, Doc: s.doc,
		}
		if s.stored {
			d.Stored = s.storedName()
		}
		all = append(all, d)
	}
	return all
}

// byDefault is the origin of what was not given.
const byDefault = "default"

// Value is what one setting came to.
type Value struct {
	Name   string
	Text   string // secrets redacted, references shown
	Origin string // from Config.Origins; "default" where nothing was given
}

// Values lists what was understood of every setting, in the order of Describe, app settings last with their values
// hidden: people keep secrets there. Of two settings that write the same field, the one that counts is listed. Those of Auth
// are listed where Auth is served, and are all that there is with the GoTrue profile.
func (c Config) Values() []Value {
	var all []Value
	settings := c.settings()
	for _, s := range settings {
		if c.lists(s) && !c.overruled(s.name, settings) {
			all = append(all, Value{Name: s.name, Text: s.value.show(&c), Origin: c.origin(s)})
		}
	}
	for _, s := range c.REST.AppSettings {
		name := appSettingPrefix + s.Name
		all = append(all, Value{Name: name, Text: redacted, Origin: c.Origins[name]})
	}
	return all
}

// lists reports whether a setting has a place among Values.
func (c Config) lists(s setting) bool {
	switch {
	case c.profile == GoTrue:
		return s.readBy(GoTrue)
	case s.auth:
		return c.Auth.Given && s.readBy(c.profile)
	}
	return true
}

// settings are those of the table, and those of the issuers of OpenID Connect, whose names are given with them.
func (c Config) settings() []setting {
	return append(table(), issuerTables(c.Auth.External.Issuers)...)
}

// overruled reports whether another one of settings decides the field that name writes.
func (c Config) overruled(name string, settings []setting) bool {
	for _, s := range settings {
		if s.overrules != "" && (name == s.overrules || name == s.name) {
			return name != c.decides(s)
		}
	}
	return false
}

func (c Config) origin(s setting) string {
	for _, name := range s.names(c.profile) {
		if o := c.Origins[name]; o != "" {
			return o
		}
	}
	return byDefault
}
