package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/query"
)

// wish is one preference: how it is written, and what it sets.
type wish struct {
	name string
	set  func(*query.Preferences)
}

// group is a set of wishes of which the first one given counts.
type group []wish

// wishes are the preferences with a fixed text, in the order in which applied ones are listed.
var wishes = []group{
	{
		{preferMerge, func(*query.Preferences) {}},
		{preferIgnore, func(*query.Preferences) {}},
	},
	{
		{"missing=default", func(p *query.Preferences) { p.Missing = query.MissingDefault }},
		{"missing=null", func(p *query.Preferences) { p.Missing = query.MissingNull }},
	},
	{
		{"return=representation", func(p *query.Preferences) { p.Return = query.ReturnRepresentation }},
		{"return=headers-only", func(p *query.Preferences) { p.Return = query.ReturnHeadersOnly }},
		{"return=minimal", func(p *query.Preferences) { p.Return = query.ReturnMinimal }},
	},
	{
		{"count=exact", func(p *query.Preferences) { p.Count = query.CountExact }},
		{"count=planned", func(p *query.Preferences) { p.Count = query.CountPlanned }},
		{"count=estimated", func(p *query.Preferences) { p.Count = query.CountEstimated }},
	},
	{
		{"tx=commit", func(p *query.Preferences) { p.Transaction = query.TransactionCommit }},
		{"tx=rollback", func(p *query.Preferences) { p.Transaction = query.TransactionRollback }},
	},
	{
		{"handling=strict", func(p *query.Preferences) { p.Strict = true }},
		{"handling=lenient", func(*query.Preferences) {}},
	},
}

// The wishes about conflicts, which choose the operation.
const (
	preferMerge  = "resolution=merge-duplicates"
	preferIgnore = "resolution=ignore-duplicates"
)

// countNone asks for what happens anyway; it is known, and never listed as applied.
const countNone = "count=none"

// The preferences with a value.
const (
	timeZone    = "timezone="
	maxAffected = "max-affected="
)

// preferences are the wishes of a request and the texts of those that were understood.
type preferences struct {
	query.Preferences
	given []string
}

// parsePrefer reads the Prefer headers (RFC 7240). Of two wishes about one thing the first one counts.
func parsePrefer(h http.Header) preferences {
	if h["Prefer"] == nil {
		return preferences{}
	}
	var p preferences
	var texts []string
	for _, line := range h.Values("Prefer") {
		for text := range strings.SplitSeq(line, ",") {
			texts = append(texts, strings.TrimSpace(text))
		}
	}
	for _, g := range wishes {
		p.first(g, texts)
	}
	for _, text := range texts {
		if text != "" && !isWish(text) && !p.valued(text) {
			p.Invalid = append(p.Invalid, text)
		}
	}
	return p
}

// isWish reports whether a text is that of a wish.
func isWish(text string) bool {
	return text == countNone || slices.ContainsFunc(wishes, func(g group) bool {
		return slices.ContainsFunc(g, func(w wish) bool { return w.name == text })
	})
}

// first sets the first wish of a group that was given.
func (p *preferences) first(g group, texts []string) {
	place, chosen := len(texts), wish{}
	for _, w := range g {
		if i := slices.Index(texts, w.name); i >= 0 && i < place {
			place, chosen = i, w
		}
	}
	if place < len(texts) {
		chosen.set(&p.Preferences)
		p.given = append(p.given, chosen.name)
	}
}

// valued reads a wish that has a value of its own.
func (p *preferences) valued(text string) bool {
	if zone, ok := strings.CutPrefix(text, timeZone); ok {
		p.TimeZone = zone
		p.given = append(p.given, text)
		return true
	}
	if number, ok := strings.CutPrefix(text, maxAffected); ok {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 {
			return false
		}
		p.MaxAffected = &n
		p.given = append(p.given, text)
		return true
	}
	return false
}

// has reports whether a wish was given and understood.
func (p *preferences) has(name string) bool { return slices.Contains(p.given, name) }

// applied lists the wishes that were granted, in a fixed order, as the Preference-Applied header. Those whose names are in
// left are not about this request.
func (p *preferences) applied(left ...string) string {
	var texts []string
	for _, g := range wishes {
		for _, w := range g {
			if p.has(w.name) && !slices.ContainsFunc(left, func(l string) bool { return strings.HasPrefix(w.name, l) }) {
				texts = append(texts, w.name)
			}
		}
	}
	if p.TimeZone != "" {
		texts = append(texts, timeZone+p.TimeZone)
	}
	if p.MaxAffected != nil && p.Strict {
		texts = append(texts, maxAffected+strconv.FormatInt(*p.MaxAffected, 10))
	}
	return strings.Join(texts, ", ")
}
