package sqlgen

import (
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/plan"
	"github.com/pergola-dev/pergola/core/stmt"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// body writes what makes the answer's body out of its rows.
func (c *compiler) body(a answer) {
	switch e := a.encoding.(type) {
	case plan.JSONArray:
		c.stripped(e.StripNulls, func() { c.array(a) })
	case plan.JSONObject:
		c.stripped(e.StripNulls, func() { c.object(a) })
	case plan.Lines:
		c.put("coalesce(string_agg(concat(")
		c.line(a)
		c.put(", e'\\n'), ''), '')")
	case plan.CSV:
		c.csv(a)
	case plan.GeoJSON:
		c.put("json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(cast(st_asgeojson(", rowAlias,
			".*) as json)), '[]'))")
	case plan.Aggregated:
		c.handled(e)
	case plan.Verbatim:
		c.put("(array_agg(", rowAlias, ".", stmt.QuoteName(a.value), "))[1]")
	case plan.NoBody:
		c.put("null")
	default:
		panic("sqlgen: an encoding that nothing is known of")
	}
}

func (c *compiler) stripped(strip bool, write func()) {
	if !strip {
		write()
		return
	}
	c.put("json_strip_nulls(")
	write()
	c.put(")")
}

// row writes what stands for one row: the row itself, or the value of a function that returns values.
func (c *compiler) row(a answer) {
	c.put(rowAlias, ".")
	if a.value != "" {
		c.ident(a.value)
		return
	}
	c.put("*")
}

// line writes one row as JSON.
func (c *compiler) line(a answer) {
	if a.value != "" {
		c.put("coalesce(to_json(")
	} else {
		c.put("coalesce(row_to_json(")
	}
	c.row(a)
	c.put("), 'null')")
}

func (c *compiler) array(a answer) {
	if a.single() {
		c.object(a)
		return
	}
	c.put("coalesce(json_agg(")
	c.row(a)
	c.put("), '[]')")
}

func (c *compiler) object(a answer) {
	if a.single() {
		c.put("coalesce(to_json(")
		c.row(a)
		c.put("), 'null')")
		return
	}
	c.put("coalesce(json_agg(")
	c.row(a)
	c.put(") -> 0, 'null')")
}

// csv writes a line of names, if there is any row, and a line for each row.
func (c *compiler) csv(a answer) {
	names := []string{a.value}
	if a.value == "" {
		names = shownNames(a.row)
	}
	c.put("concat(case when count(*) > 0 then cast(")
	c.param(csvLine(names))
	c.put(" as text) end, e'\\n', string_agg(substring(cast(", rowAlias, ".* as text), 2, length(cast(", rowAlias,
		".* as text)) - 2), e'\\n'))")
}

// csvLine joins names as RFC 4180 does.
func csvLine(names []string) string {
	fields := make([]string, len(names))
	for i, n := range names {
		fields[i] = n
		if strings.ContainsAny(n, ",\"\r\n") {
			fields[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
	}
	return strings.Join(fields, ",")
}

// handled writes a media type handler's aggregate over the rows.
func (c *compiler) handled(h plan.Aggregated) {
	c.name(h.Function)
	c.put("(")
	if h.Row.Name == "" {
		c.put(rowAlias, ".*)")
		return
	}
	c.put("cast(", rowAlias, ".* as ")
	c.name(h.Row)
	c.put("))")
}
