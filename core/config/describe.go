package config

// Description is one setting as documentation and doctor show it.
type Description struct {
	Name      string
	Aliases   []string // earlier names that are understood too
	PostgREST string   // the default of "serve rest"; "" for none
	Serve     string   // the default of dev, serve and the functions
	Lambda    string   // the default of the functions inside AWS Lambda
	Ours      bool     // read by dev, serve and the functions alone
	Stored    string   // its name where it is kept in the database; "" where it cannot be
	Fixed     bool     // it counts at the start alone
	Doc       string   // one or two sentences of Markdown
}

// Describe lists every setting, in the order of their documentation.
func Describe() []Description {
	all := make([]Description, 0, len(table()))
	for _, s := range table() {
		d := Description{
			Name: s.name, Aliases: s.aliases, PostgREST: s.defaults.postgrest, Serve: s.defaults.serve,
			Lambda: s.defaults.lambda, Ours: s.ours, Fixed: s.fixed, Doc: s.doc,
		}
		if s.stored {
			d.Stored = s.storedName()
		}
		all = append(all, d)
	}
	return all
}

// Value is what one setting came to.
type Value struct {
	Name   string
	Text   string // secrets redacted, references shown
	Origin string // from Config.Origins; "default" where nothing was given
}

// Values lists what was understood of every setting, in the order of Describe, app settings last with their values
// hidden: people keep secrets there. Of two settings that write the same field, the one that counts is listed.
func (c Config) Values() []Value {
	var all []Value
	for _, s := range table() {
		if !c.overruled(s.name) {
			all = append(all, Value{Name: s.name, Text: s.value.show(&c), Origin: c.origin(s)})
		}
	}
	for _, s := range c.REST.AppSettings {
		name := appSettingPrefix + s.Name
		all = append(all, Value{Name: name, Text: redacted, Origin: c.Origins[name]})
	}
	return all
}

// overruled reports whether another setting decides the field that name writes.
func (c Config) overruled(name string) bool {
	for _, s := range table() {
		if s.overrules != "" && (name == s.overrules || name == s.name) {
			return name != c.source(s.name)
		}
	}
	return false
}

func (c Config) origin(s setting) string {
	for _, name := range append([]string{s.name}, s.aliases...) {
		if o := c.Origins[name]; o != "" {
			return o
		}
	}
	return "default"
}
