package config

import (
	"maps"
	"slices"
	"strings"
)

// storedPrefix stands before the names of settings that are kept in a database.
const storedPrefix = "pgrst."

// storedName is the name of a setting in a database: pgrst.db_schemas for PGRST_DB_SCHEMAS.
func (s setting) storedName() string {
	return storedPrefix + strings.ToLower(strings.TrimPrefix(s.name, "PGRST_"))
}

// StoredNames lists the settings that may be kept in a database (PGRST_DB_CONFIG), by their names there, such as
// "pgrst.db_schemas". They are those of PostgREST.
func StoredNames() []string {
	var names []string
	for _, s := range table() {
		if s.stored {
			names = append(names, s.storedName())
		}
	}
	return names
}

// preConfigName is where a database may name the pre-config function itself.
const preConfigName = storedPrefix + "db_pre_config"

// WithStored is Overlay with what read finds in the database with the help of a pre-config function: preConfig, "" for none.
// Where the database itself names another one, it is read once more, with that.
func (c Config) WithStored(preConfig string, read func(preConfig string) (map[string]string, error)) (Config, error) {
	stored, err := read(preConfig)
	if err != nil {
		return Config{}, err
	}
	if named := stored[preConfigName]; named != "" && named != preConfig {
		if stored, err = read(named); err != nil {
			return Config{}, err
		}
	}
	return c.Overlay(stored)
}

// Overlay gives a copy of c in which the settings that a database keeps win; stored has their texts by the names of
// StoredNames, and what it has beside them is left alone. An empty text takes what c has away and leaves PostgREST's
// default, so that a role can be freed of an anonymous role that the environment names. The error is an *Error that lists
// every fault.
func (c Config) Overlay(stored map[string]string) (Config, error) {
	var faults []Fault
	c.Origins = maps.Clone(c.Origins)
	if c.Origins == nil {
		c.Origins = map[string]string{}
	}
	for _, s := range table() {
		text, ok := stored[s.storedName()]
		if !s.stored || !ok {
			continue
		}
		c.Origins[s.name] = fromDatabase
		if err := s.overlay(&c, text); err != nil {
			faults = append(faults, Fault{s.storedName(), err.Error()})
		}
	}
	faults = append(faults, c.checkSecrets()...)
	if faults = append(faults, c.checkSharedSecret()...); len(faults) > 0 {
		return Config{}, &Error{Faults: faults}
	}
	return c, nil
}

func (s setting) overlay(c *Config, text string) error {
	if text == "" && !s.emptyCounts {
		text = s.defaults.postgrest
	}
	if text == "" {
		s.value.clear(c)
		return nil
	}
	content, err := s.content(text)
	if err != nil {
		return err
	}
	return s.value.set(c, content)
}

// Reload gives the configuration that holds when next has been read while c was in force: next, but with those settings
// of c that count at the start alone. fixed names those among them that are not what next says; secrets are not compared.
func (c Config) Reload(next Config) (reloaded Config, fixed []string) {
	reloaded = next
	reloaded.Database = c.Database
	reloaded.Database.Stored, reloaded.Database.PreConfig = next.Database.Stored, next.Database.PreConfig
	reloaded.Database.Prepared = next.Database.Prepared
	reloaded.Auth = c.Auth
	reloaded.Server = c.Server
	reloaded.Server.AllowedOrigins, reloaded.Server.TraceHeader = next.Server.AllowedOrigins, next.Server.TraceHeader
	reloaded.Server.Timing, reloaded.Server.TerseErrors = next.Server.Timing, next.Server.TerseErrors
	for _, s := range next.settings() {
		given := c.origin(s) != byDefault || next.origin(s) != byDefault
		if s.fixed && given && s.value.show(&reloaded) != s.value.show(&next) {
			fixed = append(fixed, s.name)
		}
	}
	if len(reloaded.checkSharedSecret()) > 0 { // Auth goes on signing with its secret
		reloaded.JWT = c.JWT
		fixed = append(fixed, next.secretSource())
	}
	slices.Sort(fixed)
	return reloaded, slices.Compact(fixed)
}
