package dsqlproxy

import "slices"

// Tokens gives the texts of the tokens of SQL, for tests.
func Tokens(sql string) []string {
	var all []string
	for _, t := range tokenize(sql) {
		all = append(all, t.text)
	}
	return all
}

// Split gives the statements of SQL, for tests.
func Split(sql string) []string {
	var all []string
	for _, s := range split(sql) {
		all = append(all, s.sql)
	}
	return all
}

// Uncovered gives what the tokens of SQL leave out, and false when they overlap or are out of order.
func Uncovered(sql string) (rest string, ordered bool) {
	at := 0
	for _, t := range tokenize(sql) {
		if t.start < at || t.end <= t.start || t.end > len(sql) {
			return "", false
		}
		rest += sql[at:t.start]
		at = t.end
	}
	return rest + sql[at:], true
}

// Judge applies the rules about text to every statement of SQL, and says whether a statement alone has the tokens that it
// has among others.
func Judge(sql string) (same bool) {
	for _, s := range split(sql) {
		_, _, _ = s.check(), s.nature(), s.rewritten()
		_, _ = s.setsRole()
		_ = s.boundSettings(nil)
		if !slices.Equal(s.tokens, tokenize(s.sql)) {
			return false
		}
	}
	return true
}
