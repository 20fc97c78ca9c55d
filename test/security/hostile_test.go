package security_test

import "strings"

// fragments are what breaks out of quotes, comments, formats and grammars. Numbers have four digits at least, so that none
// of them can be mistaken for one of ours.
var fragments = []string{
	`'`, `''`, `"`, `""`, `\`, `\'`, `\"`, `\\`, "`", `--`, `/*`, `*/`, `;`, `#`, `$1`, `$9999`, `$$`, `$tag$`, `$x`,
	`%s`, `%!d(x)`, `%27`, `%00`, `{}`, `{{.}}`, `${x}`, `@@`, `||`, `::text`, `(`, `)`, `,`, `.`, `:`, `!x`, `->`, `->>`, `*`,
	`&`, `=`, `?`, `+`, "\x00", "\x01\x1f", "\x7f", "\n", "\r\n", "\t", "\u2028", "\u202e", "ʼ", "＇", "＂", "\u0301", "💥",
	"\xff\xfe", "\xc0\xa7", "İ", ` or 7777=7777`, ` union select 7777`, `'; drop table films; --`, `"; drop table "films`,
	`'||(select 7777)||'`, `e'\x27'`, `U&"\0027"`, `pg_sleep(7777)`, `current_user`, `select`, `null`, `NaN`, `not.`,
	strings.Repeat("a", 5000), strings.Repeat(`'"`, 500),
}

// hostile are the names and values that every position is fed: each fragment, and pairs of them around a word, so that one
// may open what the other closes.
func hostile() []string {
	all := append([]string(nil), fragments...)
	for i, first := range fragments {
		for j, second := range fragments {
			if (i+2*j)%5 < 2 && len(first)+len(second) < 1000 {
				all = append(all, first+"x"+second)
			}
		}
	}
	return all
}

// quotedIdent is how SQL writes a name (PostgreSQL documentation, 4.1.1), independent of how the product does. No name can
// hold a NUL.
func quotedIdent(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}
