package config

import (
	"strconv"
	"time"
)

func databaseTable() []setting {
	url := secret(func(c *Config) *Secret { return &c.Database.URL })
	return []setting{
		{
			name: "DATABASE_URL", fixed: true, ours: true, value: url,
			doc: "The database: a `postgresql://` URI or a libpq keyword string, or a reference to one.",
		},
		{
			name: "PGRST_DB_URI", fixed: true, file: true, overrules: "DATABASE_URL", defaults: defaults{postgrest: "postgresql://"}, value: url,
			doc: "As `DATABASE_URL`, over which it wins. `@PATH` reads it from a file.",
		},
		{
			name: "PGRST_DB_POOL", fixed: true, defaults: defaults{"10", "10", "2"},
			value: integer(func(c *Config) *int { return &c.Database.PoolSize }, 1, 10000),
			doc:   "Database connections at most.",
		},
		{
			name: "PGRST_DB_POOL_ACQUISITION_TIMEOUT", fixed: true, defaults: same("10"),
			value: seconds(func(c *Config) *time.Duration { return &c.Database.PoolWait }),
			doc:   "Seconds that a request waits for a free connection before it is answered with 504.",
		},
		{
			name: "PGRST_DB_POOL_MAX_LIFETIME", fixed: true, defaults: same("1800"),
			value: seconds(func(c *Config) *time.Duration { return &c.Database.MaxLifetime }),
			doc:   "Seconds after which a connection is replaced.",
		},
		{
			name: "PGRST_DB_POOL_MAX_IDLETIME", fixed: true, aliases: []string{"PGRST_DB_POOL_TIMEOUT"}, defaults: same("30"),
			value: seconds(func(c *Config) *time.Duration { return &c.Database.MaxIdleTime }),
			doc:   "Seconds after which an unused connection is closed.",
		},
		{
			name: "PGRST_DB_POOL_AUTOMATIC_RECOVERY", defaults: same("true"), value: only("true"),
			doc: "Connections are always made again after the database was away: `false` is refused.",
		},
		{
			name: "PGRST_DB_PREPARED_STATEMENTS", stored: true, defaults: same("true"),
			value: boolean(func(c *Config) *bool { return &c.Database.Prepared }),
			doc:   "Named prepared statements. `false` is for a pooler in transaction mode.",
		},
		{
			name: "PGRST_DB_CHANNEL", fixed: true, defaults: same("pgrst"),
			value: text(func(c *Config) *string { return &c.Database.ReloadChannel }),
			doc:   "The channel whose notifications reload the schema.",
		},
		{
			name: "PGRST_DB_CHANNEL_ENABLED", fixed: true, defaults: defaults{"true", "true", "false"}, value: channelEnabled(),
			doc: "Whether to listen on that channel. A Lambda function sleeps between requests and would hear nothing.",
		},
	}
}

// channelEnabled comes after the channel's name in the table, and empties it when listening is off.
func channelEnabled() value {
	return value{
		set: func(c *Config, s string) error {
			on, err := parseBool(s)
			if err == nil && !on {
				c.Database.ReloadChannel = ""
			}
			return err
		},
		show: func(c *Config) string { return strconv.FormatBool(c.Database.ReloadChannel != "") },
	}
}
