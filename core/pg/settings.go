package pg

import (
	"strconv"
	"strings"
)

// settingsTexts are the statements that make settings. One for some settings is the beginning of one for more.
type settingsTexts struct {
	first string // what each begins with: a term of its own, or nothing
	text  string
	ends  [maxSettings + 1]int // of the statements in text, by the number of settings
}

// maxSettings is how many settings there are texts for. Requests bring some ten along; for more a text is made.
const maxSettings = 32

// The settings stand in a condition, so that the server does not send their values back. It always holds, since set_config
// never gives null, and of volatile terms the server leaves none out as long as they hold.
const (
	settingsWhere = "select where "
	readOnlyTerm  = "pg_catalog.set_config('transaction_read_only', 'on', true) is not null"
)

// newSettingsTexts makes the texts of statements whose first term is given; "" for none.
func newSettingsTexts(first string) settingsTexts {
	t := settingsTexts{first: first}
	var b strings.Builder
	b.Grow(64 * maxSettings)
	b.WriteString(settingsWhere + first)
	for n := range t.ends {
		if n > 0 {
			t.write(&b, n)
		}
		t.ends[n] = b.Len()
	}
	t.text = b.String()
	return t
}

// write writes the term of the n-th setting, counted from 1. Its name and its value are parameters.
func (t *settingsTexts) write(b *strings.Builder, n int) {
	if n > 1 || t.first != "" {
		b.WriteString(" and ")
	}
	b.WriteString("pg_catalog.set_config($")
	b.WriteString(strconv.Itoa(2*n - 1))
	b.WriteString(", $")
	b.WriteString(strconv.Itoa(2 * n))
	b.WriteString(", true) is not null")
}

// of gives the statement for a number of settings.
func (t *settingsTexts) of(settings int) string {
	if settings <= maxSettings {
		return t.text[:t.ends[settings]]
	}
	var b strings.Builder
	b.WriteString(t.text)
	for n := maxSettings + 1; n <= settings; n++ {
		t.write(&b, n)
	}
	return b.String()
}
