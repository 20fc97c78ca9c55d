package config

import (
	"fmt"
	"slices"
)

func exposureTable() []setting {
	return []setting{
		{
			name: "PGRST_DB_SCHEMAS", stored: true, aliases: []string{"PGRST_DB_SCHEMA"}, defaults: same("public"), value: schemas(),
			doc: "The exposed schemas, separated by commas. The first is the default one.",
		},
		{
			name: "PGRST_DB_EXTRA_SEARCH_PATH", stored: true, emptyCounts: true, defaults: same("public"),
			value: list(func(c *Config) *[]string { return &c.REST.ExtraSearchPath }),
			doc:   "Schemas added to the search path of every request. They are not exposed.",
		},
		{
			name: "PGRST_DB_ANON_ROLE", stored: true, defaults: defaults{"", "anon", "anon"},
			value: text(func(c *Config) *string { return &c.REST.AnonRole }),
			doc:   "The role of callers without a token. Without one they are refused.",
		},
		{
			name: "PGRST_DB_PRE_REQUEST", stored: true, aliases: []string{"PGRST_PRE_REQUEST"},
			value: text(func(c *Config) *string { return &c.REST.PreRequest }),
			doc:   "A function that runs first in the transaction of every request.",
		},
		{
			name: "PGRST_DB_ROOT_SPEC", stored: true, aliases: []string{"PGRST_ROOT_SPEC"},
			value: text(func(c *Config) *string { return &c.REST.RootSpec }),
			doc:   "A function that answers the root path in place of the OpenAPI description.",
		},
	}
}

func behaviourTable() []setting {
	return []setting{
		{
			name: "PGRST_DB_MAX_ROWS", stored: true, aliases: []string{"PGRST_MAX_ROWS"}, value: maxRows(),
			doc: "Rows at most in one answer. Unset or 0: no limit.",
		},
		{
			name: "PGRST_DB_AGGREGATES_ENABLED", stored: true, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.REST.Aggregates }),
			doc:   "Aggregate functions in `select`.",
		},
		{
			name: "PGRST_DB_PLAN_ENABLED", stored: true, defaults: same("false"),
			value: boolean(func(c *Config) *bool { return &c.REST.Plan }),
			doc:   "Execution plans for `Accept: application/vnd.pgrst.plan`. They show data to whoever may ask.",
		},
		{
			name: "PGRST_DB_TX_END", stored: true, defaults: same("commit"), value: txEnd(),
			doc: "How transactions end: `commit`, `commit-allow-override`, `rollback`, `rollback-allow-override`.",
		},
		{
			name: "PGRST_DB_HOISTED_TX_SETTINGS", stored: true,
			defaults: same("statement_timeout, plan_filter.statement_cost_limit, default_transaction_isolation"),
			value:    list(func(c *Config) *[]string { return &c.REST.HoistedSettings }),
			doc:      "Settings of a called function that are made for the whole transaction.",
		},
		{
			name: "PGRST_URL_USE_LEGACY_TARGET_NAMES", stored: true, defaults: same("true"),
			value: boolean(func(c *Config) *bool { return &c.REST.LegacyTargets }),
			doc:   "Filters on an embed may use its target's name even when it has an alias.",
		},
		{
			name: "PGRST_DB_CONFIG", defaults: same("true"),
			value: boolean(func(c *Config) *bool { return &c.Database.Stored }),
			doc:   "Read the settings that are kept in the database: those of the role that connects, and those that the pre-config function makes.",
		},
		{
			name: "PGRST_DB_PRE_CONFIG", stored: true, value: text(func(c *Config) *string { return &c.Database.PreConfig }),
			doc: "A function that makes settings with `set_config('pgrst.NAME', ..., true)`.",
		},
		{
			name: "PGRST_DB_TIMEZONE_ENABLED", stored: true, defaults: same("true"), value: only("true"),
			doc: "`Prefer: timezone` is always understood: `false` is refused.",
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
