package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Dump writes what was understood as a configuration file, in the order of Describe. Secrets and the values of app
// settings are hidden. What a configuration file cannot say, because it is ours alone, stands in comments.
func (c Config) Dump() string {
	var b strings.Builder
	for _, v := range c.Values() {
		text := v.Text
		if _, err := strconv.ParseInt(text, 10, 64); err != nil && text != "true" && text != "false" {
			text = quote(text)
		}
		if strings.HasPrefix(v.Name, "PGRST_") {
			fmt.Fprintf(&b, "%s = %s\n", fileKey(v.Name), text)
		} else {
			fmt.Fprintf(&b, "# %s = %s\n", v.Name, text)
		}
	}
	return b.String()
}

// quote writes a text as a configuration file has it.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", "$$", "\n", `\n`).Replace(text) + `"`
}
