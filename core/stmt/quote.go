package stmt

import "strings"

// QuoteName quotes a name for SQL text (PostgreSQL documentation, 4.1.1). It is the one way of a name into a statement. A
// NUL, which no name can hold, is dropped.
func QuoteName(name string) string {
	name = strings.ReplaceAll(name, "\x00", "")
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
