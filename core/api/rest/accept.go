package rest

import (
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/query"
)

// parseAccept reads the Accept headers (RFC 9110, 12.5.1), best first. Types of equal quality keep their order, and so do
// specific and general ones.
func parseAccept(lines []string) []query.MediaType {
	type ranked struct {
		media   query.MediaType
		quality float64
	}
	all := make([]ranked, 0, 4) // on the stack: few ask for more
	for _, line := range lines {
		for more := true; more; {
			var text string
			text, line, more = cutOutsideQuotes(line)
			if m, q := parseMediaType(text); m.Name != "" && q > 0 {
				all = append(all, ranked{m, q})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	types := make([]query.MediaType, len(all))
	for i, r := range all {
		types[i] = r.media
	}
	return types
}

// cutOutsideQuotes cuts a header at its first comma that is in no quoted string; more tells whether there is one.
func cutOutsideQuotes(line string) (part, rest string, more bool) {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return line[:i], line[i+1:], true
		}
	}
	return line, "", false
}

// parseMediaType reads one media type and its quality, 1 where none is given.
func parseMediaType(text string) (query.MediaType, float64) {
	name, rest, _ := strings.Cut(text, ";")
	m := query.MediaType{Name: strings.ToLower(strings.TrimSpace(name))}
	quality := 1.0
	for part := range strings.SplitSeq(rest, ";") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.Trim(strings.TrimSpace(value), `"`)
		switch {
		case !ok:
		case key == "q":
			if q, err := strconv.ParseFloat(value, 64); err == nil {
				quality = q
			}
		default:
			m.Params = append(m.Params, query.Param{Name: key, Value: value})
		}
	}
	return m, quality
}

// contentType is the media type of a body: JSON where the request does not say.
func contentType(header string) string {
	if header == "" || header == typeJSON {
		return typeJSON
	}
	if name, _, err := mime.ParseMediaType(header); err == nil {
		return name
	}
	name, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(name))
}
