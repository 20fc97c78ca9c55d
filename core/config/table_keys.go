package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// APIKeys are the opaque API keys that are recognised beside those that are JWTs. Each field is a list as ParseAPIKeys reads
// it, or a reference to one.
type APIKeys struct {
	Publishable Secret // PERGOLA_PUBLISHABLE_KEYS: whoever shows one acts as the anonymous role
	Secret      Secret // PERGOLA_SECRET_KEYS: whoever shows one acts as service_role
}

// What opaque API keys begin with; Supabase's tools know them by it.
const (
	PublishablePrefix = "sb_publishable_"
	SecretPrefix      = "sb_secret_"
)

func keyTable() []setting {
	return []setting{
		{
			name: "PERGOLA_PUBLISHABLE_KEYS", ours: true, aliases: []string{"SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_PUBLISHABLE_KEY"},
			value: secret(func(c *Config) *Secret { return &c.APIKeys.Publishable }),
			doc: "API keys (`sb_publishable_...`) of the anonymous role, separated by commas or as a JSON object of names and keys, or a " +
				"reference to such a list. `pergola key generate --publishable` makes one.",
		},
		{
			name: "PERGOLA_SECRET_KEYS", ours: true, aliases: []string{"SUPABASE_SECRET_KEYS", "SUPABASE_SECRET_KEY"},
			value: secret(func(c *Config) *Secret { return &c.APIKeys.Secret }),
			doc:   "The same for `service_role` (`sb_secret_...`). `pergola key generate --secret` makes one.",
		},
	}
}

// keyTail is what stands behind the prefix: 128 random bits and a checksum of 48 bits, in the URL alphabet.
var keyTail = regexp.MustCompile(`^[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8}$`)

// wellKnownSecret is the secret key that every installation of Supabase's command line shares.
const wellKnownSecret = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"

var (
	errKeyObject  = errors.New(`it looks like JSON and is no object of names and keys: {"default": "sb_..."}`)
	errKnownToAll = errors.New("it is the key of Supabase's local development, which everybody knows: make one with pergola key generate --secret")
)

// ParseAPIKeys reads a list of API keys that begin with prefix (PublishablePrefix or SecretPrefix): keys separated by commas,
// or a JSON object of names and keys, sorted by name. "" is the empty list. The error says which key is wrong, and shows none.
func ParseAPIKeys(list, prefix string) ([]string, error) {
	keys, err := splitKeys(strings.TrimSpace(list))
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		tail, ok := strings.CutPrefix(key, prefix)
		switch {
		case !ok:
			return nil, fmt.Errorf("key %d does not begin with %s", i+1, prefix)
		case !keyTail.MatchString(tail):
			return nil, fmt.Errorf("key %d is not whole: %s is followed by 22 characters, an underscore and 8 more", i+1, prefix)
		case key == wellKnownSecret:
			return nil, errKnownToAll
		}
	}
	return keys, nil
}

func splitKeys(list string) ([]string, error) {
	if !strings.HasPrefix(list, "{") {
		return slices.DeleteFunc(splitList(list), func(key string) bool { return key == "" }), nil
	}
	var named map[string]string
	if err := json.Unmarshal([]byte(list), &named); err != nil {
		return nil, errKeyObject // not err, which may show a part of the text
	}
	keys := make([]string, 0, len(named))
	for _, name := range slices.Sorted(maps.Keys(named)) {
		keys = append(keys, named[name])
	}
	return keys, nil
}

// checkAPIKeys reports what is wrong with the lists; references are left for Resolve.
func (c Config) checkAPIKeys() []Fault {
	var faults []Fault
	for i, list := range []struct {
		keys   Secret
		prefix string
	}{{c.APIKeys.Publishable, PublishablePrefix}, {c.APIKeys.Secret, SecretPrefix}} {
		if list.keys.IsReference() {
			continue
		}
		if _, err := ParseAPIKeys(string(list.keys), list.prefix); err != nil {
			faults = append(faults, Fault{c.givenAs(keyTable()[i]), err.Error()})
		}
	}
	return faults
}

// givenAs is the name under which a setting was given.
func (c Config) givenAs(s setting) string {
	for _, name := range s.aliases {
		if c.Origins[s.name] == "" && c.Origins[name] != "" {
			return name
		}
	}
	return s.name
}
