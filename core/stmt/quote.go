package stmt

import "strings"

// QuoteName quotes a name for SQL text (PostgreSQL documentation, 4.1.1). It and WriteName are the one way of a name into a
// statement. A NUL, which no name can hold, is dropped.
func QuoteName(name string) string {
	var b strings.Builder
	b.Grow(len(name) + len(`""`))
	WriteName(&b, name)
	return b.String()
}

// WriteName writes a name as QuoteName quotes it.
func WriteName(to *strings.Builder, name string) {
	to.WriteByte('"')
	written := 0
	for i := range len(name) {
		if name[i] != '"' && name[i] != 0 {
			continue
		}
		to.WriteString(name[written:i])
		if name[i] == '"' {
			to.WriteString(`""`)
		}
		written = i + 1
	}
	to.WriteString(name[written:])
	to.WriteByte('"')
}
