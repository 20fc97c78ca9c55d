package config

import (
	"errors"
	"fmt"
	"slices"
)

func exposureTable() []setting {
	return []setting{
		{
			name: "PGRST_DB_SCHEMAS", aliases: []string{"PGRST_DB_SCHEMA"}, defaults: same("public"), value: schemas(),
			doc: "The exposed schemas, separated by commas. The first is the default one.",
		},
		{
			name: "PGRST_DB_EXTRA_SEARCH_PATH", emptyCounts: true, defaults: same("public"),
			value: list(func(c *Config) *[]string { return &c.REST.ExtraSearchPath }),
			doc:   "Schemas added to the search path of every request. They are not exposed.",
		},
		{
			name: "PGRST_DB_ANON_ROLE", defaults: defaults{"", "anon", "anon"},
			value: text(func(c *Config) *string { return &c.REST.AnonRole }),
			doc:   "The role of callers without a token. Without one they are refused.",
		},
		{
			name: "PGRST_DB_PRE_REQUEST", aliases: []string{"PGRST_PRE_REQUEST"},
			value: text(func(c *Config) *string { return &c.REST.PreRequest }),
			doc:   "A function that runs first in the transaction of every request.",
		},
		{
			name: "PGRST_DB_ROOT_SPEC", aliases: []string{"PGRST_ROOT_SPEC"},
			value: text(func(c *Config) *string { return &c.REST.RootSpec }),
			doc:   "A function that answers the root path in place of the OpenAPI description.",
		},
	}
}

func behaviourTable() []setting {
	return []setting{
		{
			name: "PGRST_DB_MAX_ROWS", aliases: []string{"PGRST_MAX_ROWS"}, value: maxRows(),
			doc: "Rows at most in one answer. Unset or 0: no limit.",
		},
		{
			name: "PGRST_DB_AGGREGATES_ENABLED", defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.REST.Aggregates }),
			doc:   "Aggregate functions in `select`.",
		},
		{
			name: "PGRST_DB_PLAN_ENABLED", defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.REST.Plan }),
			doc:   "Execution plans for `Accept: application/vnd.pgrst.plan`. They show data to whoever may ask.",
		},
		{
			name: "PGRST_DB_TX_END", defaults: same("commit"), value: txEnd(),
			doc: "How transactions end: `commit`, `commit-allow-override`, `rollback`, `rollback-allow-override`.",
		},
		{
			name:     "PGRST_DB_HOISTED_TX_SETTINGS",
			defaults: same("statement_timeout, plan_filter.statement_cost_limit, default_transaction_isolation"),
			value:    list(func(c *Config) *[]string { return &c.REST.HoistedSettings }),
			doc:      "Settings of a called function that are made for the whole transaction.",
		},
		{
			name: "PGRST_URL_USE_LEGACY_TARGET_NAMES", defaults: same("true"),
			value: boolean(func(c *Config) *bool { return &c.REST.LegacyTargets }),
			doc:   "Filters on an embed may use its target's name even when it has an alias.",
		},
		{
			name: "PGRST_DB_CONFIG", defaults: same("true"), value: anyBool(),
			doc: "Accepted for PostgREST's sake. Settings kept in the database are not read, whatever it says.",
		},
		{
			name: "PGRST_DB_PRE_CONFIG", value: anyText(),
			doc: "Accepted only together with `PGRST_DB_CONFIG=false`, where it means nothing.",
		},
	}
}

func accessTable() []setting {
	return []setting{
		{
			name: "PERGOLA_AUTHZ", ours: true, defaults: same(string(AuthzRLS)), value: authz(),
			doc: "What decides who may do what: `rls`, the database's grants and row-level security.",
		},
		{
			name: "PERGOLA_REQUIRE_APIKEY", ours: true, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.REST.RequireKey }),
			doc:   "Refuse callers that send neither an API key nor a token.",
		},
	}
}

// schemas is a list that PostgreSQL's own schemas may not be in: they would expose the whole catalog.
func schemas() value {
	v := list(func(c *Config) *[]string { return &c.REST.Schemas })
	set := v.set
	v.set = func(c *Config, s string) error {
		for _, name := range splitList(s) {
			if slices.Contains([]string{"", "pg_catalog", "information_schema"}, name) {
				return fmt.Errorf("schema %q cannot be exposed", name)
			}
		}
		return set(c, s)
	}
	return v
}

func maxRows() value {
	v := integer(func(c *Config) *int64 { return &c.REST.MaxRows }, 0, 1<<62)
	show := v.show
	v.show = func(c *Config) string {
		if c.REST.MaxRows == 0 {
			return ""
		}
		return show(c)
	}
	return v
}

// txEnds are the words of PGRST_DB_TX_END.
var txEnds = []struct {
	word string
	end  TxEnd
}{
	{"commit", TxEnd{}},
	{"commit-allow-override", TxEnd{AllowOverride: true}},
	{"rollback", TxEnd{Rollback: true}},
	{"rollback-allow-override", TxEnd{Rollback: true, AllowOverride: true}},
}

func txEnd() value {
	words := make([]string, len(txEnds))
	for i, e := range txEnds {
		words[i] = e.word
	}
	return value{
		set: func(c *Config, s string) error {
			i := slices.Index(words, s)
			if i < 0 {
				return notOneOf(s, words)
			}
			c.REST.TxEnd = txEnds[i].end
			return nil
		},
		show: func(c *Config) string {
			for _, e := range txEnds {
				if e.end == c.REST.TxEnd {
					return e.word
				}
			}
			return ""
		},
	}
}

// authz knows the Cedar modes by name, so that nobody who asks for them is served without them.
func authz() value {
	return value{
		set: func(c *Config, s string) error {
			switch Authz(s) {
			case AuthzRLS:
				c.REST.Authz = AuthzRLS
				return nil
			case AuthzCedar, AuthzCedarRLS:
				return fmt.Errorf("%q needs the Cedar policy compiler, which this version does not have: use rls", s)
			}
			return notOneOf(s, []Authz{AuthzRLS, AuthzCedar, AuthzCedarRLS})
		},
		show: func(c *Config) string { return string(c.REST.Authz) },
	}
}

// anyBool checks a truth value and forgets it.
func anyBool() value {
	return value{
		set:  func(_ *Config, s string) error { _, err := parseBool(s); return err },
		show: func(*Config) string { return "(no effect)" },
	}
}

// errInDatabase is why PGRST_DB_PRE_CONFIG is refused while PGRST_DB_CONFIG is on.
var errInDatabase = errors.New("settings kept in the database are not supported: set PGRST_DB_CONFIG=false or remove it")

// anyText takes any text and forgets it.
func anyText() value {
	return value{set: func(*Config, string) error { return nil }, show: func(*Config) string { return "" }}
}
